"""Writes model files that ONNX's textual form cannot express: raw bytes, side files, damage."""

import os
import pathlib
import struct
import sys

import onnx
from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT


def value(name, shape=(2,), kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def tensor(name, kind, shape, raw):
    return TensorProto(name=name, data_type=kind, dims=shape, raw_data=raw)


def model(nodes, initializers=(), inputs=None, outputs=None, opset=25):
    graph = helper.make_graph(
        nodes, "main", inputs or [value("x")], outputs or [value("y")], initializers
    )
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, ir_version=13, opset_imports=opsets)


def external(name, shape, **entries):
    result = TensorProto(
        name=name, data_type=FLOAT, dims=shape, data_location=TensorProto.EXTERNAL
    )
    for key, text in entries.items():
        result.external_data.add(key=key, value=str(text))
    return result


def save(folder, name, proto):
    data = proto if isinstance(proto, bytes) else proto.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(data)


def with_initializer(initializer):
    return model([helper.make_node("Relu", ["x"], ["y"])], [initializer])


def packed(folder):
    """Elements below 8 bits: -8..7, 0..15, -2..1, 0..3, and FP4; 17 of each in a resource."""
    kinds = {
        "i4": (TensorProto.INT4, 2, bytes([0x98, 0xBA, 0xDC, 0xFE, 0x10, 0x32, 0x54, 0x76, 0x08])),
        "u4": (TensorProto.UINT4, 2, bytes([0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE, 0x0F])),
        "i2": (TensorProto.INT2, 4, bytes([0b01001110, 0b11100100, 0, 0, 2])),
        "u2": (TensorProto.UINT2, 4, bytes([0b11100100, 0b00011011, 0, 0, 2])),
        "f4": (TensorProto.FLOAT4E2M1, 2, bytes([0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE, 0x0F])),
    }
    nodes, tensors = [helper.make_node("Relu", ["x"], ["y"])], []
    for name, (kind, per_byte, raw) in kinds.items():
        tensors.append(tensor(f"{name}_raw", kind, [17], raw))
        small = raw[: 4 // per_byte]
        tensors.append(tensor(f"{name}_small", kind, [4], small))
        typed = TensorProto(name=f"{name}_typed", data_type=kind, dims=[4])
        typed.int32_data.extend(small)
        tensors.append(typed)
    save(folder, "packed", model(nodes, tensors))


def typed(folder):
    """Values in typed fields, narrower than the field that holds them."""
    nodes, tensors = [helper.make_node("Relu", ["x"], ["y"])], []
    for name, kind, field, numbers in [
        ("f32", FLOAT, "float_data", [0.5, -0.0]),
        ("f64", TensorProto.DOUBLE, "double_data", [0.1, 2.0]),
        ("f16", TensorProto.FLOAT16, "int32_data", [0x3C00, 0xC000]),
        ("bf16", TensorProto.BFLOAT16, "int32_data", [0x3F80, 0xC000]),
        ("i8", TensorProto.INT8, "int32_data", [-128, 127]),
        ("u8", TensorProto.UINT8, "int32_data", [0, 255]),
        ("i16", TensorProto.INT16, "int32_data", [-32768, 32767]),
        ("i64", TensorProto.INT64, "int64_data", [-(2**63), 2**63 - 1]),
        ("u32", TensorProto.UINT32, "uint64_data", [0, 2**32 - 1]),
        ("u64", TensorProto.UINT64, "uint64_data", [0, 2**64 - 1]),
        ("i1", TensorProto.BOOL, "int32_data", [1, 0]),
    ]:
        proto = TensorProto(name=name, data_type=kind, dims=[2])
        getattr(proto, field).extend(numbers)
        tensors.append(proto)
    tensors.append(TensorProto(name="empty", data_type=FLOAT, dims=[0, 3]))
    save(folder, "typed", model(nodes, tensors))


def side_files(folder):
    floats = struct.pack("<40f", *range(40))
    (folder / "weights.bin").write_bytes(b"\xff" * 16 + floats)
    (folder / "sub").mkdir(exist_ok=True)
    (folder / "sub" / "weights.bin").write_bytes(floats)
    for link in (folder / "link.bin", folder / "hard.bin"):
        link.unlink(missing_ok=True)
    os.symlink("weights.bin", folder / "link.bin")
    os.link(folder / "sub" / "weights.bin", folder / "hard.bin")
    where = {
        "external": dict(location="weights.bin", offset=16, length=80),
        "external_small": dict(location="weights.bin", offset=16),
        "external_folder": dict(location="sub/../weights.bin", offset=16),
        "external_missing": dict(location="nothing.bin"),
        "external_absolute": dict(location=str(folder / "weights.bin")),
        "external_up": dict(location="../weights.bin"),
        "external_symlink": dict(location="link.bin"),
        "external_hardlink": dict(location="hard.bin"),
        "external_directory": dict(location="sub"),
        "external_short": dict(location="weights.bin", offset=120),
        "external_offset": dict(location="weights.bin", offset="-16"),
        "external_length": dict(location="weights.bin", offset=16, length=79),
        "external_nameless": dict(offset=16),
    }
    for name, entries in where.items():
        shape = [2] if name == "external_small" else [10, 2]
        save(folder, name, with_initializer(external("w", shape, **entries)))


def damaged(folder):
    relu = helper.make_node("Relu", ["x"], ["y"])
    good = model([relu], [tensor("w", FLOAT, [1000], bytes(4000))])
    whole = good.SerializeToString()
    save(folder, "truncated", whole[:2000])
    save(folder, "empty", b"")
    save(folder, "text", b"ir_version: 8\ngraph { node { } }\n")
    save(folder, "lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    save(folder, "no_graph", onnx.ModelProto(ir_version=8))
    save(folder, "raw_size", with_initializer(tensor("w", FLOAT, [3], bytes(11))))
    save(folder, "packed_size", with_initializer(tensor("w", TensorProto.INT4, [3], bytes(1))))
    save(folder, "booleans", with_initializer(tensor("w", TensorProto.BOOL, [2], b"\x01\x02")))
    save(folder, "element_type", with_initializer(tensor("w", 77, [2], bytes(2))))
    save(folder, "huge", with_initializer(tensor("w", FLOAT, [2**30] * 3, b"")))
    save(folder, "rank", with_initializer(tensor("w", FLOAT, [1] * 65, bytes(4))))

    hostile = "x\n*/ #error\x1b[31m" + "y" * 300
    save(folder, "hostile_name", model([helper.make_node("Add", ["x", hostile], ["y"], name=hostile)]))

    sparse = helper.make_sparse_tensor(
        helper.make_tensor("v", FLOAT, [1], [1.0]), helper.make_tensor("i", TensorProto.INT64, [1], [0]), [2]
    )
    constant = helper.make_node("Constant", [], ["c"], sparse_value=sparse)
    save(folder, "sparse_constant", model([constant, helper.make_node("Add", ["x", "c"], ["y"])]))
    with_sparse = model([relu])
    with_sparse.graph.sparse_initializer.append(sparse)
    save(folder, "sparse_initializer", with_sparse)

    # 2^60 nodes from 60 small functions.
    doubling = model([helper.make_node("f0", ["x"], ["y"], domain="local")])
    doubling.opset_import.add(domain="local", version=1)
    for i in range(60):
        last = i == 59
        calls = [
            helper.make_node("Neg" if last else f"f{i + 1}", [a], [b], domain="" if last else "local")
            for a, b in (("a", "b"), ("b", "c"))
        ]
        function = helper.make_function("local", f"f{i}", ["a"], ["c"], calls, list(doubling.opset_import))
        doubling.functions.append(function)
    save(folder, "doubling", doubling)

    # A thousand graphs in each other, written by hand: protobuf's own writer would give up.
    def field(number, content):
        size, length = len(content), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    graph = relu.SerializeToString()
    for _ in range(1000):
        attribute = field(1, b"then_branch") + field(6, field(1, graph)) + b"\xa0\x01\x05"
        graph = field(4, b"If") + field(5, attribute)
    save(folder, "deep", b"\x08\x08" + field(7, field(1, graph)))


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    packed(target)
    typed(target)
    side_files(target)
    damaged(target)
