//===- FpgaCosts.cpp - What parts of a design take on an FPGA -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Analysis/FpgaCosts.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

namespace setun {

using llvm::divideCeil;

FpgaCost &FpgaCost::operator+=(const FpgaCost &other) {
  luts += other.luts;
  flipFlops += other.flipFlops;
  blockRams += other.blockRams;
  dsps += other.dsps;
  return *this;
}

FpgaCost operator+(FpgaCost lhs, const FpgaCost &rhs) { return lhs += rhs; }

FpgaCost operator*(int64_t count, FpgaCost cost) {
  return {count * cost.luts, count * cost.flipFlops, count * cost.blockRams,
          count * cost.dsps};
}

/// Bits that count from 0 to `most`.
static int64_t getCountBits(int64_t most) {
  return llvm::bit_width(static_cast<uint64_t>(std::max<int64_t>(most, 0)));
}

namespace fpga {

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

FpgaCost adder(unsigned bits) { return {bits, bits + 1}; }

FpgaCost adderTree(int64_t terms, unsigned bits) {
  FpgaCost cost;
  // What has no partner on a level only waits for the next.
  for (; terms > 1; terms = divideCeil(terms, 2), ++bits)
    cost += {terms / 2 * bits, int64_t(divideCeil(terms, 2)) * (bits + 1)};
  return cost;
}

FpgaCost bitCount(int64_t terms) {
  FpgaCost cost = adderTree(terms, 1);
  // The lowest bit and the carry; the XNORs of the pair are part of both.
  cost.luts += terms / 2;
  return cost;
}

int64_t getTreeDepth(int64_t terms) {
  return terms <= 1 ? 0 : llvm::Log2_64_Ceil(terms);
}

FpgaCost signSelect(int64_t terms, unsigned bits) {
  return {int64_t(divideCeil(terms, 2)) * bits};
}

FpgaCost negation(unsigned bits) { return {bits > 0 ? bits - 1 : 0}; }

FpgaCost multiplier(unsigned a, unsigned b) {
  if (a > b)
    std::swap(a, b);
  int64_t flipFlops = a + b;
  // Up to six inputs a table for each bit of the product; beyond 5/4 of a table
  // for each pair of bits.
  if (a + b <= 6)
    return {a + b + 1, flipFlops};
  if (a <= 1 || b <= 4)
    return {int64_t(divideCeil(5 * a * b, 4)), flipFlops};
  int64_t blocks = int64_t(divideCeil(a, 18)) * divideCeil(b, 25);
  // A product of one block has a register in the block.
  return {blocks > 1 ? (blocks - 1) * (a + b) : 0, blocks > 1 ? flipFlops : 0,
          0, blocks};
}

FpgaCost comparison(unsigned bits, bool isConstant) {
  return {int64_t(isConstant ? divideCeil(bits, 4) : 2 * divideCeil(bits, 3))};
}

FpgaCost thresholds(int64_t steps, unsigned bits, bool areConstant) {
  FpgaCost cost = steps * comparison(bits, areConstant);
  // The steps are counted without registers between: each full adder takes
  // three bits and leaves two.
  cost.luts += steps - getCountBits(steps);
  cost.flipFlops += getCountBits(steps);
  return cost;
}

FpgaCost counter(int64_t rounds) {
  int64_t bits = getCountBits(rounds - 1);
  return {bits + int64_t(divideCeil(bits, 6)), bits};
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

bool isBlockRam(int64_t words, int64_t bits) {
  return words > 64 && words * bits > 1024;
}

int64_t countBlockRams(int64_t words, int64_t bits) {
  constexpr int64_t shapes[][2] = {{16384, 1}, {8192, 2},  {4096, 4},
                                   {2048, 9},  {1024, 18}, {512, 36}};
  int64_t least = INT64_MAX;
  for (auto [depth, width] : shapes)
    least = std::min<int64_t>(least, int64_t(divideCeil(words, depth)) *
                                         divideCeil(bits, width));
  return least;
}

FpgaCost rom(int64_t words, int64_t bits) {
  if (words <= 1)
    return {};
  if (isBlockRam(words, bits))
    return {0, 0, countBlockRams(words, bits)};
  int64_t tables = divideCeil(words, 64);
  return {(2 * tables - 1) * bits, bits};
}

FpgaCost ram(int64_t words, int64_t bits) {
  if (words <= 1)
    return {0, bits};
  if (isBlockRam(words, bits))
    return {0, 0, countBlockRams(words, bits)};
  return {int64_t(divideCeil(words, 32)) * bits, bits};
}

FpgaCost fifo(int64_t depth, int64_t bits) {
  // How full it is, and the handshake on both sides: assumed.
  FpgaCost control = 2 * counter(depth + 1) + FpgaCost{6, 4};
  if (depth <= 2 || depth * bits <= 1024)
    return control + FpgaCost{int64_t(divideCeil(depth, 32)) * bits, bits};
  return control + FpgaCost{0, bits, countBlockRams(depth, bits)};
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

namespace {
struct FloatFacts {
  FpgaCost cost;
  int64_t cycles;
};
} // namespace

/// Assumptions, for a clock of about 200 MHz.
static const FloatFacts &getFacts(FloatOperator op) {
  static const FloatFacts add = {{220, 300, 0, 2}, 5};
  static const FloatFacts multiply = {{80, 150, 0, 3}, 4};
  static const FloatFacts divide = {{780, 1100, 0, 0}, 14};
  static const FloatFacts compare = {{60, 30, 0, 0}, 1};
  static const FloatFacts convert = {{200, 200, 0, 0}, 3};
  switch (op) {
  case FloatOperator::Add:
    return add;
  case FloatOperator::Multiply:
    return multiply;
  case FloatOperator::Divide:
    return divide;
  case FloatOperator::Compare:
    return compare;
  case FloatOperator::Convert:
    return convert;
  }
  llvm_unreachable("all operators are handled");
}

FpgaCost floatOperator(FloatOperator op) { return getFacts(op).cost; }
int64_t getFloatLatency(FloatOperator op) { return getFacts(op).cycles; }

int64_t getSumInterval(int64_t apart) {
  return divideCeil(getFloatLatency(FloatOperator::Add),
                    std::max<int64_t>(apart, 1));
}

//===----------------------------------------------------------------------===//
// Units
//===----------------------------------------------------------------------===//

/// Of two XNORs only a count is left, which has no sign.
static bool isXnor(const MatrixVectorUnit &unit) {
  return unit.inputIsBipolar && unit.weight == WeightKind::Bipolar;
}

/// Bits of an input as a signed number that has its negative, too.
static unsigned getSignedBits(const MatrixVectorUnit &unit) {
  return unit.inputIsBipolar ? 2 : unit.inputBits + 1;
}

static unsigned getProductBits(const MatrixVectorUnit &unit) {
  if (unit.weight != WeightKind::Integer)
    return getSignedBits(unit);
  // The sign of a bipolar input is selected for the weight.
  return unit.inputIsBipolar ? unit.weightBits + 1
                             : unit.inputBits + unit.weightBits;
}

static bool usesDsps(const MatrixVectorUnit &unit) {
  return unit.weight == WeightKind::Integer && !unit.inputIsBipolar &&
         !unit.isUnrolled() &&
         multiplier(unit.inputBits, unit.weightBits).dsps > 0;
}

FpgaCost products(const MatrixVectorUnit &unit) {
  // The XNOR is part of the counter; constants are wires.
  if (isXnor(unit) || unit.isUnrolled())
    return {};
  unsigned bits = getProductBits(unit);
  if (unit.weight == WeightKind::Integer && !unit.inputIsBipolar)
    return unit.pe * unit.simd * multiplier(unit.inputBits, unit.weightBits);
  FpgaCost selects = unit.pe * signSelect(unit.simd, bits);
  // -x is there once for all, -w for each weight.
  int64_t negations = unit.weight == WeightKind::Integer ? unit.pe : 1;
  unsigned negated = unit.weight == WeightKind::Integer ? unit.weightBits
                     : unit.inputIsBipolar              ? 0
                                                        : unit.inputBits;
  return selects + negations * unit.simd * negation(negated);
}

/// How many of `outputs` different sums of `terms` inputs there are, each input
/// with one of two signs, if signs are drawn: equal ones are shared.
static int64_t countDistinct(int64_t outputs, int64_t terms) {
  if (terms > 5)
    return outputs;
  double kinds = std::exp2(static_cast<double>(terms));
  return std::lround(
      kinds * (1 - std::pow(1 - 1 / kinds, static_cast<double>(outputs))));
}

/// Counts of the same bits, constantly inverted or not.
static FpgaCost unrolledBitCounts(int64_t outputs, int64_t terms) {
  FpgaCost cost;
  unsigned bits = 1;
  for (int64_t counted = 2; terms > 1; terms = divideCeil(terms, 2)) {
    int64_t pairs = terms / 2, tables = pairs * std::max(2u, bits);
    cost += countDistinct(outputs, counted) *
            FpgaCost{tables, int64_t(divideCeil(terms, 2)) * (bits + 1)};
    counted *= 2;
    ++bits;
  }
  return cost;
}

FpgaCost sums(const MatrixVectorUnit &unit) {
  // The sum starts from the bias or goes on: one adder, which selects as well.
  FpgaCost accumulator = {unit.sumBits, unit.sumBits};
  if (unit.getSteps() == 1 && !unit.hasBias)
    accumulator.luts = 0;
  // Twice the agreements less the pairs.
  int64_t countBits = getCountBits(unit.simd) + 1;
  FpgaCost doubling = {countBits, countBits + 1};
  if (unit.isUnrolled()) {
    int64_t terms = divideCeil(unit.constantTerms, unit.outputs);
    if (!isXnor(unit))
      return unit.outputs *
             (adderTree(terms, getSignedBits(unit)) + accumulator);
    return unrolledBitCounts(unit.outputs, terms) +
           unit.outputs * (accumulator + doubling);
  }
  if (isXnor(unit))
    return unit.pe * (bitCount(unit.simd) + accumulator + doubling);
  unsigned bits = getProductBits(unit);
  // A DSP block adds what is behind its product.
  if (usesDsps(unit) && unit.simd > 1)
    return unit.pe *
           (adderTree(divideCeil(unit.simd, 2), bits + 1) + accumulator);
  return unit.pe * (adderTree(unit.simd, bits) + accumulator);
}

FpgaCost weights(const MatrixVectorUnit &unit) {
  int64_t bits = unit.weight == WeightKind::Bipolar   ? 1
                 : unit.weight == WeightKind::Ternary ? 2
                                                      : unit.weightBits;
  return unit.pe * rom(unit.getWords(), unit.simd * bits);
}

FpgaCost rowBuffer(const MatrixVectorUnit &unit) {
  int64_t bits = unit.simd * (unit.inputIsBipolar ? 1 : unit.inputBits);
  if (unit.outputs == unit.pe)
    return {0, bits};
  return ram(unit.getSteps(), bits);
}

} // namespace fpga

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

const FpgaCost *findDevice(llvm::StringRef part) {
  struct Device {
    llvm::StringLiteral name;
    FpgaCost has;
  };
  // Lookup tables, flip-flops, blocks of 18 Kbit, DSP blocks.
  static const Device devices[] = {
      {"xc7a100t", {63400, 126800, 270, 240}},
      {"xc7a200t", {134600, 269200, 730, 740}},
      {"xc7a35t", {20800, 41600, 100, 90}},
      {"xc7z010", {17600, 35200, 120, 80}},
      {"xc7z020", {53200, 106400, 280, 220}},
      {"xc7z045", {218600, 437200, 1090, 900}},
      {"xck26", {117120, 234240, 288, 1248}},
      {"xcu250", {1728000, 3456000, 5376, 12288}},
      {"xczu3eg", {70560, 141120, 432, 360}},
      {"xczu7ev", {230400, 460800, 624, 1728}},
      {"xczu9eg", {274080, 548160, 1824, 2520}},
  };
  for (const Device &device : devices)
    if (part.starts_with_insensitive(device.name))
      return &device.has;
  return nullptr;
}

} // namespace setun
