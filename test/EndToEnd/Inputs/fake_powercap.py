"""A folder like /sys/class/powercap whose one counter adds a watt: fake_powercap.py FOLDER COMMAND...

The counter starts anew soon after the start, as real ones do after some hours.
"""

import pathlib
import subprocess
import sys
import time

zone = pathlib.Path(sys.argv[1]) / "intel-rapl:0"
zone.mkdir(parents=True)
limit = 4_000_000
(zone / "name").write_text("package-0\n")
(zone / "max_energy_range_uj").write_text(f"{limit}\n")
counter = zone / "energy_uj"
start = time.monotonic()


def tick():
    new = counter.with_suffix(".new")
    new.write_text(f"{int((time.monotonic() - start) * 1e6) % (limit + 1)}\n")
    new.replace(counter)


tick()
command = subprocess.Popen(sys.argv[2:])
while command.poll() is None:
    tick()
    time.sleep(0.005)
sys.exit(command.returncode)
