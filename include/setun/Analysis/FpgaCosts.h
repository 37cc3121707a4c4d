//===- FpgaCosts.h - What parts of a design take on an FPGA -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lookup tables of six inputs, flip-flops, block RAMs of 18 Kbit and DSP blocks
// of the parts that HLS designs are made of. Integer arithmetic follows what
// yosys' synth_xilinx makes of the same structure (bench/luts/units.py compares
// the two); floats, memories and the border are assumptions, each said where it
// stands. Nothing here was measured with a vendor's tool.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_FPGACOSTS_H
#define SETUN_ANALYSIS_FPGACOSTS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace setun {

/// What something takes, or a device has.
struct FpgaCost {
  int64_t luts = 0;
  int64_t flipFlops = 0;
  /// Of 18 Kbit; a block of 36 Kbit is two.
  int64_t blockRams = 0;
  int64_t dsps = 0;

  FpgaCost &operator+=(const FpgaCost &other);
  bool operator==(const FpgaCost &other) const {
    return luts == other.luts && flipFlops == other.flipFlops &&
           blockRams == other.blockRams && dsps == other.dsps;
  }
};
FpgaCost operator+(FpgaCost lhs, const FpgaCost &rhs);
FpgaCost operator*(int64_t count, FpgaCost cost);

namespace fpga {

//===-- Integers: as yosys makes them -------------------------------------===//

/// a + b of operands of `bits`: a lookup table a bit beside the carry chain.
/// The bit above is the carry, or has the inputs of the one below.
FpgaCost adder(unsigned bits);

/// The sum of `terms` numbers of `bits`: adders in pairs, one bit wider on each
/// level, a register behind each.
FpgaCost adderTree(int64_t terms, unsigned bits);

/// How many of `terms` bits are set. The first level needs no carry chain: two
/// tables for two bits, and an XNOR before it is part of them.
FpgaCost bitCount(int64_t terms);

/// Levels of such trees.
int64_t getTreeDepth(int64_t terms);

/// x, -x or 0 for each of `terms` numbers in front of an adder tree, -x being
/// there already. Of two neighbours one is part of the adder behind them.
FpgaCost signSelect(int64_t terms, unsigned bits);

/// -x: an inverter a bit beside the carry chain, but for the lowest bit.
FpgaCost negation(unsigned bits);

/// a * b in a register. Up to 4 x 4 bits in lookup tables (fitted), beyond in
/// DSP blocks of 25 x 18 bits: yosys follows AMD's UG901 in that.
FpgaCost multiplier(unsigned a, unsigned b);

/// x >= t: two tables for three bits of both sides; of a constant one for four
/// (both fitted).
FpgaCost comparison(unsigned bits, bool isConstant);

/// How many of `steps` thresholds a number reaches.
FpgaCost thresholds(int64_t steps, unsigned bits, bool areConstant);

/// Counts to `rounds`, and knows when it is there.
FpgaCost counter(int64_t rounds);

//===-- Memories: by the sizes of blocks ----------------------------------===//

/// Is such a memory made of block RAM? Assumed for more than 64 words and more
/// than 1,024 bits.
bool isBlockRam(int64_t words, int64_t bits);
/// 16K x 1, 8K x 2, 4K x 4, 2K x 9, 1K x 18 or 512 x 36.
int64_t countBlockRams(int64_t words, int64_t bits);
/// In lookup tables one holds 64 words of a bit, and one joins two of them.
FpgaCost rom(int64_t words, int64_t bits);
/// Read and written at once: a table for 32 words of a bit (LUTRAM of two
/// ports).
FpgaCost ram(int64_t words, int64_t bits);
/// Up to 1,024 bits or 2 words in shift registers of 32 words a table. Its
/// control is assumed.
FpgaCost fifo(int64_t depth, int64_t bits);

//===-- Floats: assumptions -----------------------------------------------===//

/// Operators of f32. Tables, registers and cycles are of the order that
/// documentation of such operators gives; no tool confirms them.
enum class FloatOperator { Add, Multiply, Divide, Compare, Convert };
FpgaCost floatOperator(FloatOperator op);
int64_t getFloatLatency(FloatOperator op);
/// Cycles between two additions where each waits for the one `apart` additions
/// before it.
int64_t getSumInterval(int64_t apart);

//===-- Units -------------------------------------------------------------===//

/// What a weight does with an input.
enum class WeightKind { Bipolar, Ternary, Integer };

/// A matrix-vector unit: `pe` of `outputs` at a time, `simd` of `inputs` each.
struct MatrixVectorUnit {
  int64_t inputs = 1, outputs = 1, simd = 1, pe = 1;
  unsigned inputBits = 1;
  /// Codes of {-1, +1} in one bit.
  bool inputIsBipolar = false;
  WeightKind weight = WeightKind::Ternary;
  unsigned weightBits = 2;
  unsigned sumBits = 1;
  bool hasBias = false;
  /// Terms that are left of all sums if weights are constants: those other than
  /// 0, of integers one for each digit other than 0.
  int64_t constantTerms = 0;

  /// Codes of one output that are read in one cycle after another.
  int64_t getSteps() const { return inputs / simd; }
  /// Words of each processing element's weights.
  int64_t getWords() const { return outputs / pe * getSteps(); }
  /// No memory: every weight is a constant of its own.
  bool isUnrolled() const { return getWords() == 1; }
};

/// Signs that are selected, XNORs or multipliers.
FpgaCost products(const MatrixVectorUnit &unit);
/// Adder trees and accumulators.
FpgaCost sums(const MatrixVectorUnit &unit);
/// The memories of weights.
FpgaCost weights(const MatrixVectorUnit &unit);
/// The row that later outputs read again.
FpgaCost rowBuffer(const MatrixVectorUnit &unit);

} // namespace fpga

/// What a device has, by the beginning of its name (xc7z020clg400-1); null if
/// it is not known. From AMD's data sheets and product tables.
const FpgaCost *findDevice(llvm::StringRef part);

} // namespace setun

#endif // SETUN_ANALYSIS_FPGACOSTS_H
