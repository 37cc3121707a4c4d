"""Models whose tensors cannot exist: sizes that overflow, that are negative, or more than any memory has."""

from models import *


def one(name, operator, *constants, shape=(2,), out=None, **attributes):
    """y = operator(x, constants...)"""
    tensors = [constant(f"c{i}", c) for i, c in enumerate(constants)]
    outputs = "y indices" if operator == "TopK" else "y"
    nodes = [node(operator, " ".join(["x"] + [t.name for t in tensors]), outputs, **attributes)]
    save(name, model(nodes, [value("x", shape)], [value("y", out)], tensors))


def declared():
    relu = node("Relu")
    for name, shape in {
        "input_overflow": [2**32, 2**32],
        "input_overflow_to_small": [2**33, 2**31, 4],
        "input_huge": [2**31 - 1, 2**20],
        "input_negative": [-5],
        "input_minimum": [-(2**63)],
        "input_zero_times_huge": [0, 2**62],
        "input_zero": [0],
    }.items():
        save(name, model([relu], [value("x", shape)], [value("y", shape)]))
    save("output_other_shape", model([relu], outputs=[value("y", [3])]))
    save("output_other_type", model([relu], outputs=[value("y", [2], INT64)]))
    save("output_other_rank", model([relu], outputs=[value("y", [2, 1])]))


def initializer(name, shape, raw, kind=FLOAT):
    tensor = TensorProto(name="w", data_type=kind, dims=shape, raw_data=raw)
    save(name, model([node("Add", "x w")], outputs=[value("y", None)], initializers=[tensor]))


def initializers():
    initializer("initializer_overflow", [2**32, 2**32], bytes(8))
    initializer("initializer_overflow_to_small", [2**62, 2, 2**2], bytes(8))
    initializer("initializer_huge", [2**28], bytes(8))
    initializer("initializer_negative", [-2], bytes(8))
    initializer("initializer_short", [2], bytes(7))
    initializer("initializer_long", [2], bytes(12))
    initializer("initializer_packed_short", [2**40], bytes(8), TensorProto.INT4)
    initializer("initializer_empty", [0], b"")
    typed = TensorProto(name="w", data_type=FLOAT, dims=[2**40], float_data=[1.0])
    save("initializer_typed_short", model([node("Add", "x w")], outputs=[value("y", None)], initializers=[typed]))
    both = TensorProto(name="w", data_type=FLOAT, dims=[2], float_data=[1.0, 2.0], raw_data=bytes(4))
    save("initializer_raw_and_typed", model([node("Add", "x w")], initializers=[both]))
    strings = TensorProto(name="w", data_type=TensorProto.STRING, dims=[2**40], string_data=[b"a"])
    save("initializer_strings", model([node("Add", "x w")], initializers=[strings]))


def bombs():
    one("expand", "Expand", [2**31 - 1, 2**31 - 1, 2**31 - 1], shape=(1,))
    one("expand_memory", "Expand", [2**30, 2**10], shape=(1,))
    one("expand_negative", "Expand", [-7], shape=(1,))
    one("expand_input", "Expand", [2**30, 1], shape=(2**30,))
    one("tile", "Tile", [HUGE])
    one("tile_negative", "Tile", [-1])
    one("tile_memory", "Tile", [2**30, 2**10], shape=(1, 1))
    one("tile_ranks", "Tile", [1] * 100, shape=(2,))
    one("reshape_overflow", "Reshape", [2**33, 2**31], shape=(2,))
    one("reshape_wrong", "Reshape", [3])
    one("reshape_two_open", "Reshape", [-1, -1])
    one("reshape_negative", "Reshape", [-2])
    one("reshape_zero", "Reshape", [0, -1], shape=(0, 4))
    one("reshape_zero_past", "Reshape", [2, 0, 0])
    one("unsqueeze", "Unsqueeze", list(range(1, 100)))
    one("unsqueeze_far", "Unsqueeze", [2**40])
    one("onehot", "OneHot", 2**40, [0.0, 1.0], shape=(2,))
    one("resize", "Resize", [], [1.0, 1.0, 1e9, 1e9], shape=(1, 1, 4, 4))
    one("resize_nan", "Resize", [], [1.0, 1.0, float("nan"), float("inf")], shape=(1, 1, 4, 4))
    one("resize_zero", "Resize", [], [1.0, 1.0, 0.0, -1.0], shape=(1, 1, 4, 4))
    one("pad", "Pad", [HUGE, HUGE])
    one("pad_negative", "Pad", [-3, 0])
    one("pad_overflow", "Pad", [2**63 - 1, 2**63 - 1])
    one("outer_sum", "Add", np.zeros((2**15, 1), "f4"), shape=(2**31 - 1,))
    one("outer_product", "MatMul", np.zeros((1, 2**15), "f4"), shape=(2**31 - 1, 1))
    one("gather_far", "Gather", [2**62])
    one("gather_minimum", "Gather", [-(2**63)])
    one("concat_axis", "Concat", [1.0], axis=2**62)
    one("topk", "TopK", [HUGE])
    one("split", "Split", [HUGE])
    for name, shape in {"of_shape": [2**31 - 1, 4], "of_shape_overflow": [HUGE, HUGE], "of_shape_negative": [-1]}.items():
        nodes = [node("ConstantOfShape", "s", "c"), node("Add", "x c")]
        save(name, model(nodes, outputs=[value("y", None)], initializers=[constant("s", shape)]))
    for name, limit, step in [("range", 2**40, 1), ("range_overflow", 2**63 - 1, 1), ("range_still", 1, 0)]:
        tensors = [constant("a", -5), constant("b", limit), constant("c", step)]
        nodes = [node("Range", "a b c", "r"), node("Cast", "r", "f", to=FLOAT), node("Add", "x f")]
        save(name, model(nodes, [value("x", [1])], [value("y", None)], tensors))
    tensors = [constant("a", 0.0), constant("b", float("inf")), constant("c", 1.0)]
    nodes = [node("Range", "a b c", "r"), node("Add", "x r")]
    save("range_infinite", model(nodes, [value("x", [1])], [value("y", None)], tensors))
    tensors = [constant("s", [2**20, 2**20]), constant("axes", [0, 1])]
    nodes = [node("Expand", "x s", "e"), node("MatMul", "e e", "m"), node("ReduceSum", "m axes")]
    save("product_of_expanded", model(nodes, [value("x", [1])], [value("y", None)], tensors))


def windows():
    window = dict(shape=(1, 1, 8, 8), out=None)
    one("eyelike", "EyeLike", shape=(2**31 - 1, 2**20))
    one("flatten", "Flatten", shape=(2**31, 2**31), axis=1)
    one("depth_to_space", "DepthToSpace", blocksize=2**31, shape=(1, 4, 8, 8))
    one("space_to_depth", "SpaceToDepth", blocksize=0, shape=(1, 4, 8, 8))
    one("conv_padded", "Conv", np.zeros((1, 1, 1, 1), "f4"), pads=[2**20] * 4, **window)
    one("conv_transpose", "ConvTranspose", np.zeros((1, 1, 1, 1), "f4"), strides=[2**30, 2**30], **window)
    one("pool_ceil", "MaxPool", kernel_shape=[1, 1], pads=[0, 0, 0, 0], strides=[2**62, 2**62], ceil_mode=1, **window)


declared()
initializers()
bombs()
windows()
