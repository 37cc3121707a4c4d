// RUN: setun-opt %s --lowbit-move-weights=min-bytes=8 | FileCheck %s

// The SHA-256 of the 80 bytes, by Python's hashlib.
// CHECK: module attributes {setun.weights = {bytes = 80 : i64, sha256 = "7073a6b4c97f12121d24023a5972eef402928d7be6bc029f36a56664e0b66c37"}}
module {
  // CHECK: @table{{.*}} {setun.weights_offset = 0
  memref.global "private" constant @table : memref<2xf32> = dense<[1.0, 2.0]>
  // In the order in which they are read.
  // CHECK-NEXT: @weight{{.*}} {setun.weights_offset = 64
  // Less than 8 bytes, and one number many times.
  // CHECK: memref.global "private" constant @small : memref<4xi8> = dense<[1, 2, 3, 4]>
  memref.global "private" constant @small : memref<4xi8> = dense<[1, 2, 3, 4]>
  // CHECK: memref.global "private" constant @same : memref<16xi8> = dense<7>
  memref.global "private" constant @same : memref<16xi8> = dense<7>
  memref.global "private" constant @weight : memref<16xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]>

  // What a part reads its layer hands on.
  // CHECK: func.func private @part(%{{.*}}: memref<16xi8>, %[[WEIGHT:.*]]: memref<16xi8> {setun.role = "weights"})
  // CHECK-NEXT: memref.copy %[[WEIGHT]]
  func.func private @part(%out: memref<16xi8>) {
    %weight = memref.get_global @weight : memref<16xi8>
    memref.copy %weight, %out : memref<16xi8> to memref<16xi8>
    return
  }

  // CHECK: func.func private @layer(%[[OUT:.*]]: memref<16xi8>, %[[TABLE:.*]]: memref<2xf32> {setun.role = "weights"}, %[[WEIGHT:.*]]: memref<16xi8> {setun.role = "weights"})
  // CHECK: memref.get_global @small
  // CHECK: memref.get_global @same
  // CHECK: memref.load %[[TABLE]]
  // CHECK: memref.load %[[TABLE]]
  // CHECK: call @part(%[[OUT]], %[[WEIGHT]])
  func.func private @layer(%out: memref<16xi8>) {
    %zero = arith.constant 0 : index
    %small = memref.get_global @small : memref<4xi8>
    %same = memref.get_global @same : memref<16xi8>
    %table = memref.get_global @table : memref<2xf32>
    %again = memref.get_global @table : memref<2xf32>
    %a = memref.load %table[%zero] : memref<2xf32>
    %b = memref.load %again[%zero] : memref<2xf32>
    %c = memref.load %small[%zero] : memref<4xi8>
    memref.store %c, %out[%zero] : memref<16xi8>
    memref.copy %same, %out : memref<16xi8> to memref<16xi8>
    func.call @part(%out) : (memref<16xi8>) -> ()
    return
  }

  // CHECK: func.func private @other(%{{.*}}: memref<16xi8>) {
  func.func private @other(%out: memref<16xi8>) {
    return
  }

  // CHECK: func.func @main(%[[OUT:.*]]: memref<16xi8> {{.*}}, %[[BLOCK:.*]]: memref<80xi8> {setun.role = "weights"})
  // CHECK: %[[TABLE:.*]] = memref.view %[[BLOCK]][%c0{{.*}}][] : memref<80xi8> to memref<2xf32>
  // CHECK: %[[WEIGHT:.*]] = memref.view %[[BLOCK]][%c64{{.*}}][] : memref<80xi8> to memref<16xi8>
  // CHECK: call @layer(%[[OUT]], %[[TABLE]], %[[WEIGHT]])
  // CHECK: call @other(%[[OUT]])
  // CHECK: memref.copy %[[WEIGHT]], %[[OUT]]
  func.func @main(%out: memref<16xi8> {setun.role = "output"}, %arena: memref<64xi8> {setun.role = "arena"}) {
    func.call @layer(%out) : (memref<16xi8>) -> ()
    func.call @other(%out) : (memref<16xi8>) -> ()
    %weight = memref.get_global @weight : memref<16xi8>
    memref.copy %weight, %out : memref<16xi8> to memref<16xi8>
    return
  }
}
