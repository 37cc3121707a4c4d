// Compiles the text of a module in the "buffers" stage for a test.
#ifndef SETUN_TEST_UNIT_TARGET_RUNTEXT_H
#define SETUN_TEST_UNIT_TARGET_RUNTEXT_H

#include "setun/Target/LLVM/Jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"

/// The compiled module, or an error that says what was wrong.
inline llvm::Expected<std::unique_ptr<setun::JitModule>>
compileText(llvm::StringRef text, unsigned optLevel = 2) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::math::MathDialect, mlir::memref::MemRefDialect,
                  mlir::scf::SCFDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return llvm::createStringError("the test's module does not parse");
  return setun::JitModule::create(*module, {optLevel});
}

#endif // SETUN_TEST_UNIT_TARGET_RUNTEXT_H
