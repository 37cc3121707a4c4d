// The QONNX and FINN operators. Their tensors are all float, the integers are
// implied; every one keeps the shape of its input.
#include "OperatorRegistry.h"

#include "dialects/Onnx/Onnx.h"

using namespace setun::importer;

void setun::importer::addQonnxOperators(OperatorRegistry &registry) {
  struct Operator {
    const char *name;
    int sinceVersion;
    const char *inputs;
  };
  static const Operator operators[] = {
      // IntQuant is the newer name of Quant, same meaning.
      {"Quant", 1, "X scale zeropt bitwidth"},
      {"IntQuant", 1, "X scale zeropt bitwidth"},
      {"BipolarQuant", 1, "X scale"},
      {"Trunc", 1, "X scale zeropt in_bits out_bits"},
      {"Trunc", 2, "X scale zeropt in_bits out_scale out_bits"},
      {"FloatQuant", 1,
       "X scale exponent_bits mantissa_bits exponent_bias max_val"},
      {"MultiThreshold", 1, "v thresholds"},
  };
  for (const Operator &op : operators)
    registry.add(makeSchema(setun::onnx::kQonnxDomain, op.name, op.sinceVersion,
                            op.inputs, "Y", inferSameAsFirst));
}
