"""Stands for `setun verify`: a folder's name says what happens at it."""

import os
import sys
import time

for folder in sys.argv[1:]:
    if folder.endswith("crash"):
        print("something went wrong", file=sys.stderr, flush=True)
        os.abort()
    if folder.endswith("hang"):
        time.sleep(60)
    for backend in ("c", "llvm"):
        if folder.endswith("half") and backend == "llvm":
            os._exit(1)
        if folder.endswith("refused"):
            print(f"REFUSED {folder}/test_data_set_0 {backend} operator not supported: Foo")
        elif folder.endswith("wrong") and backend == "llvm":
            print(f"FAIL {folder}/test_data_set_0 {backend} output 'y': 2 instead of 1")
        else:
            print(f"PASS {folder}/test_data_set_0 {backend} max error 0; bound: axes, k")
        sys.stdout.flush()
