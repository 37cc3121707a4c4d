// Passes around the printing of C.
#ifndef SETUN_TARGET_C_PASSES_TD
#define SETUN_TARGET_C_PASSES_TD

include "mlir/Pass/PassBase.td"

def PrepareForC : Pass<"prepare-for-c", "::mlir::ModuleOp"> {
  let summary = "bring the buffers stage into the form that C is printed from";
  let description = [{
    Rewrites rounding divisions by plain ones, then folds and merges what is
    equal, so that the printer sees no dead or doubled values. Loops, memory and
    float arithmetic stay as they are. `emitC` does the same to a copy; the pass
    shows what is printed.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def EmitC : Pass<"emit-c", "::mlir::ModuleOp"> {
  let summary = "write the module as C99 files";
  let description = [{
    Prints a module of the buffers stage to NAME.h and NAME.c in a folder. The
    module stays as it is. For tests; the driver calls `emitC` itself.
  }];
  let options = [
    Option<"name", "name", "std::string", "\"model\"",
           "prefix of symbols, macros and files">,
    Option<"outputDir", "output-dir", "std::string", "\".\"",
           "folder that receives the files">,
    Option<"withMain", "with-main", "bool", "false",
           "also print NAME_main.c, which reads and writes .npy files">,
    Option<"maxWeightBytes", "max-weight-bytes", "int64_t", "268435456",
           "refuse more constants than this many bytes">,
    Option<"chooseAtRunTime", "dispatch", "bool", "false",
           "have code for several processors, one of which a run takes">
  ];
}

#endif // SETUN_TARGET_C_PASSES_TD
