//===- Dispatch.cpp - Code for several processors in one file -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A level is the same text under other names. gcc and clang compile functions
// for the target that a pragma says; that changes the macros of features in gcc
// alone, so the text asks for macros of ours.
//===----------------------------------------------------------------------===//

#include "Dispatch.h"

#include "EntryPoint.h"

#include "setun/Analysis/KernelCall.h"
#include "setun/Support/Target.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace setun::c {

#define SETUN_AVX2 "avx2,fma,bmi,bmi2,popcnt"
#define SETUN_AVX512                                                           \
  SETUN_AVX2 ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni"
#define SETUN_VBMI SETUN_AVX512 ",avx512vbmi,avx512vpopcntdq"

/// The poorest of an architecture first.
static ArrayRef<Level> getAllLevels() {
  static const Level levels[] = {
      {"avx2",
       "SETUN_LEVELS_X86",
       "!defined(__AVX2__)",
       {"SSE2", "SSSE3", "POPCNT", "AVX", "AVX2"},
       SETUN_AVX2,
       ",tune=haswell"},
      {"avx_vnni",
       "SETUN_LEVELS_X86",
       "!defined(__AVXVNNI__) && !defined(__AVX512VNNI__)",
       {"AVXVNNI"},
       SETUN_AVX2 ",avxvnni",
       ",tune=haswell",
       /*isSide=*/true},
      {"avx512",
       "SETUN_LEVELS_X86",
       "!(defined(__AVX512BW__) && defined(__AVX512VNNI__))",
       {"AVX512F", "AVX512BW", "AVX512VNNI"},
       SETUN_AVX512,
       ",tune=skylake-avx512"},
      {"avx512_vbmi",
       "SETUN_LEVELS_X86",
       "!(defined(__AVX512VBMI__) && defined(__AVX512VPOPCNTDQ__))",
       {"AVX512VBMI", "AVX512VPOPCNTDQ"},
       SETUN_VBMI,
       ",tune=skylake-avx512"},
      {"amx",
       "SETUN_LEVELS_X86",
       "!defined(__AMX_INT8__)",
       {"GFNI", "AMX_TILE", "AMX_INT8"},
       SETUN_VBMI ",gfni,amx-tile,amx-int8",
       ",tune=skylake-avx512"},
      // (No kernel has products of matrices, i8mm, yet.)
      {"dotprod",
       "SETUN_LEVELS_ARM",
       "!defined(__ARM_FEATURE_DOTPROD)",
       {"DOTPROD"},
       "arch=armv8.2-a+dotprod",
       ""}};
  return levels;
}

static bool isX86(const Level &level) { return level.system.ends_with("_X86"); }

bool canDispatch(const Target &target) {
  llvm::Triple triple(target.triple);
  return target.name == "generic" || triple.getArch() == llvm::Triple::x86_64 ||
         triple.isAArch64();
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Calls `use` with each identifier and what lies before it; returns the rest.
template <typename Use>
static StringRef splitIdentifiers(StringRef text, Use use) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  StringRef before = text;
  while (!text.empty()) {
    if (!isPart(text.front())) {
      text = text.drop_front();
      continue;
    }
    // A number takes its letters with it.
    StringRef word = text.take_while(isPart);
    StringRef rest = text.drop_front(word.size());
    if (!llvm::isDigit(word.front())) {
      use(before.drop_back(text.size()), word, rest);
      before = rest;
    }
    text = rest;
  }
  return before;
}

/// The feature that a macro of compilers stands for: `AVX2` of `__AVX2__`.
/// Empty if it is none that a level can change.
static StringRef getFeature(StringRef word) {
  if (word.consume_front("__ARM_FEATURE_"))
    return word == "DOTPROD" || word == "MATMUL_INT8" ? word : "";
  if (!word.consume_front("__") || !word.consume_back("__"))
    return "";
  constexpr StringLiteral families[] = {"SSE",  "SSSE", "POPCNT", "AVX", "AMX",
                                        "GFNI", "FMA",  "BMI",    "F16C"};
  bool isFeature = llvm::any_of(
      families, [&](StringRef family) { return word.starts_with(family); });
  return isFeature ? word : "";
}

/// Does a condition ask for one of the words, and not for a feature besides
/// that the level lacks?
static bool asksFor(StringRef condition, const llvm::StringSet<> &words,
                    ArrayRef<StringRef> has) {
  bool asks = false, lacks = false;
  splitIdentifiers(condition, [&](StringRef, StringRef word, StringRef) {
    StringRef feature = getFeature(word);
    asks |= words.contains(feature.empty() ? word : feature);
    lacks |= !feature.empty() && !llvm::is_contained(has, feature);
  });
  return asks && (!lacks || condition.contains("||"));
}

/// Is there code under a condition that asks for one of the features, or for a
/// macro defined under such a condition?
static bool dependsOn(StringRef text, ArrayRef<StringRef> features,
                      ArrayRef<StringRef> has) {
  llvm::StringSet<> words;
  for (StringRef feature : features)
    words.insert(feature);
  for (size_t known = 0; known != words.size();) {
    known = words.size();
    // For each open condition, whether it or an #elif before asks.
    SmallVector<bool> asks;
    for (StringRef line : llvm::split(text, '\n')) {
      StringRef rest = line.ltrim();
      bool isInside = llvm::is_contained(asks, true);
      if (!rest.consume_front("#")) {
        if (isInside && !rest.empty() && !rest.starts_with("/*"))
          return true;
        continue;
      }
      if (rest.starts_with("if"))
        asks.push_back(asksFor(rest, words, has));
      else if (rest.starts_with("el") && !asks.empty())
        asks.back() = asks.back() || asksFor(rest, words, has);
      else if (rest.starts_with("endif") && !asks.empty())
        asks.pop_back();
      else if (isInside && rest.consume_front("define "))
        words.insert(rest.take_while(
            [](char c) { return llvm::isAlnum(c) || c == '_'; }));
    }
  }
  return false;
}

/// Directives on one line each.
static std::string joinLines(StringRef text) {
  std::string joined;
  for (StringRef line : llvm::split(text, '\n')) {
    bool continues = line.consume_back("\\");
    joined += line;
    joined += continues ? ' ' : '\n';
  }
  return joined;
}

/// All features of a level: its own, and those of levels before on which it
/// stands.
static SmallVector<StringRef> collectFeatures(const Level &level) {
  SmallVector<StringRef> features;
  for (const Level &other : getAllLevels()) {
    if (isX86(other) == isX86(level) && (!other.isSide || &other == &level))
      llvm::append_range(features, other.features);
    if (&other == &level)
      break;
  }
  return features;
}

/// AMX computes 16 rows at a time.
static bool hasManyRows(const ModuleEmission &emission) {
  bool found = false;
  for (func::FuncOp function : emission.graph.getFunctions())
    function.walk([&](Operation *op) {
      if (std::optional<KernelCall> call = getKernelCall(op))
        for (const KernelArgument &argument : call->arguments)
          found |= argument.name == "rows" && argument.size > 4;
    });
  return found;
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

Dispatch::Dispatch(const ModuleEmission &emission, std::string layers,
                   std::string entry)
    : emission(emission), layers(std::move(layers)), entry(std::move(entry)) {
  const Target &target = getTarget(emission.module);
  llvm::Triple triple(target.triple);
  std::string text = joinLines(this->layers);
  for (const Level &level : getAllLevels()) {
    bool isForTarget = target.triple.empty() || isX86(level) == triple.isX86();
    // Loops of any kind are faster with AVX2.
    bool isUsed = level.name == "avx2" ||
                  dependsOn(text, level.features, collectFeatures(level));
    if (level.name == "amx")
      isUsed &= hasManyRows(emission);
    if (isForTarget && isUsed)
      levels.push_back(&level);
  }
  llvm::StringSet<> constants, words;
  for (auto &[global, constant] : emission.constants)
    constants.insert(constant.name);
  for (func::FuncOp function : emission.graph.getFunctions())
    names.insert(emission.getName(function));
  auto collect = [&](StringRef, StringRef word, StringRef) {
    words.insert(word);
    if ((word.starts_with("setun_") || word.starts_with("Setun")) &&
        !constants.contains(word))
      names.insert(word);
  };
  splitIdentifiers(this->layers, collect);
  splitIdentifiers(this->entry, collect);
  auto isTaken = [&](StringRef name) {
    return words.contains(name) || constants.contains(name);
  };
  auto meetsOthers = [&](const Level *level) {
    return llvm::any_of(names.keys(), [&](StringRef name) {
      return isTaken((name + getSuffix(*level)).str());
    });
  };
  while (llvm::any_of(levels, meetsOthers))
    more += "_";
}

std::string Dispatch::getSuffix(const Level &level) const {
  return ("_" + level.name + more).str();
}

/// A function is named where it is called or defined, and in hooks, which keep
/// the name.
static bool isRenamed(StringRef word, StringRef rest) {
  return word.starts_with("setun_") || word.starts_with("Setun") ||
         rest.starts_with("(");
}

static std::string getMacro(const Level &level) {
  return "SETUN_LEVEL_" + level.name.upper();
}

void Dispatch::printLevel(const Level &level, ArrayRef<StringRef> has,
                          SourceWriter &writer) const {
  std::string text;
  auto add = [&](StringRef before, StringRef word, StringRef rest) {
    StringRef feature = getFeature(word);
    text += before;
    text += feature.empty() ? word.str() : ("SETUN_HAS_" + feature).str();
    if (names.contains(word) && isRenamed(word, rest))
      text += getSuffix(level);
  };
  StringRef rest = splitIdentifiers(layers, add);
  text += rest;
  text += "\nstatic ";
  rest = splitIdentifiers(entry, add);
  text += rest;

  // What the text before defined for itself.
  llvm::SetVector<StringRef> macros;
  for (StringRef line : llvm::split(layers, '\n'))
    if (line.consume_front("#define "))
      macros.insert(
          line.take_until([](char c) { return c == ' ' || c == '('; }));
  writer.blank();
  writer.linef("#if defined({}) && {}", level.system, level.isMissing);
  writer.linef("#define {}", getMacro(level));
  for (StringRef macro : macros)
    writer.linef("#undef {}", macro);
  for (StringRef feature : has)
    if (StringRef(text).contains(("SETUN_HAS_" + feature).str()))
      writer.linef("#define SETUN_HAS_{}", feature);
  writer.line("#if defined(__clang__)");
  writer.linef("#pragma clang attribute push(__attribute__((target(\"{}\"))), "
               "apply_to = function)",
               level.target);
  writer.line("#else");
  writer.line("#pragma GCC push_options");
  writer.linef("#pragma GCC target(\"{}{}\")", level.target, level.gccTuning);
  writer.line("#endif");
  writer.verbatim(text);
  writer.blank();
  writer.line("#if defined(__clang__)");
  writer.line("#pragma clang attribute pop");
  writer.line("#else");
  writer.line("#pragma GCC pop_options");
  writer.line("#endif");
  for (StringRef feature : has)
    if (StringRef(text).contains(("SETUN_HAS_" + feature).str()))
      writer.linef("#undef SETUN_HAS_{}", feature);
  writer.line("#endif");
}

void Dispatch::print(SourceWriter &writer) const {
  for (const Level *level : levels)
    printLevel(*level, collectFeatures(*level), writer);
}

void Dispatch::printChoice(SourceWriter &writer) const {
  std::string arguments = emission.entry->getArguments();
  for (const Level *level : llvm::reverse(levels)) {
    writer.linef("#if defined({})", getMacro(*level));
    writer.open(fmt::format("if (SETUN_CPU_{}) {{", level->name.upper()));
    writer.linef("{}_run{}({});", emission.options.name, getSuffix(*level),
                 arguments);
    writer.line("return;");
    writer.close();
    writer.line("#endif");
  }
}

} // namespace setun::c
