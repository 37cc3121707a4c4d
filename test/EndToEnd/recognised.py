"""recognised.py FOLDER...: every product of each model is integer, ternary weights times 8-bit codes, and can do
without multiplications."""

import json
import subprocess
import sys

bad = 0
for folder in sys.argv[1:]:
    bound = ["--dim", "batch=1"] if "dynamic" in folder else []
    done = subprocess.run(
        ["setun", "inspect", f"{folder}/model.onnx", "--json", "--no-multiply", *bound],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    layers = json.loads(done.stdout)["layers"] if done.returncode == 0 else []
    products = [layer for layer in layers if layer["macs"]]
    good = len(products) >= 2 and all(
        (p["domain"], p["weight_bits"], p["input_bits"], p["multiplications"]) == ("integer", 2, 8, 0)
        for p in products
    )
    if not good:
        bad += 1
        print(f"{folder}: not recognised:", products or "cannot be compiled")
sys.exit(bad != 0)
