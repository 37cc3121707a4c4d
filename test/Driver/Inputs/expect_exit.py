"""expect_exit.py CODE [--nothing=PATH] COMMAND...

Runs a command and passes its output on. Fails unless it ends with CODE, and if
there is something at PATH afterwards.
"""

import os
import subprocess
import sys

code, command = int(sys.argv[1]), sys.argv[2:]
path = None
if command[0].startswith("--nothing="):
    path = command.pop(0).split("=", 1)[1]
done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
sys.stdout.buffer.write(done.stdout)
sys.stdout.flush()
if done.returncode != code:
    sys.exit(f"exit code {done.returncode} instead of {code}")
if path and os.path.exists(path):
    sys.exit(f"{path} was left behind")
