"""check_budgets.py MODEL LUTS...: the interval of the design for each budget, least first."""

import json
import subprocess
import sys

model, *budgets = sys.argv[1:]
intervals = []
for budget in budgets:
    command = ["setun", "inspect", model, "--hls", "--json", f"--resources=lut={budget}"]
    design = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["hls"]
    assert design["total"]["lut"] <= int(budget), (budget, design["total"])
    for stage in design["stages"]:
        # Each choice divides its layer, and no product is slower than the slowest stage.
        assert stage["cycles"] <= design["interval_cycles"], stage
    intervals.append(design["interval_cycles"])
print(intervals, file=sys.stderr)
assert all(a > b for a, b in zip(intervals[:-1], intervals[1:-1])), intervals
assert intervals[-1] == intervals[-2], intervals
print(f"faster with each but the last: {budgets[-1]} changes nothing more")
