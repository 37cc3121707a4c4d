// setun report: what inspect knows, as a page to look at.
#include "Commands.h"
#include "Diagnostics.h"
#include "InspectModel.h"

#include "setun/Support/FileSystem.h"

#include <CLI/CLI.hpp>

using namespace mlir;

namespace setun::driver {

namespace {
struct ReportCommand : ModelOptions {
  std::string model;
  std::string output;
  InspectHlsOptions hls;

  int run();
};
} // namespace

int ReportCommand::run() {
  llvm::FailureOr<InspectedModel> inspected =
      inspectModel(model, *this, hls.get());
  if (failed(inspected))
    return WrongModel;
  std::string page = makeReportPage(inspected->report, SETUN_VERSION);
  if (llvm::Error error = writeFileAtomically(output, page)) {
    printError(output, llvm::toString(std::move(error)));
    return WrongModel;
  }
  return Success;
}

void addReportCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<ReportCommand>();
  CLI::App *command = app.add_subcommand(
      "report", "Write a page that shows where bits, bytes and energy go");
  command
      ->add_option("model", options->model,
                   "The ONNX file, or a .mlir file in stage onnx or lowbit")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "The HTML file to write; it needs no other file")
      ->type_name("FILE")
      ->required();
  options->hls.addTo(*command);
  options->addTo(*command);
  command->callback([options, command, &action] {
    options->hls.check(*command);
    action = [options] { return options->run(); };
  });
}

} // namespace setun::driver
