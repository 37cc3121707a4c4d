// Gold data of ONNX's backend tests as arrays. The importer's own reader does
// the work, so that a tensor means the same here and in a model.
#include "setun/Import/TensorFile.h"

#include "TensorData.h"
#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/IR/MLIRContext.h"
#include "setun/Support/NpyType.h"
#include "llvm/Support/MemoryBuffer.h"
#include <climits>

using namespace mlir;
using namespace setun;
using namespace setun::importer;

static llvm::Error error(StringRef path, const Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

llvm::Expected<NpyArray> setun::readTensorFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return error(path, buffer.getError().message());

  if ((*buffer)->getBufferSize() > INT_MAX)
    return error(path, "larger than 2 GiB");

  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<onnx::OnnxDialect>();
  std::string message = "not a serialized tensor";
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  ImportOptions options;
  ImportContext import(&context, options, path, /*folder=*/"");
  auto emitError = [&] { return import.error() << "the tensor "; };
  ::onnx::TensorProto tensor;
  bool parsed = false;
  if (failed(callOnnx(import.file,
                      [&] {
                        parsed = tensor.ParseFromArray(
                            (*buffer)->getBufferStart(),
                            static_cast<int>((*buffer)->getBufferSize()));
                      })) ||
      !parsed)
    return error(path, message);
  FailureOr<ElementsAttr> value =
      takeTensor(tensor, "tensor", import, emitError);
  if (failed(value))
    return error(path, message);

  auto type = cast<RankedTensorType>(value->getType());
  std::optional<onnx::ConstantData> data = onnx::ConstantData::get(*value);
  NpyArray array;
  array.dtype = getNpyType(type.getElementType());
  if (!data || array.dtype.empty())
    return error(path, "tensors of this element type cannot be compared");
  array.shape.assign(type.getShape().begin(), type.getShape().end());
  ArrayRef<char> bytes = data->getBytes();
  array.data.assign(bytes.begin(), bytes.end());
  return array;
}
