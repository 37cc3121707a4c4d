"""compile_all.py FOLDER [COMPILER FLAG...]: compiles every model in FOLDER to C and prints what became of it.

A line each: "NAME: error: MESSAGE", or "NAME: accepted" after the C compiler has taken the result. Whatever else
happens (a signal, too much time or memory, files left by a refusal, an error without a line) is told, too.
"""

import pathlib
import resource
import shutil
import subprocess
import sys

SECONDS, BYTES = 60, 8 << 30


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(command):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=limit, timeout=5 * SECONDS, check=False
    )


def judge(path, compiler):
    out = path.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    before = sorted(path.parent.iterdir())
    done = run(["setun", "compile", str(path), "--emit=c", "--name=q", "-o", str(out)])
    text = done.stdout.decode(errors="backslashreplace")
    if done.returncode == 0:
        left = sorted(file.name for file in out.iterdir())
        if left != ["q.c", "q.h"]:
            return f"wrote {left}"
        if compiler:
            built = run([*compiler, "-c", str(out / "q.c"), "-o", str(out / "q.o")])
            if built.returncode:
                return f"its C is refused: {built.stdout.decode()[:1000]}"
        return "accepted"
    if sorted(path.parent.iterdir()) != before:
        return "left something behind"
    if done.returncode != 1 or "error: " not in text:
        return f"exit code {done.returncode}: {text[:300]!r}"
    return text.partition(f"{path}: ")[2].partition("\n")[0] or repr(text)


def main():
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
        print(f"{path.stem}: {judge(path, sys.argv[2:])}", flush=True)


if __name__ == "__main__":
    main()
