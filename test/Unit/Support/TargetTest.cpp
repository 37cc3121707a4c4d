//===- TargetTest.cpp - Processors that code is made for ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every target has a name and a way to be found; LLVM knows what it is called.
//===----------------------------------------------------------------------===//

#include "setun/Support/Target.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/TargetParser/Triple.h"

#include "gtest/gtest.h"

using namespace setun;

namespace {

TEST(Target, NamesAreFound) {
  llvm::StringSet<> names;
  for (const Target &target : getTargets()) {
    EXPECT_TRUE(names.insert(target.name).second) << target.name.str();
    EXPECT_EQ(findTarget(target.name), &target);
    EXPECT_FALSE(target.summary.empty());
  }
  EXPECT_EQ(findTarget("pentium"), nullptr);
  EXPECT_EQ(findTarget(""), nullptr);
}

TEST(Target, NativeIsOneOfThem) {
  const Target *native = findTarget("native");
  ASSERT_NE(native, nullptr);
  EXPECT_EQ(findTarget(native->name), native);
}

TEST(Target, TriplesAreKnown) {
  for (const Target &target : getTargets())
    if (!target.triple.empty())
      EXPECT_NE(llvm::Triple(target.triple).getArch(),
                llvm::Triple::UnknownArch)
          << target.name.str();
}

TEST(Target, ModuleKeepsIt) {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  EXPECT_EQ(getTarget(*module).name, "generic");
  setTarget(*module, *findTarget("cortex-m4"));
  EXPECT_EQ(getTarget(*module).name, "cortex-m4");
  setTarget(*module, *findTarget("generic"));
  EXPECT_FALSE((*module)->hasAttr(kTargetAttr));
}

} // namespace
