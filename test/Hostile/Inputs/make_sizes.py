"""Models of very many nodes or parts, which must not take time with a power of their number."""

from models import *


def chain(name, count, operator, second=False):
    names = ["x", *(f"t{i}" for i in range(1, count)), "y"]
    save(name, model([node(operator, f"{a} {a}" if second else a, b) for a, b in zip(names, names[1:])]))


chain("relu", 10000, "Relu")
chain("add", 10000, "Add", second=True)
parts = [f"t{i}" for i in range(2000)]
made = [node("Neg" if i % 2 else "Relu", "x", part) for i, part in enumerate(parts)]
whole = [value("y", [4000])]
save("concat", model([node("Concat", " ".join(["x"] * 2000), axis=0)], outputs=whole))
save("concat_of_made", model(made + [node("Concat", " ".join(parts), axis=0)], outputs=whole))
save("sum", model(made + [node("Sum", " ".join(parts))]))
names = ["x", *(f"t{i}" for i in range(1, 2000)), "y"]
kinds = ["Relu", "Transpose", "Softmax", "Add"]
mixed = [node(kinds[i % 4], f"{names[i]} x" if i % 4 == 3 else names[i], names[i + 1]) for i in range(2000)]
save("mixed", model(mixed, [value("x", [2, 2])], [value("y", [2, 2])]))
split = node("Split", "x", " ".join(parts), axis=0, num_outputs=2000)
save("split", model([split, node("Concat", " ".join(parts), axis=0)], [value("x", [2000])], [value("y", [2000])]))

(folder / "million.onnx").write_bytes(model([]).SerializeToString() + field(7, field(1, node("Relu").SerializeToString()) * 10**6))
