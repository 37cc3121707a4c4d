"""A crash or a hang costs one model, not those behind it: check_runner.py OUT_FOLDER"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import run_cases

run_cases.MODELS_PER_PROCESS = 5
names = "fine crash also_fine refused half wrong hang last crash".split()
folders = [Path(sys.argv[1]) / f"{i}_{name}" for i, name in enumerate(names)]
for folder in folders:
    (folder / "test_data_set_0").mkdir(parents=True)
fake = [sys.executable, str(Path(__file__).parent / "fake_setun.py")]
results = run_cases.verify_all(fake, folders, jobs=2, timeout=3)
assert list(results) == [str(folder) for folder in folders]
for folder, result in results.items():
    print(Path(folder).name, result.verdict, sorted(result.bound), result.reason)
