// What has no place in a static arena.
// RUN: setun-opt %s --lowbit-plan-memory --split-input-file --verify-diagnostics

// expected-error @below {{lowbit-plan-memory needs a function @main}}
module {
  func.func @other() {
    return
  }
}

// -----

// expected-error @below {{lowbit-plan-memory needs a function @main}}
module {
  func.func private @main()
}

// -----

func.func @main(%n: index) {
  // expected-error @below {{buffer of type 'memref<?xi8>' has no static size; give open dimensions with --dim NAME=VALUE}}
  %a = memref.alloc(%n) : memref<?xi8>
  return
}

// -----

func.func @main() {
  call @outer() : () -> ()
  return
}
func.func private @outer() {
  // expected-error @below {{only the entry point may call a layer that needs scratch memory}}
  call @inner() : () -> ()
  return
}
func.func private @inner() {
  %a = memref.alloc() : memref<8xi8>
  return
}
