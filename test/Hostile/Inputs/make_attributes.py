"""Attributes and parameters outside of what their operators define."""

from models import *

WEIGHTS = np.ones((1, 1, 3, 3), "f4")
BIG = (1, 1, 8, 8)
NAN, INFINITY = float("nan"), float("inf")


def one(name, operator, *constants, shape=BIG, kind=FLOAT, opset=22, **attributes):
    """y = operator(x, constants...), where None leaves an input out"""
    names = [f"c{i}" if c is not None else "" for i, c in enumerate(constants)]
    tensors = [constant(n, c) for n, c in zip(names, constants) if c is not None]
    domains = [attributes["domain"]] if "domain" in attributes else []
    made = model(
        [node(operator, " ".join(["x"] + names), "y indices" if operator == "TopK" else "y", **attributes)],
        [value("x", shape, kind)],
        [helper.make_empty_tensor_value_info("y")],
        tensors,
        opset=opset,
        domains=domains,
    )
    save(name, made)


def windows():
    numbers = {"huge": HUGE, "largest": 2**63 - 1, "minimum": -(2**63), "zero": 0, "negative": -1}
    for what, n in numbers.items():
        one(f"conv_strides_{what}", "Conv", WEIGHTS, strides=[n, n])
        one(f"conv_dilations_{what}", "Conv", WEIGHTS, dilations=[n, n])
        one(f"conv_pads_{what}", "Conv", WEIGHTS, pads=[n] * 4)
        one(f"conv_kernel_{what}", "Conv", WEIGHTS, kernel_shape=[n, n])
        one(f"conv_group_{what}", "Conv", WEIGHTS, group=n)
        one(f"transposed_strides_{what}", "ConvTranspose", WEIGHTS, strides=[n, n])
        one(f"transposed_dilations_{what}", "ConvTranspose", WEIGHTS, dilations=[n, n])
        one(f"transposed_output_{what}", "ConvTranspose", WEIGHTS, output_shape=[n, n])
        one(f"transposed_padding_{what}", "ConvTranspose", WEIGHTS, output_padding=[n, n])
        one(f"transposed_group_{what}", "ConvTranspose", WEIGHTS, group=n)
        for pool in ["MaxPool", "AveragePool", "LpPool"]:
            one(f"{pool}_kernel_{what}", pool, kernel_shape=[n, n])
            one(f"{pool}_strides_{what}", pool, kernel_shape=[2, 2], strides=[n, n])
            one(f"{pool}_dilations_{what}", pool, kernel_shape=[2, 2], dilations=[n, n])
            one(f"{pool}_pads_{what}", pool, kernel_shape=[2, 2], pads=[n] * 4)
        one(f"pool_window_in_pads_{what}", "MaxPool", kernel_shape=[n, n], pads=[n] * 4)
        one(f"LRN_{what}", "LRN", size=n)
        one(f"DepthToSpace_{what}", "DepthToSpace", blocksize=n)
        one(f"SpaceToDepth_{what}", "SpaceToDepth", blocksize=n)
        one(f"Col2Im_{what}", "Col2Im", [n, n], [1, 1], shape=(1, 4, 4))
        one(f"Col2Im_block_{what}", "Col2Im", [4, 4], [n, n], shape=(1, 4, 4))


def axes():
    for what, n in {"huge": HUGE, "minimum": -(2**63), "past": 4, "before": -5}.items():
        for operator in ["Softmax", "LogSoftmax", "Hardmax", "ArgMax", "LpNormalization", "Flatten"]:
            one(f"{operator}_axis_{what}", operator, axis=n)
        one(f"ReduceSum_axes_{what}", "ReduceSum", [n])
        one(f"Squeeze_axes_{what}", "Squeeze", [n])
        one(f"Concat_axis_{what}", "Concat", np.zeros(BIG, "f4"), axis=n)
        one(f"Gather_axis_{what}", "Gather", [0], axis=n)
        one(f"Split_axis_{what}", "Split", [4, 4], axis=n)
        one(f"CumSum_axis_{what}", "CumSum", n)
        one(f"LayerNormalization_axis_{what}", "LayerNormalization", np.ones(8, "f4"), axis=n)
        one(f"TopK_axis_{what}", "TopK", [1], axis=n)
        one(f"QuantizeLinear_axis_{what}", "QuantizeLinear", np.ones(8, "f4"), axis=n)
    one("Transpose_twice", "Transpose", perm=[0, 0, 1, 2])
    one("Transpose_far", "Transpose", perm=[0, 1, 2, HUGE])
    one("Transpose_short", "Transpose", perm=[0])
    for what, n in {"huge": HUGE, "largest": 2**63 - 1, "minimum": -(2**63), "zero": 0}.items():
        one(f"Slice_step_{what}", "Slice", [0], [8], [2], [n])
        one(f"Slice_start_{what}", "Slice", [n], [8], [2])
        one(f"Slice_end_{what}", "Slice", [0], [n], [2])
        one(f"Slice_back_{what}", "Slice", [n], [-(2**63)], [2], [-1])
        one(f"Split_outputs_{what}", "Split", num_outputs=n)
        one(f"TopK_k_{what}", "TopK", [n])
        one(f"Trilu_{what}", "Trilu", n)
        one(f"EyeLike_{what}", "EyeLike", k=n, shape=(2, 3))


def words():
    evil = 'x"*/\n#error\\'
    one("Pad_mode", "Pad", [1] * 8, mode=evil)
    one("Conv_auto_pad", "Conv", WEIGHTS, auto_pad=evil)
    one("Resize_mode", "Resize", None, [1.0, 1.0, 2.0, 2.0], mode=evil)
    one("Resize_coordinates", "Resize", None, [1.0, 1.0, 2.0, 2.0], coordinate_transformation_mode=evil)
    one("BitShift_direction", "BitShift", np.ones(1, "u1"), shape=(1,), kind=UINT8, direction=evil)
    one("BitShift_far", "BitShift", np.full(1, 200, "u1"), shape=(1,), kind=UINT8, direction="LEFT")
    one("Gelu_approximate", "Gelu", approximate=evil)
    one("Scatter_reduction", "ScatterElements", [[[[0]]]], np.ones((1, 1, 1, 1), "f4"), reduction=evil)
    for i, equation in enumerate([evil, "", "->", "...", "abcd->aa", "abcd,abcd", "zzzz->z", "a" * 10000, "ab...cd->...", "é"]):
        one(f"Einsum_{i}", "Einsum", equation=equation)
    one("Cast_unknown", "Cast", to=77)
    one("Cast_string", "Cast", to=TensorProto.STRING)
    one("Cast_undefined", "Cast", to=0)


def parameters():
    for what, n in {"nan": NAN, "infinite": INFINITY, "zero": 0.0, "negative": -1.0, "tiny": 1e-45}.items():
        one(f"QuantizeLinear_{what}", "QuantizeLinear", n, np.int8(0))
        one(f"DequantizeLinear_{what}", "DequantizeLinear", n, np.int8(0), kind=TensorProto.INT8)
        one(f"Clip_{what}", "Clip", n, -n)
        one(f"Quant_{what}", "Quant", n, 0.0, 4.0, domain="qonnx.custom_op.general", signed=1, narrow=0, rounding_mode="ROUND")
        one(f"Quant_bits_{what}", "Quant", 1.0, 0.0, n, domain="qonnx.custom_op.general", signed=1, narrow=0, rounding_mode="ROUND")
        one(f"Quant_zero_point_{what}", "Quant", 1.0, n, 4.0, domain="qonnx.custom_op.general", signed=1, narrow=0, rounding_mode="ROUND")
        one(f"BipolarQuant_{what}", "BipolarQuant", n, domain="qonnx.custom_op.general")
        one(f"Conv_weights_{what}", "Conv", WEIGHTS * np.float32(n))
        one(f"BatchNormalization_{what}", "BatchNormalization", [1.0], [1.0], [1.0], [n], epsilon=n)
        one(f"LeakyRelu_{what}", "LeakyRelu", alpha=n)
        one(f"LRN_beta_{what}", "LRN", size=1, beta=n, bias=n)
    for what, n in {"huge": 1e30, "many": 64.0, "fraction": 2.5}.items():
        one(f"Quant_bits_{what}", "Quant", 1.0, 0.0, n, domain="qonnx.custom_op.general", signed=1, narrow=0, rounding_mode="ROUND")
    one("Quant_rounding", "Quant", 1.0, 0.0, 4.0, domain="qonnx.custom_op.general", signed=1, narrow=0, rounding_mode='*/"\n')
    for what, n in {"huge": HUGE, "zero": 0, "negative": -1}.items():
        one(f"QuantizeLinear_block_{what}", "QuantizeLinear", np.ones((1, 1, 8, 4), "f4"), axis=3, block_size=n)
        packed = [np.zeros((8, 1, 8), "u1"), np.ones(8, "f4")]
        one(f"MatMulNBits_K_{what}", "MatMulNBits", *packed, shape=(1, 16), domain="com.microsoft", K=n, N=8, bits=4, block_size=16)
        one(f"MatMulNBits_N_{what}", "MatMulNBits", *packed, shape=(1, 16), domain="com.microsoft", K=16, N=n, bits=4, block_size=16)
        one(f"MatMulNBits_bits_{what}", "MatMulNBits", *packed, shape=(1, 16), domain="com.microsoft", K=16, N=8, bits=n, block_size=16)
        one(f"MatMulNBits_block_{what}", "MatMulNBits", *packed, shape=(1, 16), domain="com.microsoft", K=16, N=8, bits=4, block_size=n)
        recurrent = [np.ones((1, 4, 2), "f4"), np.ones((1, 4, 4), "f4")]
        one(f"RNN_hidden_{what}", "RNN", *recurrent, shape=(3, 1, 2), hidden_size=n)


windows()
axes()
words()
parameters()
