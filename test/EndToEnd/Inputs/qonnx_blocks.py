"""Networks of QONNX operators, and what they compute by the formulas of the
QONNX specification: written from its text, with numpy and nothing else."""

import numpy as np

DOMAIN = "qonnx.custom_op.general"
MODES = ["ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "HALF_EVEN"]


def round_mode(x, mode):
    a, s = np.abs(x), np.sign(x)
    return {
        "ROUND": lambda: np.rint(x),
        "HALF_EVEN": lambda: np.rint(x),
        "CEIL": lambda: np.ceil(x),
        "FLOOR": lambda: np.floor(x),
        "UP": lambda: s * np.ceil(a),
        "DOWN": lambda: np.trunc(x),
        "HALF_UP": lambda: s * np.floor(a + np.float32(0.5)),
        "HALF_DOWN": lambda: s * np.ceil(a - np.float32(0.5)),
    }[mode.upper()]()


def int_quant(x, scale, zeropt, bits, signed, narrow, rounding_mode):
    v = x / scale + zeropt
    b = int(bits)
    if b == 1 and signed:
        q = np.where(v >= 0, np.float32(1), np.float32(-1))
    else:
        lo = -(2 ** (b - 1)) + (1 if narrow else 0) if signed else 0
        hi = 2 ** (b - 1) - 1 if signed else 2**b - (2 if narrow else 1)
        q = round_mode(np.clip(v, np.float32(lo), np.float32(hi)), rounding_mode)
    return ((q - zeropt) * scale).astype(np.float32)


def evaluate(g, inputs):
    """Every tensor of the graph, in float32."""
    values = dict(g.initializer_values)
    values.update(zip([v.name for v in g.inputs], inputs))
    for node in g.nodes:
        a = {x.name: x for x in node.attribute}
        v = [values[name] for name in node.input]
        if node.op_type in ("Quant", "IntQuant"):
            mode = a["rounding_mode"].s.decode()
            y = int_quant(*v, a["signed"].i, a["narrow"].i, mode)
        elif node.op_type == "BipolarQuant":
            y = np.where(v[0] >= 0, np.float32(1), np.float32(-1)) * v[1]
        elif node.op_type == "MultiThreshold":
            reached = v[0][:, :, None] >= v[1][None, :, :]
            y = a["out_scale"].f * reached.sum(axis=-1) + a["out_bias"].f
        elif node.op_type == "MatMul":
            # Sums of exact products are exact in double precision.
            y = v[0].astype(np.float64) @ v[1].astype(np.float64)
        elif node.op_type == "BatchNormalization":
            scale, bias, mean, var = v[1:]
            y = (v[0] - mean) / np.sqrt(var + np.float32(a["epsilon"].f)) * scale + bias
        else:
            y = {
                "Relu": lambda: np.maximum(v[0], 0),
                "Add": lambda: v[0] + v[1],
                "Mul": lambda: v[0] * v[1],
                "Transpose": lambda: v[0].T,
            }[node.op_type]()
        values[node.output[0]] = np.asarray(y, dtype=np.float32)
    return values


def quantiser(g, rng, x, exact, weights=False):
    """An IntQuant or BipolarQuant of random parameters."""
    if rng.integers(4) == 0:
        if not exact:
            g.rounds(x, lambda v: v + 0.5)  # the step is at 0
        return g.op("BipolarQuant", x, g.const(rng.choice([1.0, 0.5, 0.3])), domain=DOMAIN)
    bits = int(rng.integers(1, 9))
    signed = 1 if weights else int(rng.integers(2))
    # Narrow codes of one bit would leave one code.
    narrow = int(rng.integers(2)) if bits > 1 else 0
    # Behind the first layer the scales have no common multiple: sums of products
    # then lie on a boundary only by accident.
    scale = np.float32(rng.choice([0.25, 0.125, 0.1, 0.07] if exact else [0.0937, 0.1171, 0.0713]))
    zeropt = np.float32(0 if signed else rng.choice([0, 0, 1]))
    mode = str(rng.choice(MODES))
    if not exact:
        # The steps of all modes together: whole numbers and halves.
        g.rounds(x, lambda v: v / scale * 2 + 0.5)
    name = str(rng.choice(["Quant", "IntQuant"]))
    return g.op(name, x, g.const(scale), g.const(zeropt), g.const(float(bits)),
                domain=DOMAIN, signed=signed, narrow=narrow, rounding_mode=mode)


def layer(g, rng, x, features, exact):
    """Quantised activations times quantised weights."""
    x = quantiser(g, rng, x, exact)
    outputs = int(rng.integers(2, 16))
    weights = rng.choice(np.arange(-12, 13), (outputs, features)) / np.float32(16)
    w = quantiser(g, rng, g.const(weights), exact=True, weights=True)
    x = g.op("MatMul", x, g.op("Transpose", w, perm=[1, 0]))
    style = rng.integers(4)
    if style == 0:
        x = g.op("Relu", x)
    elif style == 1:
        x = g.op("Add", x, g.const(rng.normal(0, 0.4, outputs)))
    elif style == 2:
        parameters = [rng.uniform(-1.5, 1.5, outputs), rng.normal(0, 0.4, outputs),
                      rng.normal(0, 0.4, outputs), rng.uniform(0.3, 2, outputs)]
        x = g.op("BatchNormalization", x, *[g.const(p) for p in parameters], epsilon=1e-5)
    elif features > 1:
        steps = int(rng.choice([1, 3]))
        thresholds = np.sort(rng.normal(0, 1, (outputs, steps)), axis=1).astype(np.float32)
        for step in thresholds.T:
            g.rounds(x, lambda v, step=step: v - step + 0.5)
        x = g.op("MultiThreshold", x, g.const(thresholds), domain=DOMAIN,
                 out_scale=1.0, out_bias=0.0 if steps == 3 else -0.5)
    return x, outputs
