// Which tensors between the layers become codes, so that what stands there
// (sums of branches, pools, concatenations) computes with integers, too.
#ifndef SETUN_QUANTIZE_ACTIVATIONPLAN_H
#define SETUN_QUANTIZE_ACTIVATIONPLAN_H

#include "setun/Quantize/Calibrator.h"

#include "onnx/onnx_pb.h"

#include "llvm/ADT/StringMap.h"
#include <set>
#include <string>
#include <vector>

namespace setun::quantize {

struct ActivationPlan {
  /// The quantised tensors. Those of one group share a quantiser, because
  /// values move between them.
  std::vector<std::vector<std::string>> groups;
  llvm::StringMap<int> groupOf;
  /// One for each group, chosen by calibration.
  std::vector<ActivationQuantizer> quantizers;
  /// Nodes, by their place in the graph, that read codes where there are some;
  /// others go on reading floats.
  std::set<int> readers;
  /// Outputs of the graph that are codes.
  std::vector<std::string> outputs;

  const ActivationQuantizer *find(llvm::StringRef tensor) const {
    auto group = groupOf.find(tensor);
    return group == groupOf.end() ? nullptr : &quantizers[group->second];
  }
};

/// Quantises the inputs of `layers`, by the places of their nodes, and what
/// they are made of as far as integers can compute it; with `quantizeOutputs`
/// also the float32 outputs of the graph.
ActivationPlan planActivations(const ::onnx::GraphProto &graph,
                               llvm::ArrayRef<int> layers,
                               bool quantizeOutputs);

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_ACTIVATIONPLAN_H
