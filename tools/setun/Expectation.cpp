// Reads expect.json and compares outputs with gold data.
#include "Expectation.h"

#include "setun/Support/NpyType.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

using llvm::StringRef;

namespace setun::driver {

/// Sets the member that `key` names. False if the value has the wrong kind.
static llvm::Expected<bool> readEntry(StringRef key,
                                      const llvm::json::Value &value,
                                      Expectation &expectation) {
  auto readNumber = [&](double &target) {
    if (std::optional<double> number = value.getAsNumber())
      return target = *number, *number >= 0;
    return false;
  };
  if (key == "atol")
    return readNumber(expectation.atol);
  if (key == "rtol")
    return readNumber(expectation.rtol);
  if (key == "max_mismatch_fraction")
    return readNumber(expectation.maxMismatchFraction);
  if (key == "mismatch_atol")
    return readNumber(expectation.mismatchAtol);
  if (key == "argmax") {
    std::optional<bool> flag = value.getAsBoolean();
    expectation.argmax = flag.value_or(false);
    return flag.has_value();
  }
  if (key == "expect") {
    std::optional<StringRef> word = value.getAsString();
    if (word != "match" && word != "match-or-refuse")
      return false;
    expectation.refusal = *word == "match" ? Expectation::Refusal::Fails
                                           : Expectation::Refusal::Fine;
    return true;
  }
  return llvm::createStringError("unknown key '" + key + "'");
}

llvm::Expected<Expectation> readExpectation(StringRef folder) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, "expect.json");
  Expectation expectation;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (buffer.getError() == std::errc::no_such_file_or_directory)
    return expectation;
  if (std::error_code error = buffer.getError())
    return llvm::createStringError(error, path + ": " + error.message());

  auto json = llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return llvm::createStringError(path + ": " + toString(json.takeError()));
  const llvm::json::Object *object = json->getAsObject();
  if (!object)
    return llvm::createStringError(path + ": expected a JSON object");
  for (const auto &[key, value] : *object) {
    llvm::Expected<bool> understood = readEntry(key, value, expectation);
    if (!understood)
      return llvm::createStringError(path + ": " +
                                     toString(understood.takeError()));
    if (!*understood)
      return llvm::createStringError(path + ": the value of '" +
                                     StringRef(key) + "' is not understood");
  }
  return expectation;
}

double getElement(const NpyArray &array, int64_t index) {
  return getNpyElement(array, index);
}

int64_t getArgmax(const NpyArray &array, int64_t first, int64_t count) {
  int64_t best = 0;
  for (int64_t i = 1; i < count; ++i)
    if (getElement(array, first + i) > getElement(array, first + best))
      best = i;
  return best;
}

/// |got - want|, exact also for integers that no double can hold.
static double getError(const NpyArray &got, const NpyArray &want,
                       int64_t index) {
  unsigned bytes = getNpyElementBytes(want.dtype);
  if (std::memcmp(got.data.data() + index * bytes,
                  want.data.data() + index * bytes, bytes) == 0)
    return 0;
  double gotValue = getElement(got, index);
  double wantValue = getElement(want, index);
  if (std::isnan(gotValue) || std::isnan(wantValue))
    return std::isnan(gotValue) && std::isnan(wantValue)
               ? 0
               : std::numeric_limits<double>::infinity();
  if (gotValue == wantValue) {
    bool isInteger = !isNpyFloat(want.dtype);
    return isInteger ? 1 : 0;
  }
  return std::fabs(gotValue - wantValue);
}

static std::string describeIndex(int64_t index, llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<std::string> position;
  for (int64_t extent : llvm::reverse(shape)) {
    position.push_back(std::to_string(index % extent));
    index /= extent;
  }
  std::reverse(position.begin(), position.end());
  return "[" + llvm::join(position, ", ") + "]";
}

static std::string compareArgmax(const NpyArray &got, const NpyArray &want) {
  int64_t classes = want.shape.empty() ? 1 : want.shape.back();
  for (int64_t first = 0; first < want.size(); first += classes) {
    int64_t gotClass = getArgmax(got, first, classes);
    int64_t wantClass = getArgmax(want, first, classes);
    if (gotClass != wantClass)
      return llvm::formatv("class {0} instead of {1}", gotClass, wantClass);
  }
  return "";
}

Comparison compareArrays(const NpyArray &got, const NpyArray &want,
                         const Expectation &expectation) {
  Comparison result;
  if (got.dtype != want.dtype || got.shape != want.shape) {
    result.reason =
        llvm::formatv("{0} instead of {1}", describeArray(got.dtype, got.shape),
                      describeArray(want.dtype, want.shape));
    return result;
  }

  bool isFloat = isNpyFloat(want.dtype);
  int64_t mismatches = 0, worst = 0;
  double worstError = -1;
  bool tooFar = false;
  for (int64_t i = 0, end = want.size(); i < end; ++i) {
    double error = getError(got, want, i);
    double wantValue = getElement(want, i);
    double allowed = expectation.atol;
    if (isFloat && std::isfinite(wantValue))
      allowed += expectation.rtol * std::fabs(wantValue);
    if (error > allowed) {
      ++mismatches;
      tooFar |=
          expectation.mismatchAtol >= 0 && error > expectation.mismatchAtol;
    }
    if (error > worstError) {
      worst = i;
      worstError = error;
    }
  }
  result.maxError = std::max(worstError, 0.0);
  if (tooFar || mismatches > expectation.maxMismatchFraction *
                                 static_cast<double>(want.size())) {
    result.reason = llvm::formatv(
        "{0} of {1} values differ, most at {2}: {3} instead of {4}", mismatches,
        want.size(), describeIndex(worst, want.shape),
        fmt::format("{:.9g}", getElement(got, worst)),
        fmt::format("{:.9g}", getElement(want, worst)));
    return result;
  }
  if (expectation.argmax)
    result.reason = compareArgmax(got, want);
  result.matches = result.reason.empty();
  return result;
}

} // namespace setun::driver
