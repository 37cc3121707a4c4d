//===- EmitHls.cpp - A model as a project for high-level synthesis --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Target/HLS/EmitHls.h"

#include "Estimate.h"
#include "FitBudget.h"
#include "Project.h"
#include "StageBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace setun {

/// The design of `entry`, complete and priced.
static LogicalResult buildDesign(func::FuncOp entry,
                                 const HlsEmitOptions &options,
                                 hls::Design &design) {
  for (StringRef taken :
       {StringRef(options.name), StringRef("in"), StringRef("in2"),
        StringRef("in3"), StringRef("values"), StringRef("indices"),
        StringRef("out"), StringRef("step"), StringRef("shape"),
        StringRef("hls"), StringRef("setun_hls"), StringRef("codes"),
        StringRef("scales"), StringRef("first"), StringRef("second"),
        // Types, and what a test bench calls while ports are in scope.
        StringRef("ap_int"), StringRef("ap_uint"), StringRef("i"),
        StringRef("word"), StringRef("bytes"), StringRef("locate"),
        StringRef("get_element"), StringRef("set_element"),
        StringRef("extend")})
    design.names.reserve(taken);
  if (failed(hls::StageBuilder(design, options).build(entry)))
    return failure();
  for (const auto &fixed : options.folding)
    if (llvm::none_of(design.stages, [&](const auto &stage) {
          return stage->name == fixed.first && stage->pe > 0;
        }))
      return entry->getParentOfType<ModuleOp>().emitError()
             << "the folding names '" << escapeForComment(fixed.first)
             << "', but no product is called so";
  hls::completeDesign(design);
  hls::completeEstimate(design,
                        options.interface == HlsEmitOptions::Interface::Stream);
  return success();
}

llvm::FailureOr<HlsProject> emitHls(ModuleOp module,
                                    const HlsEmitOptions &given) {
  auto entry = module.lookupSymbol<func::FuncOp>("main");
  if (!entry || entry.isExternal() || !entry.getBody().hasOneBlock())
    return module.emitError("has no function 'main' of one block, which HLS "
                            "code is printed from");
  HlsEmitOptions options = given;
  auto networks = std::make_shared<hls::NetworkCache>();
  if (options.budget) {
    auto estimateFor = [&](int64_t interval) -> FailureOr<HlsEstimate> {
      hls::Design design;
      design.isSketch = true;
      design.networks = networks;
      HlsEmitOptions trial = given;
      trial.targetInterval = interval;
      if (failed(buildDesign(entry, trial, design)))
        return failure();
      return hls::collectEstimate(design);
    };
    FailureOr<int64_t> interval = hls::fitBudget(module, options, estimateFor);
    if (failed(interval))
      return failure();
    options.targetInterval = *interval;
  }
  hls::Design design;
  design.networks = networks;
  if (failed(buildDesign(entry, options, design)))
    return failure();
  HlsProject project;
  project.estimate = hls::collectEstimate(design);
  project.estimate.part = options.part;
  project.estimate.clock = options.clock;
  project.estimate.budget = options.budget;
  project.files = hls::printProject(design, project.estimate, options);
  return project;
}

} // namespace setun
