"""Names and words that would mean something in C, in a shell or to a terminal: nothing of them may get into code."""

from models import *

NAMES = [
    'a"b', "a\nb", "*/", "%s%n", "int", "while", "\\", "a\\", "??/", "//", "/*", '"', "'", " ", "a b", "é", "日本", "x" * 3000,
    "setun_exp_f32", "memcpy", "INT8_MAX", "main", "arena", "__attribute__", "_", "0x", "1e", "#error", "*/\n#error\n/*",
    "$(touch injected)", "`touch injected`", "\t", "\x7f", "\x01", "a,b", "a.b", "a/b", "../../etc", "/etc/passwd", "NULL", "NAN",
    "\u202e", "\u2028", "\r", "??/\n", "\\\n", "\x1b[31m", "a" * 62 + "b", "a" * 62 + "c", "A", "a", "q_run", "q_arena", "Q_H", "q",
]  # fmt: skip


def everywhere():
    """Every name as that of a node, of a tensor, and of weights."""
    rng = np.random.default_rng(0)
    nodes, tensors, last = [], [], 'in"*/\n'
    for i, name in enumerate(NAMES):
        operator = ["Relu", "Neg", "Abs"][i % 3]
        nodes.append(helper.make_node(operator, [last], [name], name))
        nodes.append(helper.make_node("MatMul", [name, "w" + name], [name + "_"], name + "*/m"))
        tensors.append(constant("w" + name, rng.normal(size=(3, 3))))
        last = name + "_"
    made = model(nodes, [value('in"*/\n', [1, 3])], [value(last, [1, 3])], tensors)
    made.producer_name = made.producer_version = made.doc_string = made.domain = '*/\n#error "\\'
    made.graph.name = made.graph.doc_string = '*/\n#error "\\'
    made.metadata_props.add(key="*/\n#error", value='*/\n#error "\\')
    for made_node in made.graph.node:
        made_node.doc_string = '*/\n#error "\\'
    save("everywhere", made)
    save("not_utf8", made.SerializeToString().replace("日本".encode(), b"\xff\xfe\x80\xc0\xaf\x00"))


def each():
    """Each name as that of input, output and weights, which the header mentions."""
    for i, name in enumerate(NAMES):
        product = helper.make_node("MatMul", ["in" + name, name], [name + "!"], name)
        save(f"name_{i:02}", model([product], [value("in" + name, [1, 2])], [value(name + "!", [1, 2])], [constant(name, np.eye(2, dtype="f4"))]))


def low_bit():
    """The same for ternary weights and for what a quantiser calls its codes."""
    evil = "*/\n#error \"\\\n??/"
    weights = np.random.default_rng(1).integers(-1, 2, (16, 4)).astype("f4")
    quant = helper.make_node("Quant", ["x" + evil, "s", "z", "b"], ["q" + evil], evil, domain="qonnx.custom_op.general", signed=1, narrow=1, rounding_mode="ROUND")
    product = helper.make_node("MatMul", ["q" + evil, "w" + evil], ["y" + evil], "m" + evil)
    tensors = [constant("s", 0.5), constant("z", 0.0), constant("b", 4.0), constant("w" + evil, weights)]
    save("low_bit", model([quant, product], [value("x" + evil, [1, 16])], [value("y" + evil, [1, 4])], tensors, domains=["qonnx.custom_op.general"]))


def dimensions():
    open_dim = model([node("Relu")], [value("x", ['n"*/\n#error'])], [value("y", ['n"*/\n#error'])])
    save("dimension", open_dim)


everywhere()
each()
low_bit()
dimensions()
