// A prefix that is no identifier is refused.
// RUN: not setun-opt %s --emit-c='name=2-bad output-dir=%t' 2>&1 | FileCheck %s
// CHECK: error: '2-bad' cannot be the prefix of names in C; accepted is an identifier such as 'x2_bad'
// RUN: not setun-opt %s --emit-c='name=double output-dir=%t' 2>&1 | FileCheck --check-prefix=KEYWORD %s
// KEYWORD: error: 'double' cannot be the prefix of names in C; accepted is an identifier such as 'double_'
module {
  func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
    return
  }
}
