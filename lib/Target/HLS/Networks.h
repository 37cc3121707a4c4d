//===- Networks.h - Products as networks of additions -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A product with all of its inputs and outputs in every clock cycle needs no
// weights in memory: the weights become adders.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_HLS_NETWORKS_H
#define SETUN_LIB_TARGET_HLS_NETWORKS_H

#include "setun/Analysis/AdderNetwork.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace setun::hls {

/// Networks beyond so many additions without any sharing are not made: a
/// function of so many lines takes a synthesizer hours.
inline constexpr int64_t maxNetworkAdditions = 8192;

/// What a network is made of.
struct NetworkSource {
  int64_t outputs, inputs;
  llvm::function_ref<int64_t(int64_t output, int64_t input)> weight;
  llvm::ArrayRef<int64_t> bias;
  /// Of the codes that come in, padding among them.
  lowbit::CodeRange range;
  bool isBipolar;
};

/// Networks that were searched for, by the name of the stage: several trials of
/// one design ask for the same.
using NetworkCache = std::map<std::string, std::optional<AdderNetwork>>;

/// Additions without sharing; nothing for weights beyond 8 bits.
std::optional<int64_t> countPlainAdditions(const NetworkSource &source);

/// A small network, proven; nothing, and a reason, if there is none.
std::optional<AdderNetwork> searchNetwork(const NetworkSource &source,
                                          std::string &reason);

/// `struct NAME` whose operator() makes the sums of one row of codes: ap_int of
/// `sumBits`.
std::string printNetwork(const AdderNetwork &network, llvm::StringRef name,
                         llvm::StringRef code, unsigned sumBits);

} // namespace setun::hls

#endif // SETUN_LIB_TARGET_HLS_NETWORKS_H
