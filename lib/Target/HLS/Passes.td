// Passes around the printing of HLS code.
#ifndef SETUN_TARGET_HLS_PASSES_TD
#define SETUN_TARGET_HLS_PASSES_TD

include "mlir/Pass/PassBase.td"

def EmitHls : Pass<"emit-hls", "::mlir::ModuleOp"> {
  let summary = "print the module as C++ for high-level synthesis";
  let description = [{
    Prints the tables and the code of a module behind `convert-onnx-to-linalg{streamed-only}` to
    standard output. The module stays as it is. For tests; the driver calls `emitHls` itself.
  }];
  // Windows of nodes are described by its attributes.
  let dependentDialects = ["::setun::lowbit::LowBitDialect"];
  let options = [
    Option<"name", "name", "std::string", "\"model\"", "the top function">,
    Option<"targetInterval", "target-ii", "int64_t", "0",
           "clock cycles from frame to frame that products are folded for">
  ];
}

#endif // SETUN_TARGET_HLS_PASSES_TD
