// Finds and reads the folders of gold data beside a model.
#include "TestCases.h"

#include "setun/Import/TensorFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using llvm::StringRef;

namespace setun::driver {

StringRef getModelFolder(StringRef model) {
  StringRef folder = llvm::sys::path::parent_path(model);
  return folder.empty() ? "." : folder;
}

std::vector<std::string> findTestCases(StringRef folder) {
  std::vector<std::pair<unsigned, std::string>> found;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder, error), end;
       entry != end && !error; entry.increment(error)) {
    StringRef name = llvm::sys::path::filename(entry->path());
    unsigned number;
    if (name.consume_front("test_data_set_") && !name.getAsInteger(10, number))
      found.emplace_back(number, entry->path());
  }
  llvm::sort(found);
  std::vector<std::string> folders;
  for (auto &[number, path] : found)
    folders.push_back(std::move(path));
  return folders;
}

/// Reads KIND_0, KIND_1, ... until there is none.
static llvm::Expected<std::vector<NpyArray>> readArrays(StringRef folder,
                                                        StringRef kind) {
  std::vector<NpyArray> arrays;
  while (true) {
    std::string name = (kind + "_" + llvm::Twine(arrays.size())).str();
    llvm::SmallString<128> npy(folder), pb(folder);
    llvm::sys::path::append(npy, name + ".npy");
    llvm::sys::path::append(pb, name + ".pb");
    bool hasNpy = llvm::sys::fs::exists(npy);
    if (!hasNpy && !llvm::sys::fs::exists(pb))
      return arrays;
    llvm::Expected<NpyArray> array = hasNpy ? readNpy(npy) : readTensorFile(pb);
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
  }
}

llvm::Expected<TestCase> readTestCase(StringRef folder) {
  TestCase testCase;
  auto inputs = readArrays(folder, "input");
  if (!inputs)
    return inputs.takeError();
  testCase.inputs = std::move(*inputs);
  auto outputs = readArrays(folder, "output");
  if (!outputs)
    return outputs.takeError();
  testCase.outputs = std::move(*outputs);
  if (testCase.outputs.empty())
    return llvm::createStringError(folder + ": has no output_0.npy or .pb");
  return testCase;
}

} // namespace setun::driver
