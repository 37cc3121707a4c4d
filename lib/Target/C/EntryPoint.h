//===- EntryPoint.h - Inputs and outputs of the model in C ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arguments of @main as a C caller sees them, and the names that the header
// defines for them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_ENTRYPOINT_H
#define SETUN_LIB_TARGET_C_ENTRYPOINT_H

#include "ModuleEmission.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace setun::c {

/// An input or output of the model.
struct Port {
  bool isInput;
  /// Counted among the inputs, or among the outputs.
  unsigned index;
  /// Name in the ONNX graph; arbitrary bytes.
  std::string onnxName;
  Parameter parameter;
  std::vector<int64_t> shape;
  int64_t count;
  /// What the elements mean: `float32`, `uint4`, `bipolar`, ...
  std::string type;
  /// Order of the elements, such as `row-major`.
  std::string layout;
  /// real = (code - zeroPoint) * scale, where known.
  std::optional<float> scale;
  std::optional<int64_t> zeroPoint;

  /// Length of the array of C, which has at least one element.
  int64_t getLength() const { return std::max<int64_t>(count, 1); }
};

/// The run function: its ports in the order of @main's arguments, then the
/// arena.
class EntryPoint {
public:
  /// Reads @main; names of macros and parameters are taken in `emission.names`.
  static llvm::FailureOr<EntryPoint> create(ModuleEmission &emission);

  llvm::ArrayRef<Port> getPorts() const { return ports; }
  /// One for every argument of @main.
  const std::vector<Parameter> &getParameters() const { return parameters; }
  /// `void NAME_run(const float x[784], float y[10], NAME_arena *arena)`
  std::string getPrototype() const;
  /// The prefix of all macros: the model's name in capitals.
  const std::string &getMacroPrefix() const { return macroPrefix; }
  /// `NAME_INPUT_0`
  std::string getMacroName(const Port &port) const;
  int64_t getArenaBytes() const { return arenaBytes; }
  /// Is the last parameter `const NAME_weights *weights`?
  bool hasWeights() const { return takesWeights; }
  /// The names of all parameters, as a caller with the same ones writes them.
  std::string getArguments() const;

  static constexpr int64_t arenaAlign = 64;

private:
  llvm::LogicalResult addPort(unsigned index, bool isInput,
                              ModuleEmission &emission);
  llvm::LogicalResult addArena(unsigned index, ModuleEmission &emission);
  llvm::LogicalResult addWeights(unsigned index, ModuleEmission &emission);
  void reserveMacros(NameScope &names) const;

  std::string name;
  std::string macroPrefix;
  std::vector<Port> ports;
  std::vector<Parameter> parameters;
  int64_t arenaBytes = 0;
  bool hasArena = false;
  bool takesWeights = false;
};

/// `float32[1x784]`, as it stands in comments.
std::string describeShape(llvm::StringRef type, llvm::ArrayRef<int64_t> shape);
/// `float32`, `uint4`, `bipolar`, ... of an IR type.
std::string getTypeWord(mlir::Type type);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_ENTRYPOINT_H
