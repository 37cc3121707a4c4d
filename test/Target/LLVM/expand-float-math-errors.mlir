// RUN: setun-opt %s --expand-float-math --split-input-file --verify-diagnostics

func.func @sine(%x: f32) -> f32 {
  // expected-error @+1 {{'math.sin' on 'f32' has no definition that is the same on every target}}
  %0 = math.sin %x : f32
  return %0 : f32
}

// -----

func.func @double_exp(%x: f64) -> f64 {
  // expected-error @+1 {{'math.exp' on 'f64' has no definition that is the same on every target}}
  %0 = math.exp %x : f64
  return %0 : f64
}
