// Diagnostics as a user of a model wants to read them. Node names come from the
// locations that the importer made (setun/Support/NodeLocation.h).
#include "Diagnostics.h"

#include "setun/Support/NodeLocation.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace setun::driver {

std::string escapeForTerminal(StringRef text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string safe;
  for (unsigned char byte : text.trim()) {
    if (byte == '\n' || byte == '\t') {
      safe += ' ';
    } else if (byte < 0x20 || byte == 0x7f) {
      safe += "\\x";
      safe += digits[byte >> 4];
      safe += digits[byte & 15];
    } else {
      safe += static_cast<char>(byte);
    }
  }
  return safe;
}

static StringRef getSeverityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Remark:
    return "remark";
  case DiagnosticSeverity::Note:
    return "note";
  }
  return "error";
}

/// The nodes of a location; of many only the first, which is where a reader
/// starts to look.
static std::string describeLocation(Location location) {
  SmallVector<NodeName> nodes = getNodeNames(location);
  if (nodes.empty())
    return "";
  constexpr size_t shown = 3;
  std::string text;
  for (const NodeName &node : ArrayRef(nodes).take_front(shown)) {
    text += text.empty() ? "node '" : " + '";
    text += node.name + "'";
    if (!node.opType.empty())
      text += " (" + node.opType + ")";
  }
  if (nodes.size() > shown)
    text += " and " + std::to_string(nodes.size() - shown) + " more";
  return text;
}

static std::string formatLine(StringRef file, StringRef where,
                              DiagnosticSeverity severity, StringRef text) {
  std::string line = file.empty() ? "" : (file + ": ").str();
  if (!where.empty())
    line += (where + ": ").str();
  line += getSeverityName(severity);
  line += ": ";
  return escapeForTerminal(line + text.str()) + "\n";
}

std::string formatDiagnostic(const Diagnostic &diagnostic, StringRef file) {
  std::string lines =
      formatLine(file, describeLocation(diagnostic.getLocation()),
                 diagnostic.getSeverity(), diagnostic.str());
  // MLIR attaches the whole operation as a note; a user has no use for that.
  for (const Diagnostic &note : diagnostic.getNotes()) {
    std::string text = note.str();
    if (StringRef(text).starts_with("see current operation"))
      continue;
    lines += formatLine(file, describeLocation(note.getLocation()),
                        DiagnosticSeverity::Note, text);
  }
  return lines;
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context, StringRef file,
                                     bool printRemarks)
    : handler(context,
              [file = file.str(), printRemarks](Diagnostic &diagnostic) {
                if (diagnostic.getSeverity() != DiagnosticSeverity::Remark ||
                    printRemarks)
                  llvm::errs() << formatDiagnostic(diagnostic, file);
                return success();
              }) {}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            firstError.empty()) {
          std::string where = describeLocation(diagnostic.getLocation());
          firstError = escapeForTerminal((where.empty() ? "" : where + ": ") +
                                         diagnostic.str());
        }
        return success();
      }) {}

std::string DiagnosticCollector::takeFirstError() {
  return std::exchange(firstError, std::string());
}

void printError(const Twine &text) {
  llvm::errs() << "setun: error: " << escapeForTerminal(text.str()) << "\n";
}

void printError(StringRef file, const Twine &text) {
  llvm::errs() << escapeForTerminal(file)
               << ": error: " << escapeForTerminal(text.str()) << "\n";
}

} // namespace setun::driver
