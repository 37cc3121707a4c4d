//===- Constants.cpp - Weights and other tables of a generated model ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FileParts.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/ConstantData.h"
#include "setun/Support/NodeLocation.h"

using namespace mlir;

namespace setun::c {

int64_t getConstantBytes(const ModuleEmission &emission) {
  int64_t bytes = 0;
  for (auto &[global, constant] : emission.constants)
    bytes += constant.bytes;
  return bytes;
}

/// How weights lie in a layout.
static std::string describeLayout(StringRef name) {
  PackedLayout layout = *parsePackedLayout(name);
  if (layout == PackedLayout::BitTiles)
    return "1 bit a weight, 1 = +1, 0 = -1; lines of 64 bytes, for 32 inputs "
           "of 16 outputs: input k is bit k % 8 of byte 4n + k / 8 for output "
           "n; groups of 64 outputs";
  if (layout == PackedLayout::Int3Tiles)
    return "3 bits a weight + 4; three lines of 64 bytes for 32 inputs of 16 "
           "outputs: byte 4n + j has inputs 4p + j of output n, the lower two "
           "bits at 4 (p % 2) + p / 2 % 2 * 2 of line p / 4, the upper one at "
           "4 (p % 2) + p / 2 of the third; groups of 64 outputs";
  if (layout == PackedLayout::Fp4Tiles)
    return "4 bits a weight, half of it as a number of E2M1; lines of 64 "
           "bytes, "
           "for 8 inputs of 16 outputs: byte 4n + j has inputs 4p + j of "
           "output n, from the lowest bits; groups of 64 outputs";
  if (std::optional<TileShape> shape = getTileShape(layout))
    return fmt::format(
        "{} bits a weight{}; lines of {} bytes, for {} inputs of 16 outputs: "
        "byte 4n + j has inputs 4p + j of output n, from the lowest bits; "
        "groups of 64 outputs",
        shape->bits,
        shape->bias ? fmt::format(" + {}", shape->bias) : std::string(),
        static_cast<int64_t>(TileShape::lineBytes), shape->perLine);
  switch (layout) {
  case PackedLayout::Bits:
    return "1 bit a weight, input k of a row is bit k % 8 of byte k / 8, 1 = "
           "+1, 0 = -1";
  case PackedLayout::TernaryPairs:
    return "2 bits a weight, the lower for +1, the upper for -1; input p + 32 "
           "* j of a block of 128 is in bits 2j and 2j + 1 of byte p";
  case PackedLayout::Trits:
    return "5 weights a byte, the sum of 3^j * (weight + 1); input p + j * 32 "
           "of a block of 160 is digit j of byte p, the last block is as long "
           "as it needs";
  default:
    return "1 byte a weight";
  }
}

/// The packed product that reads a constant; null if none does.
static lowbit::PackedMatmulOp findProduct(const ModuleEmission &emission,
                                          memref::GlobalOp global) {
  lowbit::PackedMatmulOp found;
  for (func::FuncOp function : emission.graph.getFunctions())
    function.walk([&](lowbit::PackedMatmulOp product) {
      auto read = product.getPacked().getDefiningOp<memref::GetGlobalOp>();
      if (!read || read.getName() != global.getSymName())
        return;
      found = product;
    });
  return found;
}

static void printComment(const ModuleEmission &emission,
                         memref::GlobalOp global, SourceWriter &writer) {
  std::string text;
  for (const NodeName &node : getNodeNames(global.getLoc())) {
    text += text.empty() ? "\"" : ", \"";
    text += node.name + "\"";
    if (!node.opType.empty())
      text += " (" + node.opType + ")";
  }
  if (text.empty())
    text = global.getSymName();
  MemRefType type = global.getType();
  if (auto product = findProduct(emission, global))
    text += fmt::format(
        ": {} outputs x {} inputs, {}",
        cast<MemRefType>(product.getInit().getType()).getShape().back(),
        cast<MemRefType>(product.getInput().getType()).getShape().back(),
        describeLayout(product.getLayout().getName()));
  else
    text += ": " +
            describeShape(getTypeWord(type.getElementType()), type.getShape());
  writer.comment(text + ".");
}

/// All elements as numbers of type T.
template <typename T>
static void printNumbers(StringRef declaration, const onnx::ConstantData &data,
                         SourceWriter &writer) {
  std::vector<T> values(data.size());
  for (int64_t i = 0; i < data.size(); ++i)
    values[i] = data.at<T>(i);
  writer.array<T>(declaration, values);
}

void printConstant(const ModuleEmission &emission, Operation *op,
                   SourceWriter &writer) {
  auto global = cast<memref::GlobalOp>(op);
  const Constant &constant = emission.constants.find(op)->second;
  onnx::ConstantData data = *onnx::ConstantData::get(
      cast<ElementsAttr>(global.getInitialValueAttr()));
  printComment(emission, global, writer);
  // Tiles are read in vectors of up to 64 bytes.
  auto product = findProduct(emission, global);
  bool isTiled =
      product &&
      getTileShape(*parsePackedLayout(product.getLayout().getName()));
  std::string start = fmt::format("static const SETUN_WEIGHTS {}{} {}",
                                  isTiled ? "SETUN_ALIGNED " : "",
                                  getTypeName(constant.type), constant.name);
  if (getWidth(constant.type) == 8 &&
      (constant.type == CType::U8 ||
       constant.bytes > static_cast<int64_t>(SourceWriter::maxListedBytes))) {
    ArrayRef<char> bytes = data.getBytes();
    writer.byteArray(start,
                     ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()),
                              bytes.size()));
    return;
  }
  std::string declaration = fmt::format("{}[{}]", start, data.size());
  switch (constant.type) {
  case CType::I8:
    return printNumbers<int8_t>(declaration, data, writer);
  case CType::I16:
    return printNumbers<int16_t>(declaration, data, writer);
  case CType::I32:
    return printNumbers<int32_t>(declaration, data, writer);
  case CType::F32:
    return printNumbers<float>(declaration, data, writer);
  case CType::F64:
    return printNumbers<double>(declaration, data, writer);
  default:
    return printNumbers<int64_t>(declaration, data, writer);
  }
}

} // namespace setun::c
