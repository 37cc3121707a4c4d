// Diagnostics as a user of a model wants to read them: the file, the ONNX node,
// and what is wrong, one line each.
#ifndef SETUN_TOOLS_SETUN_DIAGNOSTICS_H
#define SETUN_TOOLS_SETUN_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace setun::driver {

/// `node 'Conv_3' (Conv): error: text` and lines for the notes. Whatever could
/// move a terminal's cursor is escaped: node names are untrusted.
std::string formatDiagnostic(const mlir::Diagnostic &diagnostic,
                             llvm::StringRef file);

/// One printable line of any text.
std::string escapeForTerminal(llvm::StringRef text);

/// Receives the diagnostics of a context while it lives. Errors and warnings
/// are printed to stderr, remarks only when asked for.
class DiagnosticPrinter {
public:
  DiagnosticPrinter(mlir::MLIRContext *context, llvm::StringRef file,
                    bool printRemarks);

private:
  mlir::ScopedDiagnosticHandler handler;
};

/// Keeps the first error instead of printing it, for tools that go on.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext *context);

  /// The first error since the last call, without the word "error".
  std::string takeFirstError();

private:
  std::string firstError;
  mlir::ScopedDiagnosticHandler handler;
};

/// Prints `setun: error: text`, for what concerns no model.
void printError(const llvm::Twine &text);

/// Prints `FILE: error: text`.
void printError(llvm::StringRef file, const llvm::Twine &text);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_DIAGNOSTICS_H
