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
  /// Groups that meet in sums of two branches: operands and results, together
  /// with those of the sums that these are operands of.
  std::vector<std::vector<int>> sums;

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

/// Makes the scales of groups that meet in sums odd multiples of one power of
/// two, a little larger. Then no sum lies halfway between two codes, floats
/// compute it exactly, and integers give the same codes.
void alignSums(ActivationPlan &plan);

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_ACTIVATIONPLAN_H
