#!/usr/bin/env python3
"""Fails where docs/command-line.md and the help of `setun` name different subcommands or options."""

import argparse
import pathlib
import re
import subprocess
import sys

PAGE = "docs/command-line.md"
# "-o,--output-dir DIR", "--json", "-v,--remarks": an option stands at the start of its line.
OPTION = re.compile(r"^ +((?:-\w,)?--[\w-]+)", re.MULTILINE)
SUBCOMMANDS = re.compile(r"^Subcommands:\n((?: +.*\n)+)", re.MULTILINE)


def ask_for_help(setun, *arguments):
    command = [setun, *arguments, "--help"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def known_options(setun):
    """The words of the command line: subcommands, and options as the sets of their spellings."""
    top = ask_for_help(setun)
    subcommands = re.findall(r"^ +(\w+) ", SUBCOMMANDS.search(top)[1], re.MULTILINE)
    texts = [top, *(ask_for_help(setun, name) for name in subcommands)]
    options = {frozenset(spelling.split(",")) for text in texts for spelling in OPTION.findall(text)}
    return subcommands, options


def check(root, setun):
    page = (root / PAGE).read_text()
    subcommands, options = known_options(setun)
    named = set(re.findall(r"(?<![\w-])-{1,2}[a-z][\w-]*", page))
    violations = [
        f"{PAGE}: error: no section on {name}"
        for name in subcommands
        if f"\n## {name}\n" not in page
    ]
    violations += [
        f"{PAGE}: error: {' or '.join(sorted(option))} is not explained"
        for option in sorted(options, key=sorted)
        if not option & named
    ]
    # In back quotes at the start of a word stand options of ours; MLIR has its own.
    claimed = set(re.findall(r"`(--[a-z][a-z-]*)(?=[`= ])", page))
    known = frozenset().union(*options)
    violations += [
        f"{PAGE}: error: there is no option {name}"
        for name in sorted(claimed - known)
        if not name.startswith("--mlir-")
    ]
    return violations


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path, help="root of the source tree")
    parser.add_argument("--setun", default="setun", help="the program to ask")
    arguments = parser.parse_args()
    violations = check(arguments.root.resolve(), arguments.setun)
    print("\n".join(violations), file=sys.stderr, end="\n" if violations else "")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
