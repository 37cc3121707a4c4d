// Verifiers and folders of the ops on small floats. The folders use LLVM's own
// arithmetic, which is independent of the code that programs run.
#include "dialects/LowBit/LowBit.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace setun::lowbit {

bool isSmallFloat(Type type) {
  return isa<Float16Type, BFloat16Type, Float8E4M3FNType, Float8E4M3FNUZType,
             Float8E5M2Type, Float8E5M2FNUZType, Float8E8M0FNUType,
             Float4E2M1FNType>(type);
}

static LogicalResult verifyFormat(Operation *op, Type format, Type stored,
                                  StringRef name) {
  if (!isSmallFloat(format))
    return op->emitOpError()
           << "(c1) " << format
           << " is no small float; accepted: f16, bf16, f8E4M3FN, f8E4M3FNUZ, "
              "f8E5M2, f8E5M2FNUZ, f8E8M0FNU, f4E2M1FN";
  unsigned bits = std::max(8u, format.getIntOrFloatBitWidth());
  if (!stored.isInteger(bits))
    return op->emitOpError() << "(c2) " << name << " of " << format
                             << " must be i" << bits << ", not " << stored;
  return success();
}

//===----------------------------------------------------------------------===//
// decode_float
//===----------------------------------------------------------------------===//

LogicalResult DecodeFloatOp::verify() {
  return verifyFormat(*this, getFormat(), getInput().getType(), "input");
}

OpFoldResult DecodeFloatOp::fold(FoldAdaptor adaptor) {
  auto input = dyn_cast_or_null<IntegerAttr>(adaptor.getInput());
  if (!input)
    return nullptr;
  auto format = cast<FloatType>(getFormat());
  APFloat value(format.getFloatSemantics(),
                input.getValue().zextOrTrunc(format.getWidth()));
  bool losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return FloatAttr::get(getType(), value);
}

//===----------------------------------------------------------------------===//
// encode_float
//===----------------------------------------------------------------------===//

LogicalResult EncodeFloatOp::verify() {
  if (failed(verifyFormat(*this, getFormat(), getType(), "result")))
    return failure();
  bool isPower = isa<Float8E8M0FNUType>(getFormat());
  RoundingMode mode = getRounding();
  bool fits = isPower
                  ? mode == RoundingMode::Up || mode == RoundingMode::Down ||
                        mode == RoundingMode::HalfUp
                  : mode == RoundingMode::HalfEven;
  if (!fits)
    return emitOpError() << "(c3) rounding " << stringifyRoundingMode(mode)
                         << " to " << getFormat() << "; accepted: "
                         << (isPower ? "up, down, half_up" : "half_even");
  return success();
}

OpFoldResult EncodeFloatOp::fold(FoldAdaptor adaptor) {
  auto input = dyn_cast_or_null<FloatAttr>(adaptor.getInput());
  // Powers of two, NaN and what is too large are left to the program.
  if (!input || isa<Float8E8M0FNUType>(getFormat()) ||
      !input.getValue().isFinite())
    return nullptr;
  auto format = cast<FloatType>(getFormat());
  APFloat value = input.getValue();
  bool losesInfo;
  APFloat::opStatus status = value.convert(
      format.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
  if (status & (APFloat::opOverflow | APFloat::opInvalidOp))
    return nullptr;
  return IntegerAttr::get(getType(), value.bitcastToAPInt().zextOrTrunc(
                                         getType().getIntOrFloatBitWidth()));
}

} // namespace setun::lowbit
