//===- PopcountPrinter.h - Trees of counters as Verilog ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef SETUN_TARGET_VERILOG_POPCOUNTPRINTER_H
#define SETUN_TARGET_VERILOG_POPCOUNTPRINTER_H

#include "setun/Analysis/PopcountTree.h"
#include "setun/Support/Names.h"
#include "setun/Support/SourceWriter.h"

#include <map>

namespace setun {

/// `[first + count - 1:first]`.
std::string getSlice(int64_t first, int64_t count);

/// The bits of a wire without a sign, widened or cut to `bits`.
std::string padWire(llvm::StringRef wire, unsigned wireBits, unsigned bits);

/// Prints modules that count the set bits of `b`, one for each number of bits.
class PopcountPrinter {
public:
  PopcountPrinter(NameScope &names, std::string prefix, SourceWriter &writer)
      : names(names), prefix(std::move(prefix)), writer(writer) {}

  /// Prints the modules that these counts need, unless they stand already.
  void printTrees(llvm::ArrayRef<BitCount> counts);
  /// Makes the wire `NAME` the number of set bits, of `x0`, `x1`, .. .
  void printCount(llvm::StringRef name, const BitCount &count);

private:
  struct Module {
    std::string name;
    unsigned outputBits;
  };

  void printTree(const PopcountTree &tree, llvm::StringRef name);
  void printSum(const PopcountTree &tree,
                llvm::function_ref<std::string(int32_t)> getName);

  NameScope &names;
  std::string prefix;
  SourceWriter &writer;
  std::map<size_t, Module> modules;
};

} // namespace setun

#endif // SETUN_TARGET_VERILOG_POPCOUNTPRINTER_H
