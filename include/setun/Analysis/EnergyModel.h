//===- EnergyModel.h - Estimated energy of a model --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations and bytes times published energies, for the model as compiled and
// for the same network in float32 and int8. Modelled, not measured: what is
// counted and what is left out stands in docs/energy.md.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_ENERGYMODEL_H
#define SETUN_ANALYSIS_ENERGYMODEL_H

#include "setun/Analysis/LayerFacts.h"
#include "setun/Analysis/MemoryFacts.h"

#include <array>

namespace setun {

/// Where the constants come from, and for which technology they hold.
extern const llvm::StringLiteral kEnergySource;
extern const llvm::StringLiteral kEnergyTechnology;

/// One published number.
struct EnergyConstant {
  llvm::StringLiteral name;
  double picojoules;
};

/// All of them in the order of the publication; reads are of 64 bits.
llvm::ArrayRef<EnergyConstant> getEnergyConstants();

/// Picojoules of one operation. Adders are linear in bits, multipliers in the
/// product of the widths of their factors, through the published points. Floats
/// of up to 16 bits cost what those of 16 do; wider ones grow like integers.
double getIntegerAddEnergy(unsigned bits);
double getIntegerMultiplyEnergy(unsigned leftBits, unsigned rightBits);
double getFloatAddEnergy(unsigned bits);
double getFloatMultiplyEnergy(unsigned bits);

/// A memory, the smallest published one that holds what is asked for.
struct MemoryLevel {
  llvm::StringLiteral name;
  /// Largest contents in bytes; -1 for no limit.
  int64_t capacity;
  double picojoulesPerByte;
};
const MemoryLevel &getMemoryLevel(int64_t bytes);

/// The numbers that a network is computed in.
enum class NumberFormat { Compiled, Float32, Int8 };
inline constexpr size_t kNumberFormats = 3;

/// Picojoules, by what takes them.
struct Energy {
  double compute = 0, weights = 0, activations = 0;

  double getTotal() const { return compute + weights + activations; }
  Energy &operator+=(const Energy &other);
};

/// The arithmetic of one layer. In the reference formats quantisers vanish and
/// every product costs a multiplication and an addition a step.
double getComputeEnergy(const LayerFacts &layer, NumberFormat format);

/// The weights of a product in bytes.
int64_t getWeightBytes(const LayerFacts &layer, NumberFormat format);

/// A buffer in bytes.
int64_t getBufferBytes(const BufferFacts &buffer, NumberFormat format);

/// One number format's estimate for a whole model.
struct FormatEnergy {
  /// What must fit into memory, and the memories that it fits into.
  int64_t constantBytes = 0, arenaBytes = 0;
  const MemoryLevel *weightMemory = nullptr, *activationMemory = nullptr;
  /// One for each of MemoryFacts::steps.
  std::vector<Energy> steps;
  Energy total;
};

struct ModelEnergy {
  /// By NumberFormat.
  std::array<FormatEnergy, kNumberFormats> formats;
  /// For each layer the step that computes it; -1 if there is no step.
  std::vector<int64_t> stepOfLayer;
  /// For each layer its picojoules as compiled. The traffic of a step counts
  /// for its product, or else for its first layer.
  std::vector<double> layers;

  const FormatEnergy &operator[](NumberFormat format) const {
    return formats[static_cast<size_t>(format)];
  }
};

/// `layers` and `memory` are of the same model.
ModelEnergy estimateEnergy(llvm::ArrayRef<LayerFacts> layers,
                           const MemoryFacts &memory);

} // namespace setun

#endif // SETUN_ANALYSIS_ENERGYMODEL_H
