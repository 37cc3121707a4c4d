// From a file to a protobuf model. A file that is no model is common (a text
// file, an unresolved Git LFS pointer, half a download), so each says what it
// is.
#include "ImportSteps.h"

#include "onnx/defs/parser.h"
#include "setun/Support/Sha256.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <limits>

using namespace mlir;
using namespace setun;
using namespace setun::importer;

/// Protobuf counts bytes in an int; ONNX puts larger weights into side files.
static constexpr uint64_t kMaxModelBytes = std::numeric_limits<int32_t>::max();

/// What is in the file instead of a model?
static StringRef describeContents(StringRef bytes) {
  if (bytes.empty())
    return "the file is empty";
  if (bytes.starts_with("version https://git-lfs"))
    return "the file is a Git LFS pointer; fetch the model with 'git lfs pull'";
  bool isText = llvm::all_of(bytes.take_front(256), [](unsigned char c) {
    return c >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
  return isText ? "the file is text; accepted is ONNX's binary form"
                : "the file is damaged, cut off, or nested too deeply";
}

FailureOr<std::unique_ptr<::onnx::ModelProto>>
importer::readModel(StringRef path, ImportContext &context,
                    std::string &sha256) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(path, status))
    return context.error() << "cannot read the model: " << error.message();
  if (status.type() != llvm::sys::fs::file_type::regular_file)
    return context.error() << "cannot read the model: not a regular file";
  if (status.getSize() > kMaxModelBytes)
    return context.error()
           << "the model has " << status.getSize()
           << " bytes; accepted are 2 GiB, larger weights belong into external "
              "data files";
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return context.error() << "cannot read the model: "
                           << buffer.getError().message();
  StringRef bytes = (*buffer)->getBuffer();

  // The default limit of nested messages stays: about 30 levels of subgraphs.
  google::protobuf::LogSilencer silencer;
  auto model = std::make_unique<::onnx::ModelProto>();
  bool parsed = false;
  if (failed(callOnnx(context.file, [&] {
        google::protobuf::io::CodedInputStream stream(
            reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
        parsed = model->ParseFromCodedStream(&stream) &&
                 stream.ConsumedEntireMessage();
      })))
    return failure();
  if (!parsed || !model->has_graph())
    return context.error() << "not an ONNX model: " << describeContents(bytes);
  sha256 = hexSha256(bytes);
  return model;
}

FailureOr<std::unique_ptr<::onnx::ModelProto>>
importer::parseModel(StringRef text, ImportContext &context,
                     std::string &sha256) {
  auto model = std::make_unique<::onnx::ModelProto>();
  std::string message;
  if (failed(callOnnx(context.file, [&] {
        auto status = ::onnx::OnnxParser::Parse(*model, text.str().c_str());
        if (!status.IsOK())
          message = status.ErrorMessage();
      })))
    return failure();
  if (!message.empty())
    return context.error() << "not a model in ONNX's textual form: "
                           << quoted(message);
  sha256 = hexSha256(text);
  return model;
}
