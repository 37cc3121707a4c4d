//===- AdderNetwork.h - An add/sub network as wires and adders --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What hardware makes of a `lowbit.addsub`: wires of just the bits that their
// values need, adders of just the bits that carries can reach.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_ADDERNETWORK_H
#define SETUN_ANALYSIS_ADDERNETWORK_H

#include "setun/Analysis/AddSubNetwork.h"

#include "dialects/LowBit/LowBit.h"

#include <vector>

namespace setun {

/// How a wire holds integers of a range: two's complement if some are negative.
struct WireFormat {
  unsigned bits;
  bool isSigned;

  static WireFormat of(lowbit::CodeRange range);
};

/// Wires 0 .. inputs-1 are the inputs, wire inputs+i is the result of adder i.
/// An adder reads only wires before it. A bipolar input is the bit (x + 1) / 2,
/// every other input the code itself.
struct AdderNetwork {
  /// wire << shift; nothing (the number 0) if wire is `none`.
  struct Operand {
    static constexpr int32_t none = -1;
    int32_t wire = none;
    int32_t shift = 0;
  };
  /// lhs + rhs, or lhs - rhs. One of the shifts is 0. Only the lhs of a
  /// subtraction can be `none`.
  struct Adder {
    Operand lhs;
    Operand rhs;
    bool isSubtraction;
    /// All that the inputs can make of the result.
    lowbit::CodeRange range;

    /// The lower bits that are those of an operand: no carry comes from them.
    unsigned countCopiedBits() const;
    /// The bits that are added. 0 where operands do not overlap.
    unsigned countAddedBits(const AdderNetwork &network) const;
  };
  /// value + constant.
  struct Output {
    Operand value;
    int64_t constant = 0;
    /// Of value + constant.
    lowbit::CodeRange range;
  };

  lowbit::CodeRange inputRange;
  int64_t inputs = 0;
  bool inputsAreBipolar = false;
  std::vector<Adder> adders;
  std::vector<Output> outputs;

  lowbit::CodeRange getRange(int32_t wire) const {
    return wire < inputs ? inputRange : adders[wire - inputs].range;
  }
  WireFormat getFormat(int32_t wire) const {
    return WireFormat::of(getRange(wire));
  }
  /// The format that holds every output.
  WireFormat getOutputFormat() const;
  /// Lookup tables of six inputs of the whole network, constants of outputs
  /// among them: one for each full adder, whose carries have logic of their
  /// own, and one for each bit of a sum that depends on at most six bits.
  int64_t countTables() const;
  /// What each output is made of: outputs of inputs, constants left out.
  std::vector<std::vector<int64_t>> getCoefficients() const;
  /// Finds all that inputs which do not depend on each other can make of each
  /// adder, from its coefficients.
  void findRanges();

private:
  /// The coefficient of one input in every wire.
  void findCoefficients(int64_t input,
                        std::vector<int64_t> &coefficients) const;
};

/// Lookup tables that `constant` takes when it is added to a sum << shift of
/// `bits` bits. A carry chain takes a number with a constant as it is; only
/// what comes out of an addition of just as many bits becomes an addition of
/// three numbers.
int64_t countConstantTables(int64_t constant, unsigned shift, unsigned bits);

/// Adds up what no one else reads in another order, narrow numbers first, where
/// that takes fewer full adders. Every output stays what it is.
AdderNetwork balanceAdders(const AdderNetwork &network);

/// The network of `op`, whose input holds codes, balanced.
AdderNetwork getAdderNetwork(lowbit::AddSubOp op);
/// The same of a network that was searched for: on codes of a range, or on
/// signs; each output plus its constant.
AdderNetwork makeAdderNetwork(const AddSubNetwork &network,
                              lowbit::CodeRange inputRange,
                              bool inputsAreBipolar,
                              llvm::ArrayRef<int64_t> constants);

} // namespace setun

#endif // SETUN_ANALYSIS_ADDERNETWORK_H
