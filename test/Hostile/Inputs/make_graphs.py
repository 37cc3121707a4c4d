"""Graphs that are no graphs: cycles, names without or with two definitions, nesting and recursion without end."""

from models import *


def relu(source="x", target="y", **attributes):
    return node("Relu", source, target, **attributes)


def orders():
    save("cycle", model([node("Add", "x b", "a"), relu("a", "b"), relu("b")]))
    save("cycle_of_one", model([node("Add", "x y")]))
    save("cycle_of_many", model([node("Add", f"x t{i}", f"t{i + 1}") for i in range(10000)] + [relu("t10000", "t0"), relu("t0")]))
    save("backwards", model([relu(f"t{i}" if i else "x", f"t{i + 1}") for i in range(2000)][::-1] + [relu("t2000")]))
    save("undefined", model([node("Add", "x nothing")]))
    save("undefined_output", model([relu("x", "z")]))
    save("defined_twice", model([relu(), node("Neg")]))
    save("defined_twice_by_one", model([node("Split", "x", "y y", axis=0, num_outputs=2)]))
    save("defines_input", model([relu("x", "x"), relu()]))
    save("defines_initializer", model([relu("x", "w"), relu("w")], initializers=[constant("w", [1.0])]))
    save("inputs_twice", model([relu()], inputs=[value("x"), value("x")]))
    save("outputs_twice", model([relu()], outputs=[value("y"), value("y")]))
    save("initializers_twice", model([relu()], initializers=[constant("w", [1.0]), constant("w", [2.0])]))
    save("input_without_name", model([relu()], inputs=[value("x"), value("")]))
    save("output_without_name", model([relu()], outputs=[value("y"), value("")]))
    save("no_outputs", model([relu()], outputs=[]))
    save("no_nodes", model([], outputs=[value("x")]))
    save("nodes_of_one_name", model([relu("x", "a", name="n"), relu("a", name="n")]))
    save("node_without_operator", model([node("")]))
    save("output_is_initializer", model([], outputs=[value("w")], initializers=[constant("w", [1.0, 2.0])]))
    save("many_outputs", model([node("Relu", "x", " ".join(f"y{i}" for i in range(10000)))], outputs=[value("y0")]))
    save("many_inputs", model([node("Relu", " ".join(["x"] * 10000))]))


def versions():
    for name, version in {"zero": 0, "negative": -1, "huge": HUGE}.items():
        save(f"opset_{name}", model([relu()], opset=version))
    none = model([relu()])
    del none.opset_import[:]
    save("opset_none", none)
    both = model([relu()])
    both.opset_import.add(domain="", version=1)
    save("opset_twice", both)
    for name, version in {"zero": 0, "negative": -1, "huge": HUGE}.items():
        proto = model([relu()])
        proto.ir_version = version
        save(f"ir_version_{name}", proto)
    save("domain_unknown", model([node("Relu", domain='no"*/')], domains=['no"*/']))
    save("domain_not_imported", model([node("Quant", domain="qonnx.custom_op.general")]))
    save("operator_unknown", model([node('Re"lu*/\n#error')]))


def attributes():
    def odd(name, change, **known):
        made = node("LeakyRelu", **known)
        change(made)
        save(f"attribute_{name}", model([made]))

    odd("twice", lambda n: n.attribute.add(name="alpha", type=1, f=0.5), alpha=0.1)
    odd("of_other_type", lambda n: n.attribute.add(name="alpha", type=2, i=5))
    odd("of_two_types", lambda n: n.attribute.add(name="alpha", type=1, f=0.5, i=5, s=b"x"))
    odd("without_type", lambda n: n.attribute.add(name="alpha", f=0.5))
    odd("without_value", lambda n: n.attribute.add(name="alpha", type=1))
    odd("without_name", lambda n: n.attribute.add(type=1, f=0.5))
    odd("of_function", lambda n: n.attribute.add(name="alpha", type=1, ref_attr_name="beta"))
    odd("unknown", lambda n: n.attribute.add(name='beta"*/', type=1, f=0.5))
    odd("graph", lambda n: n.attribute.add(name="alpha", type=5).g.CopyFrom(graph([relu()], [value("x")], [value("y")])))
    odd("tensor", lambda n: n.attribute.add(name="alpha", type=4).t.CopyFrom(constant("a", [1.0])))
    missing = TensorProto(name="c", data_type=FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    missing.external_data.add(key="location", value="/etc/passwd")
    save("attribute_side_file", model([helper.make_node("Constant", [], ["c"], value=missing), node("Add", "x c")]))
    save("constant_without_value", model([helper.make_node("Constant", [], ["c"]), node("Add", "x c")]))
    save("constant_with_two", model([helper.make_node("Constant", [], ["c"], value_float=1.0, value_int=1), node("Add", "x c")]))


def function(name, calls, attributes=()):
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]
    return helper.make_function("local", name, ["x"], ["y"], calls, opsets, list(attributes))


def functions():
    def with_functions(name, *bodies, call="f0"):
        made = model([node(call, domain="local")], domains=["local"])
        made.functions.extend(bodies)
        save(f"function_{name}", made)

    with_functions("calls_itself", function("f0", [node("f0", domain="local")]))
    with_functions("calls_each_other", function("f0", [node("f1", domain="local")]), function("f1", [node("f0", domain="local")]))
    with_functions("missing", function("f0", [node("f1", domain="local")]))
    with_functions("twice", function("f0", [relu()]), function("f0", [node("Neg")]))
    with_functions("without_end", function("f0", [relu("x", "z")]))
    with_functions("undefined", function("f0", [node("Add", "x z")]))
    depth = [function(f"f{i}", [node(f"f{i + 1}", domain="local")]) for i in range(5000)]
    with_functions("deep", *depth, function("f5000", [relu()]))
    twice = [function(f"f{i}", [node(f"f{i + 1}", "x", "z", domain="local"), node(f"f{i + 1}", "z", domain="local")]) for i in range(60)]
    with_functions("doubling", *twice, function("f60", [relu()]))


def branch(target="y"):
    return graph([relu("x", target)], [], [value(target)])


def subgraphs():
    inputs = [value("x"), value("c", (), BOOL)]
    save("if_one_branch", model([node("If", "c", then_branch=branch())], inputs))
    save("if_undefined", model([node("If", "c", then_branch=branch(), else_branch=graph([relu("z")], [], [value("y")]))], inputs))
    save("if_without_outputs", model([node("If", "c", then_branch=branch(), else_branch=graph([], [], []))], inputs))
    inner = branch("z")
    for i in range(20):
        inner = graph([node("If", "c", "z", then_branch=inner, else_branch=branch("z"))], [], [value("z")])
    save("if_nested", model([node("If", "c", then_branch=inner, else_branch=branch())], inputs))

    # Protobuf's own writer gives up long before. A Relu in an If in an If ...; heads are built from the inside out.
    heads, tails = [], [relu("x", "y").SerializeToString()]
    size = len(tails[0])
    for _ in range(10000):
        for number, tail in [(1, b""), (6, b"\xa0\x01\x05"), (5, b"\x22\x02If")]:
            heads.append(field_head(number, size))
            tails.append(tail)
            size += len(heads[-1]) + len(tail)
    save("if_nested_without_end", b"\x08\x08" + field(7, field(1, b"".join(heads[::-1] + tails))))

    def loop(name, trips, body_nodes, **more):
        body = graph(body_nodes, [value("i", (), INT64), value("k", (), BOOL), value("a")], [value("k2", (), BOOL), value("b")])
        tensors = [constant("n", trips), constant("k0", True)]
        save(name, model([node("Loop", "n k0 x", body=body)], initializers=tensors, **more))

    rounds = [node("Identity", "k", "k2"), node("Add", "a a", "b")]
    loop("loop_endless", 2**63 - 1, rounds)
    loop("loop_negative", -1, rounds)
    loop("loop_undefined", 3, [node("Identity", "k", "k2"), node("Add", "a z", "b")])
    nested = rounds
    for i in range(12):
        body = graph(nested, [value("i", (), INT64), value("k", (), BOOL), value("a")], [value("k2", (), BOOL), value("b")])
        nested = [node("Identity", "k", "k2"), node("Loop", "n k0 a", "b", body=body)]
    loop("loop_nested", 10, nested)


def types():
    deep = helper.make_tensor_type_proto(FLOAT, [2])
    for _ in range(20):
        deep = helper.make_sequence_type_proto(deep)
    save("type_deep", model([relu()], [helper.make_value_info("x", deep)]))
    relu_of = lambda proto: model([relu()], [helper.make_value_info("x", proto)])
    save("type_none", relu_of(helper.make_empty_tensor_value_info("x").type))
    save("type_unknown", relu_of(helper.make_tensor_type_proto(99, [2])))
    save("type_map", relu_of(helper.make_map_type_proto(INT64, deep)))
    save("type_sparse", relu_of(helper.make_sparse_tensor_type_proto(FLOAT, [2])))
    save("type_optional", relu_of(helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, [2]))))


orders()
versions()
attributes()
functions()
subgraphs()
types()
