#!/usr/bin/env python3
"""Fails where docs/supported-operators.md and the tables of handlers list different operators.

The tables are read from the sources: the names in the bodies of the functions `register...` of
lib/Conversion/OnnxToLinalg, whose parameter is called after the domain, and of getQonnxHandler. The page lists operators in the first column
of its tables, in back quotes, one section a table of handlers.
"""

import argparse
import pathlib
import re
import sys

PAGE = "docs/supported-operators.md"
REGISTRATION = r"^void setun::onnx::register\w+\(HandlerTable &{}\) \{{\n(.*?)^\}}"
QONNX = re.compile(r"^NodeHandler getQonnxHandler\(.*?\{\n(.*?)^\}", re.M | re.S)
NAME = re.compile(r'"([A-Z]\w*)"')
SECTION = re.compile(r"^## (.*?)$(.*?)(?=^## |\Z)", re.M | re.S)
FIRST_COLUMN = re.compile(r"^\| *(`[^|]*`) *\|", re.M)


def find_names(files, body):
    """The operator names in all matches of `body`."""
    names = set()
    for file in files:
        for match in body.findall(file.read_text()):
            names.update(NAME.findall(match))
    return names


def listed_names(page):
    """The operators of each section of the page."""
    return {
        title: set(re.findall(r"`(\w+)`", " ".join(FIRST_COLUMN.findall(text))))
        for title, text in SECTION.findall(page.read_text())
    }


def check(root):
    conversion = root / "lib" / "Conversion"

    def registered(table):
        body = re.compile(REGISTRATION.format(table), re.M | re.S)
        return find_names(sorted((conversion / "OnnxToLinalg").glob("*.cpp")), body)

    recognised = find_names(sorted((conversion / "OnnxToLowBit").glob("*.cpp")), QONNX)
    tables = {
        "Operators of ONNX": registered("table"),
        "Operators of QONNX and FINN": recognised | registered("qonnx"),
        "Operators of onnxruntime": registered("microsoft"),
    }
    sections = listed_names(root / PAGE)
    violations = []
    for title, names in tables.items():
        listed = sections.get(title, set())
        if not names:
            violations.append(f"error: no table of handlers found for '{title}'")
        violations += [f"{PAGE}: error: '{title}' lacks {name}" for name in sorted(names - listed)]
        violations += [f"{PAGE}: error: {name} has no handler" for name in sorted(listed - names)]
    return violations


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=pathlib.Path, help="root of the source tree")
    violations = check(parser.parse_args().root.resolve())
    print("\n".join(violations), file=sys.stderr, end="\n" if violations else "")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
