"""make_names.py FILE: a model whose names would be markup, scripts or the end of either; some are not UTF-8."""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper

MARK = '<b id="injected">'
NAMES = [
    f"<script>document.title = 'injected'</script>{MARK}",
    f"</script><script>document.title = 'injected'</script>{MARK}",
    f"<img src=x onerror=\"document.title='injected'\">{MARK}",
    f"</title></style></textarea>{MARK}",
    f"\"'`>{MARK}",
    f"\" onload=\"document.title='injected'\" x=\"",
    f"<!-- {MARK}",
    f"--><![CDATA[ {MARK}",
    f"<!--<script>{MARK}",
    f"]]>{MARK}",
    f"a\nb\r\t{MARK}",
    "\u2028document.title = 'injected'\u2029//",
    "&lt;b id=injected&gt;&amp;",
    "\\u003cb\\u003e \\",
    "{{7*7}}${7*7}",
    "\u202egnp.exe",
    "\x00\x01\x7f",
    "__proto__",
    "constructor",
    "x" * 5000,
    "日本",
]


def main():
    rng = np.random.default_rng(0)
    nodes, weights, last = [], [], "in" + MARK
    for i, name in enumerate(NAMES):
        # Every second weight is ternary, so that there are codes and packed products, too.
        array = rng.integers(-1, 2, (16, 16)) if i % 2 else rng.normal(size=(16, 16))
        weights.append(numpy_helper.from_array(array.astype("f4"), "w" + name))
        nodes.append(helper.make_node("MatMul", [last, "w" + name], [name], name))
        nodes.append(helper.make_node("Relu", [name], [name + "!"], name + "!"))
        last = name + "!"
    image = helper.make_tensor_value_info("in" + MARK, TensorProto.FLOAT, [1, 16])
    result = helper.make_tensor_value_info(last, TensorProto.FLOAT, [1, 16])
    graph = helper.make_graph(nodes, MARK, [image], [result], weights)
    made = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])
    made.producer_name = made.domain = made.doc_string = MARK
    text = made.SerializeToString().replace("日本".encode(), b"\xff\xfe\x80\xc0\xaf<")
    with open(sys.argv[1], "wb") as file:
        file.write(text)


main()
