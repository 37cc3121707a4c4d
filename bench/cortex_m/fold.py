#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Folds every node of an ONNX model whose inputs are constants, with ONNX's own reference evaluator: weights that a model
# quantises itself become float initializers. It is for compilers that would compute them in each run. Attributes that say what
# holds without them (training_mode 0) are dropped. Usage: fold.py IN OUT

import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator


def main():
    model = onnx.load(sys.argv[1])
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    rest = []
    for node in graph.node:
        inputs = [name for name in node.input if name]
        if not all(name in constants for name in inputs) or node.op_type.startswith("Random"):
            rest.append(node)
            continue
        evaluator = ReferenceEvaluator(node, opsets=opsets)
        outputs = evaluator.run(None, {name: constants[name] for name in inputs})
        constants.update(zip(node.output, map(np.asarray, outputs)))
    for node in rest:
        kept = [entry for entry in node.attribute if entry.name != "training_mode" or entry.i != 0]
        del node.attribute[:]
        node.attribute.extend(kept)
    needed = {name for node in rest for name in node.input}
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(rest)
    graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in constants.items()
        if name in needed
    )
    onnx.save(model, sys.argv[2])


if __name__ == "__main__":
    main()
