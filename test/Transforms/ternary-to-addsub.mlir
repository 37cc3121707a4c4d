// RUN: setun-opt %s --lowbit-ternary-to-addsub 2>/dev/null | FileCheck %s

// Weights +1 -1 / +1 0.
// CHECK-LABEL: @example
// CHECK-SAME: %[[X:.*]]: tensor<1x2xsi8>
func.func @example(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  // CHECK-NOT: lowbit.constant
  // CHECK: %[[O:.*]] = tensor.empty() : tensor<1x2xi32>
  // CHECK: lowbit.addsub ins(%[[X]] : tensor<1x2xsi8>) outs(%[[O]] : tensor<1x2xi32>) {
  // CHECK-NEXT: ^bb0(%[[X0:.*]]: i32, %[[X1:.*]]: i32):
  // CHECK-NEXT: %[[Y:.*]] = arith.subi %[[X0]], %[[X1]] overflow<nsw> : i32
  // CHECK-NEXT: lowbit.yield %[[Y]], %[[X0]] : i32, i32
  // CHECK-NEXT: } -> tensor<1x2xi32>
  %w = lowbit.constant dense_resource<example> : tensor<2x2x!lowbit.ternary>
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// x0 + x1 is made once for the three rows ++00, ++-0 and --0+.
// CHECK-LABEL: @shared_pair
func.func @shared_pair(%x: tensor<4x4xui4>) -> tensor<4x3xi32> {
  // CHECK: ^bb0(%[[X0:.*]]: i32, %[[X1:.*]]: i32, %[[X2:.*]]: i32, %[[X3:.*]]: i32):
  // CHECK-NEXT: %[[SUM:.*]] = arith.addi %[[X0]], %[[X1]]
  // CHECK-NEXT: %[[A:.*]] = arith.subi %[[SUM]], %[[X2]]
  // CHECK-NEXT: %[[B:.*]] = arith.subi %[[X3]], %[[SUM]]
  // CHECK-NEXT: lowbit.yield %[[SUM]], %[[A]], %[[B]]
  %w = lowbit.constant dense_resource<pair> : tensor<3x4x!lowbit.ternary>
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<4x4xui4>, tensor<3x4x!lowbit.ternary> -> tensor<4x3xi32>
  return %0 : tensor<4x3xi32>
}

// A row of zeros is the constant 0; only a row without +1 is negated.
// CHECK-LABEL: @zero_and_negation
func.func @zero_and_negation(%x: tensor<1x2xsi8>) -> tensor<1x2xi64> {
  // CHECK: ^bb0(%[[X0:.*]]: i64, %[[X1:.*]]: i64):
  // CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0 : i64
  // CHECK-NEXT: %[[MINUS:.*]] = arith.subi %[[ZERO]], %[[X1]] overflow<nsw> : i64
  // CHECK-NEXT: lowbit.yield %[[ZERO]], %[[MINUS]]
  %w = lowbit.constant dense_resource<zero> : tensor<2x2x!lowbit.ternary>
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi64>
  return %0 : tensor<1x2xi64>
}

// Bias and zero point are added to the outputs: 5 - 2 * (1 - 1), 0 - 2 * (1 + 0).
// CHECK-LABEL: @bias
func.func @bias(%x: tensor<1x2xui8>) -> tensor<1x2xi32> {
  // CHECK: ^bb0(%[[X0:.*]]: i32, %[[X1:.*]]: i32):
  // CHECK-DAG: %[[FIVE:.*]] = arith.constant 5 : i32
  // CHECK-DAG: %[[TWO:.*]] = arith.constant -2 : i32
  // CHECK: %[[Y:.*]] = arith.subi %[[X0]], %[[X1]]
  // CHECK-NEXT: %[[A:.*]] = arith.addi %[[Y]], %[[FIVE]] overflow<nsw> : i32
  // CHECK-NEXT: %[[B:.*]] = arith.addi %[[X0]], %[[TWO]] overflow<nsw> : i32
  // CHECK-NEXT: lowbit.yield %[[A]], %[[B]]
  %w = lowbit.constant dense_resource<example> : tensor<2x2x!lowbit.ternary>
  %0 = lowbit.matmul %x zero_point 2, %w bias [5, 0] kernel <addsub> : tensor<1x2xui8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Weights 3 5 / -6 7: signed digits, and twice the first multiple of x0.
// CHECK-LABEL: @integers
func.func @integers(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: ^bb0(%[[X0:.*]]: i32, %[[X1:.*]]: i32):
  // CHECK: %[[FOUR:.*]] = arith.shli %[[X0]], %{{.*}} overflow<nsw> : i32
  // CHECK-NEXT: %[[THREE:.*]] = arith.subi %[[FOUR]], %[[X0]] overflow<nsw> : i32
  // CHECK-NOT: muli
  // CHECK: lowbit.yield
  %w = lowbit.constant dense_resource<integers> : tensor<2x2xsi4>
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x2xsi8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// A shifted output: 64 x0.
// CHECK-LABEL: @shifted_output
func.func @shifted_output(%x: tensor<1x1xui8>) -> tensor<1x1xi32> {
  // CHECK: ^bb0(%[[X0:.*]]: i32):
  // CHECK-NEXT: %[[SIX:.*]] = arith.constant 6 : i32
  // CHECK-NEXT: %[[Y:.*]] = arith.shli %[[X0]], %[[SIX]] overflow<nsw> : i32
  // CHECK-NEXT: lowbit.yield %[[Y]]
  %w = lowbit.constant dense_resource<shifted> : tensor<1x1xui8>
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x1xui8>, tensor<1x1xui8> -> tensor<1x1xi32>
  return %0 : tensor<1x1xi32>
}

// Other kernels stay.
// CHECK-LABEL: @untouched
func.func @untouched(%x: tensor<1x2xsi8>) -> (tensor<1x2xi32>, tensor<1x2xi32>) {
  %w = lowbit.constant dense_resource<example> : tensor<2x2x!lowbit.ternary>
  // CHECK: lowbit.matmul {{.*}} kernel <packed>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  // CHECK: lowbit.matmul {{%[a-z0-9]+, %[a-z0-9]+ :}}
  %1 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0, %1 : tensor<1x2xi32>, tensor<1x2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      example: "0x4000000001FF0100",
      integers: "0x400000000305FA07",
      shifted: "0x4000000040",
      pair: "0x40000000010100000101FF00FFFF0001",
      zero: "0x40000000000000FF"
    }
  }
#-}
