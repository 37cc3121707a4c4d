// setun: the compiler's command line. See docs and `setun --help`; the
// subcommands are in the files named after them.
#include "Commands.h"
#include "Diagnostics.h"
#include "MlirOptions.h"
#include "Session.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

using namespace setun::driver;

/// LLVM's way out when it cannot go on: one line, no files left, exit code 1.
static void stopOnFatalError(void *, const char *reason, bool) {
  printError(llvm::Twine("internal: ") + reason);
  llvm::sys::RunInterruptHandlers();
  _exit(WrongModel);
}

/// CLI11 has an exit code for each mistake; ours is one for all.
static int report(CLI::App &app, const CLI::ParseError &error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(error); // prints help or the version
    return Success;
  }
  printError(error.what());
  const std::vector<CLI::App *> chosen = app.get_subcommands();
  llvm::errs() << "Run 'setun "
               << (chosen.empty() ? "" : chosen.front()->get_name() + " ")
               << "--help' for what is possible.\n";
  return WrongUsage;
}

static int runDriver(std::vector<std::string> arguments) {
  setun::registerAllPasses();
  if (!takeMlirOptions(arguments))
    return WrongUsage;

  CLI::App app("Compiles low-bit neural networks from ONNX.", "setun");
  app.set_version_flag("--version", "setun " SETUN_VERSION);
  app.require_subcommand(1);
  app.footer("Options --mlir-* are handed to MLIR, e.g. --mlir-timing or "
             "--mlir-print-ir-after-all.\n"
             "Exit codes: 0 fine; 1 the model or the numbers are wrong; 2 "
             "wrong usage.");
  Action action;
  addCompileCommand(app, action);
  addRunCommand(app, action);
  addVerifyCommand(app, action);
  addInspectCommand(app, action);
  addQuantizeCommand(app, action);
  addReportCommand(app, action);
  addBenchCommand(app, action);
  try {
    std::reverse(arguments.begin(), arguments.end()); // CLI11 pops from the end
    app.parse(arguments);
  } catch (const CLI::ParseError &error) {
    return report(app, error);
  }
  return action();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg("setun: error: internal: crashed; this is a bug in "
                        "setun, whatever the model says\n");
  llvm::install_fatal_error_handler(stopOnFatalError);
  try {
    return runDriver(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception &error) {
    printError(llvm::Twine("internal: ") + error.what());
    return WrongModel;
  }
}
