"""ONNX's own backend tests through `setun verify`, and what came of them as a page.

conformance.py --setun PROGRAM --data FOLDER (--write PAGE | --check PAGE) [--more FOLDER]

FOLDER is onnx/backend/test/data of ONNX's sources. The expected values are the suite's.
Fails if a test fails or crashes, or if fewer pass than the page states. --more names a
folder with further models, if there is one: those with test_data_set_* are verified, the
others compiled.
"""

import argparse
import collections
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import onnx
from run_cases import Result, verify_all

SUITES = ("node", "simple", "pytorch-operator", "pytorch-converted")
BAD = ("failed", "timeout", "crashed")

# ONNX's test of its own reference (onnx/test/test_backend_reference.py) has another tolerance for
# these: they were transformed in float32, and what is left of a zero is noise.
TOLERANCES = {"test_dft_inverse": {"atol": 1e-6}, "test_dft_inverse_opset19": {"atol": 1e-6}}

# Why a model is refused: what the compiler's message contains, and what the page calls it.
REASONS = (
    ("operator", "the operator is not implemented", r"operator not supported"),
    ("strings", "strings", r"not supported: strings"),
    ("sequences", "sequences or optionals", r"not supported: (sequences|optionals)"),
    ("random", "random numbers", r"not supported: random numbers"),
    ("training", "operators and modes of training", r"not supported: training|training.mode"),
    (
        "shapes",
        "shapes that depend on values, also after binding inputs",
        r"depends on the values of its inputs|not known at compile time|known rank|must be a constant",
    ),
    ("types", "an element type", r"element type|static memrefs|integer types|floats? only"),
    ("form", "another form of the operator", r""),
)


def classify(reason):
    return next(name for name, _, pattern in REASONS if re.search(pattern, reason))


def read_version(data):
    return (data.parents[3] / "VERSION_NUMBER").read_text(encoding="utf-8").strip()


def list_operators(folder):
    """The operators of a model, those of other domains with the domain in front."""
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    return [f"{n.domain}.{n.op_type}" if n.domain else n.op_type for n in model.graph.node]


def find_operators(folders):
    """The operator that each node test is about.

    It is the model's only one; "_expanded" tests spell the same operator by others.
    """
    single, rest = {}, []
    for folder in folders:
        operators = list_operators(folder)
        if len(operators) == 1:
            single[folder.name] = operators[0]
        else:
            rest.append(folder.name)
    for name in rest:
        single[name] = single.get(re.sub("_expanded.*", "", name), "others")
    return single


class Tally:
    """The counts of one row."""

    def __init__(self):
        self.verdicts = collections.Counter()
        self.reasons = collections.Counter()
        self.bound = 0

    def add(self, result):
        self.verdicts[result.verdict] += 1
        if result.verdict == "refused":
            self.reasons[classify(result.reason)] += 1
        self.bound += result.verdict == "passed" and bool(result.bound)

    def row(self, name):
        bad = sum(self.verdicts[verdict] for verdict in BAD)
        counts = (self.verdicts.total(), self.verdicts["passed"], self.bound)
        cells = [name, *map(str, counts), str(self.verdicts["refused"]), str(bad)]
        why = [f"{name} {n}" for name, _, _ in REASONS if (n := self.reasons[name])]
        return "| " + " | ".join([*cells, ", ".join(why)]) + " |"


def tally_by(results, key):
    table = collections.defaultdict(Tally)
    for folder, result in results.items():
        table[key(Path(folder))].add(result)
    return table


HEADER = [
    "| {} | tests | passed | of these bound | refused | failed | why refused |",
    "|---|--:|--:|--:|--:|--:|---|",
]


def make_page(suites, operators, version):
    lines = [
        "# Conformance",
        "<!-- Written by `make conformance`. -->",
        f"The backend tests of ONNX {version} with the values that they expect, through `setun verify`: both backends,",
        "the suite's tolerances (integers exact; floats rtol 1e-3, atol 1e-7; the inverse DFT atol 1e-6, as where ONNX",
        "tests itself).",
        f"Date: {datetime.date.today()}.",
        "",
        "A test is *bound* if an input that decides shapes (axes, pads, sizes) got its value at compile time, as with",
        "`--bind`. *Refused* means that the compiler says what it does not support; a test that gives another value, a",
        "crash or a timeout is *failed*.",
        "",
        HEADER[0].format("suite"),
        HEADER[1],
    ]
    for name, results in suites.items():
        total = Tally()
        for result in results.values():
            total.add(result)
        lines.append(total.row(name))
    lines += ["", "Reasons:", ""]
    lines += [f"- {name}: {text}" for name, text, _ in REASONS]
    lines += ["", "## The suite `node` by operator", "", HEADER[0].format("operator"), HEADER[1]]
    by_operator = tally_by(suites["node"], lambda folder: operators[folder.name])
    lines += [by_operator[name].row(name) for name in sorted(by_operator)]
    return "\n".join(lines) + "\n"


def read_rows(page):
    """Passed tests by row of a page, and its text without the date."""
    rows = re.findall(r"^\| ([^|]+) \| \d+ \| (\d+) \|", page, re.MULTILINE)
    return {name: int(passed) for name, passed in rows}, re.sub(r"(?m)^Date: .*\n", "", page)


def compare(page, stated):
    """Rows of the stated page of which fewer pass now."""
    now, before = read_rows(page)[0], read_rows(stated)[0]
    return [
        f"{name}: {now.get(name, 0)} pass, {passed} did"
        for name, passed in before.items()
        if now.get(name, 0) < passed
    ]


def compile_only(setun, models, timeout):
    """Models without values: compiled or refused, but no crash."""
    results = {}
    for model in models:
        result = results[str(model)] = Result()
        with tempfile.TemporaryDirectory() as out:
            command = [setun, "compile", str(model), "-o", out]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, errors="replace", timeout=timeout
                )
            except subprocess.TimeoutExpired:
                result.add("timeout", f"after {timeout} s")
                continue
        first = (done.stderr.strip().splitlines() or [""])[0]
        if done.returncode == 1 and "error:" in done.stderr and "internal" not in first:
            result.add("refused", first)
        elif done.returncode:
            result.add("crashed", f"exit code {done.returncode}: {first}")
    return results


def run_more(args, command):
    """The folder of further models: nothing of it goes into the page."""
    folders, models = [], []
    for model in sorted(args.more.rglob("*.onnx")):
        has_cases = model.name == "model.onnx" and any(model.parent.glob("test_data_set_*"))
        (folders if has_cases else models).append(model.parent if has_cases else model)
    return {
        f"{args.more.name}, verified": verify_all(command, folders, args.jobs, args.timeout),
        f"{args.more.name}, compiled": compile_only(args.setun, models, args.timeout),
    }


def finish(args, page):
    """Compares the page with the one there is, and writes it."""
    path = args.write or args.check
    stated = path.read_text(encoding="utf-8") if path.exists() else ""
    losses = compare(page, stated)
    if losses:
        print(f"fewer tests pass than {path} states:", *losses, sep="\n  ")
    elif args.write and read_rows(page)[1] != read_rows(stated)[1]:
        args.write.write_text(page, encoding="utf-8")
    return not losses


def with_tolerance(folders, work):
    """The folders, copies of those that have a tolerance of their own."""
    for folder in folders:
        if folder.name in TOLERANCES:
            folder = Path(shutil.copytree(folder, Path(work, folder.name)))
            expectation = {"expect": "match-or-refuse", **TOLERANCES[folder.name]}
            (folder / "expect.json").write_text(json.dumps(expectation), encoding="utf-8")
        yield folder


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--setun", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--more", type=Path, default=os.environ.get("SETUN_CONFORMANCE_DIR", "none"))
    page = parser.add_mutually_exclusive_group(required=True)
    page.add_argument("--write", type=Path, metavar="PAGE")
    page.add_argument("--check", type=Path, metavar="PAGE")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--timeout", type=float, default=120, help="seconds a case")
    return parser.parse_args()


def main():
    args = parse_arguments()
    command = [args.setun, "verify"]
    suites, operators = {}, {}
    for name in SUITES:
        folders = sorted(path.parent for path in (args.data / name).glob("*/model.onnx"))
        with tempfile.TemporaryDirectory() as work:
            folders = list(with_tolerance(folders, work))
            suites[name] = verify_all(command, folders, args.jobs, args.timeout)
            if name == "node":
                operators = find_operators(folders)
    if not suites["node"]:
        sys.exit(f"{args.data} has no node tests")
    page = make_page(suites, operators, read_version(args.data))
    if args.more.is_dir():
        suites.update(run_more(args, command))

    bad = 0
    for name, results in suites.items():
        counts = collections.Counter(result.verdict for result in results.values())
        print(f"{name}:", ", ".join(f"{counts[verdict]} {verdict}" for verdict in Result.RANKS))
        for folder, result in results.items():
            if result.verdict in BAD:
                bad += 1
                print(f"  {result.verdict} {Path(folder).name}: {result.reason}")
    return 0 if finish(args, page) and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
