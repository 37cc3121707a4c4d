// The opset of a model, raised by ONNX's own converter.
#include "setun/Quantize/GraphRewriter.h"

#include "onnx/version_converter/convert.h"
#include <algorithm>
#include <exception>

using namespace llvm;

namespace setun::quantize {

int64_t getOpset(const ::onnx::ModelProto &model) {
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    if (opset.domain().empty())
      return opset.version();
  return 1;
}

Error liftOpset(::onnx::ModelProto &model, int opset) {
  if (getOpset(model) >= opset)
    return Error::success();
  std::string message;
  try {
    ::onnx::ModelProto source = model;
    // From 4 on initializers need not be inputs.
    source.set_ir_version(std::max<int64_t>(source.ir_version(), 4));
    ::onnx::ModelProto lifted =
        ::onnx::version_conversion::ConvertVersion(source, opset);
    if (lifted.has_graph() && getOpset(lifted) >= opset) {
      model = std::move(lifted);
      return Error::success();
    }
    message = "no result";
  } catch (const std::exception &exception) {
    message = StringRef(exception.what()).trim().split('\n').first.str();
  }
  return createStringError(
      "ONNX's converter cannot lift the model from opset " +
      Twine(getOpset(model)) + " to " + Twine(opset) + ": " + message);
}

} // namespace setun::quantize
