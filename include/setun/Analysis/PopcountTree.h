//===- PopcountTree.h - Counting bits with lookup tables --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How many of n bits are set: counters of up to six bits, which are three
// lookup tables of six inputs each, and one addition at the end.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_POPCOUNTTREE_H
#define SETUN_ANALYSIS_POPCOUNTTREE_H

#include "setun/Analysis/AdderNetwork.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace setun {

/// Wires 0 .. inputs-1 are the bits that are counted; each counter adds its
/// outputs. A counter reads only wires before its own.
struct PopcountTree {
  /// How many of 3 to 6 wires of one weight 2^k are set: wires `first`,
  /// `first` + 1, .. of the weights 2^k, 2^(k+1), ..
  struct Counter {
    llvm::SmallVector<int32_t, 6> inputs;
    int32_t first;
    unsigned outputs;
  };

  int64_t inputs = 0;
  std::vector<Counter> counters;
  /// What counters leave: one or two wires of each weight 2^k. The result is
  /// their sum, of as many bits as `inputs` has.
  std::vector<llvm::SmallVector<int32_t, 2>> columns;

  /// `inputs` is positive.
  static PopcountTree build(int64_t inputs);

  /// Bits of the result.
  unsigned getOutputBits() const;
  /// The first weight that two wires have; as many as there are columns if no
  /// addition is left.
  size_t getFirstAddedColumn() const;
  /// One lookup table of six inputs for each output of a counter and for each
  /// column that is added, whose carries have logic of their own.
  int64_t countTables() const;
};

/// One sum over bits: (how many of them are set) << shift, plus `constant`.
struct BitCount {
  struct Bit {
    int32_t input;
    bool isInverted;
  };
  llvm::SmallVector<Bit> bits;
  unsigned shift = 0;
  int64_t constant = 0;
};

/// The outputs of a network as counts of bits. Nothing if its inputs take more
/// than a bit or an output has coefficients of several magnitudes.
///
/// With b of 0 or 1, the sum of c b over positive and of -c b over negative
/// coefficients is c (the set bits among b and ~b) - c (the negative ones).
std::optional<std::vector<BitCount>> getBitCounts(const AdderNetwork &network);

/// Lookup tables of six inputs of all counts, each a tree of its own; counters
/// of inputs that two trees have in common are there once. A quarter is added,
/// which yosys 0.23 puts in for short paths (1.10 to 1.33 of the tables in
/// trees of 48 to 256 bits, 1 to 64 of them).
int64_t countTables(llvm::ArrayRef<BitCount> counts, WireFormat sums);

} // namespace setun

#endif // SETUN_ANALYSIS_POPCOUNTTREE_H
