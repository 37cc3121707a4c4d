// setun quantize: a float model gets low-bit weights and 8-bit activations,
// without training.
#include "CommandLine.h"
#include "Commands.h"
#include "Diagnostics.h"
#include "ModelQuantizer.h"

using namespace setun::quantize;

namespace setun::driver {

static void addWeightOptions(CLI::App &command, QuantizeOptions &options) {
  addChoice<WeightScheme>(command, "--weights", options.scheme,
                          "Codes of the weights (default: int8)",
                          {{"int8", WeightScheme::Int8},
                           {"int4", WeightScheme::Int4},
                           {"int3", WeightScheme::Int3},
                           {"int2", WeightScheme::Int2},
                           {"ternary", WeightScheme::Ternary},
                           {"binary", WeightScheme::Binary}});
  addChoice<ScaleMethod>(
      command, "--scales", options.method,
      "fit (default): one scale per channel, with the least "
      "error; absmean: one, the mean magnitude of all "
      "weights, for ternary and binary",
      {{"fit", ScaleMethod::Fit}, {"absmean", ScaleMethod::AbsMean}});
  command
      .add_option("--group", options.group,
                  "One scale for so many weights of a channel of Gemm and "
                  "MatMul, instead of for all")
      ->type_name("N")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 30).description(""));
  command.add_flag("--all-layers", options.allLayers,
                   "Also the first and the last layer get fewer than 8 bits");
}

static void addActivationOptions(CLI::App &command, QuantizeOptions &options) {
  addChoice<bool>(command, "--activations", options.quantizeActivations,
                  "Inputs of the layers and of what stands between them "
                  "(default: int8, which needs --data)",
                  {{"int8", true}, {"float", false}});
  addChoice<bool>(command, "--outputs", options.quantizeOutputs,
                  "Outputs of the model (default: float)",
                  {{"int8", true}, {"float", false}});
  addChoice<Calibration>(
      command, "--calibration", options.calibration,
      "How the range of an activation is chosen (default: minmax)",
      {{"minmax", Calibration::MinMax},
       {"percentile", Calibration::Percentile},
       {"mse", Calibration::Mse}});
  command
      .add_option("--percentile", options.percentile,
                  "With --calibration=percentile: so many percent of the "
                  "values lie below the end of the range (default: 99.99)")
      ->type_name("P")
      ->check(CLI::Range(50.0, 100.0).description(""));
  addRepeated(command, "--data", options.dataFiles,
              "Samples for an input of the model")
      ->type_name("[NAME=]FILE.npy");
  command
      .add_option("--labels", options.labelFile,
                  "Classes of the samples: print the accuracy of both models")
      ->type_name("FILE.npy");
  command.add_flag("!--no-bias-correction", options.correctBias,
                   "Leave biases as they are, whatever the mean error is");
}

/// What contradicts itself, as a message about the option.
static std::string checkUsage(const QuantizeOptions &options) {
  bool isSign = options.scheme == WeightScheme::Ternary ||
                options.scheme == WeightScheme::Binary;
  if (options.quantizeActivations && options.dataFiles.empty())
    return "--data: needed for --activations=int8; --activations=float "
           "quantises the weights alone";
  if (options.quantizeOutputs && !options.quantizeActivations)
    return "--outputs: int8 needs --activations=int8";
  if (!options.labelFile.empty() && options.dataFiles.empty())
    return "--labels: needs --data";
  if (options.method == ScaleMethod::AbsMean && !isSign)
    return "--scales: absmean is for --weights=ternary and --weights=binary";
  if (options.method == ScaleMethod::AbsMean && options.group > 0)
    return "--group: has one scale for each group, --scales=absmean has one "
           "for all";
  if (options.group > 0 && options.format == Format::Qonnx)
    return "--group: needs --format=qdq";
  return "";
}

void addQuantizeCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App *command = app.add_subcommand(
      "quantize", "Quantise a float model after training, into ONNX");
  command->add_option("model", options->model, "The ONNX file")->required();
  command->add_option("-o,--output", options->output, "The quantised model")
      ->type_name("OUT.onnx")
      ->required();
  addWeightOptions(*command, *options);
  addActivationOptions(*command, *options);
  addChoice<Format>(
      *command, "--format", options->format,
      "qdq (default): QuantizeLinear and DequantizeLinear; qonnx: Quant",
      {{"qdq", Format::Qdq}, {"qonnx", Format::Qonnx}});
  options->addInputOptionsTo(*command);
  command->callback([options, &action] {
    if (std::string wrong = checkUsage(*options); !wrong.empty())
      throw CLI::ValidationError(wrong);
    action = [options]() -> int {
      llvm::Error failed = ModelQuantizer(*options).run();
      if (!failed)
        return Success;
      std::string message = toString(std::move(failed));
      if (!message.empty())
        printError(options->model, message);
      return WrongModel;
    };
  });
}

} // namespace setun::driver
