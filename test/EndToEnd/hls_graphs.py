"""Random quantised networks as HLS designs: the same bytes as `setun run`, or a refusal that says why.

The networks are those of quantized_graphs.py: QuantizeLinear/DequantizeLinear or QONNX's Quant, every quantiser an output, so
that streams fork everywhere. Folding and the kind of border change from seed to seed. --batch of them become one program.

--blocks=float are those of random_graphs.py: BitNet layers with a scale for each row, low-bit layers between floats, Softmax, TopK.
"""

import argparse
import collections
import concurrent.futures
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "Inputs"))

import hls_batch
import numpy as np
from quantized_blocks import build_network

OPTIONS = [[], ["--target-ii=200"], ["--interface=memory"], ["--target-ii=1"]]


def build_quantised(seed):
    rng = np.random.default_rng([seed, 729])
    network = build_network(rng, ("qdq", "qonnx")[seed % 2], exact=seed // 2 % 2 == 0)
    return network.g.model(), network.values[network.g.inputs[0].name].astype(np.float32)


def build_float(seed):
    import random_graphs  # needs onnxruntime

    g, make_input = random_graphs.build(seed, 0)
    return g.model(), make_input()


def check_batch(arguments, seeds):
    folder = (arguments.work_dir / f"batch_{seeds[0]:04}").absolute()
    results = {}
    for seed in seeds:
        model, x = build_float(seed) if arguments.blocks == "float" else build_quantised(seed)
        options = OPTIONS[seed // 4 % len(OPTIONS)]
        results[str(seed)] = hls_batch.prepare(arguments.setun, folder, str(seed), model, [x], options, arguments.numerics)
    results |= hls_batch.simulate(arguments.ap_types, folder, [name for name, result in results.items() if result is None])
    if all(result[0] != "wrong" for result in results.values()):
        shutil.rmtree(folder)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--setun", default="setun")
    parser.add_argument("--work-dir", type=Path, required=True)
    parser.add_argument("--ap-types", required=True)
    parser.add_argument("--blocks", choices=["quantised", "float"], default="quantised")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--numerics", action="append", default=[], help="for both, as it changes the numbers")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work_dir, ignore_errors=True)
    end = arguments.first + arguments.seeds
    batches = [range(first, min(first + arguments.batch, end)) for first in range(arguments.first, end, arguments.batch)]
    counts, reasons = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for results in pool.map(lambda seeds: check_batch(arguments, seeds), batches):
            for seed, (word, reason) in results.items():
                counts[word] += 1
                if word == "wrong":
                    print(f"seed {seed}: {reason}", flush=True)
                elif reason:
                    reasons[reason] += 1
    for reason, count in reasons.most_common():
        print(f"refused {count}: {reason}")
    print(f"{counts['equal']} equal, {counts['wrong']} wrong, {counts['refused']} refused")
    return 1 if counts["wrong"] else 0


sys.exit(main())
