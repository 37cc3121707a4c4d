#!/usr/bin/env python3
"""Turns the kernel headers into a C++ table: embed_kernels.py OUTPUT HEADER...

A kernel stands between `/* setun:begin NAME */` and `/* setun:end */`, with helpers that share its conditions.
What it needs is found by looking for names of other functions in its text; they must stand before it. Standard
library only.
"""

import pathlib
import re
import sys

KERNEL = re.compile(r"^/\* setun:begin (\w+) \*/\n(.*?)^/\* setun:end \*/\n", re.M | re.S)
MARKER = re.compile(r"setun:(begin|end)")
DEFINITION = re.compile(r"\b(setun_\w+)\([^;{}]*\)\s*\{")
INCLUDE = re.compile(r'^#include "(\w+\.h)"$', re.M)


def in_include_order(paths):
    """The headers, each behind those that it includes."""
    texts = {path.name: path.read_text() for path in paths}
    order = []

    def visit(name):
        if name in order:
            return
        for included in INCLUDE.findall(texts[name]):
            visit(included)
        order.append(name)

    for name in sorted(texts):
        visit(name)
    return [(name, texts[name]) for name in order]


def read_kernels(headers):
    """All kernels as (name, file, text, needs), in an order that C can read."""
    kernels = []
    definitions = {}
    for file, header in headers:
        found = KERNEL.findall(header)
        if len(MARKER.findall(header)) != 2 * len(found):
            sys.exit(f"{file}: setun:begin and setun:end do not pair up")
        for name, text in found:
            words = set(re.findall(r"\w+", text))
            defined = set(DEFINITION.findall(text))
            if name not in defined:
                sys.exit(f"{file}: the kernel {name} does not define {name}")
            needs = [other for other, *_ in kernels if words & definitions[other]]
            known = defined.union(*(definitions[other] for other in needs))
            unknown = [
                word for word in sorted(words) if word.startswith("setun_") and word not in known
            ]
            if unknown:
                sys.exit(f"{file}: {name} needs {unknown[0]}, which is no kernel before it")
            definitions[name] = defined
            kernels.append((name, file, text, needs))
    return kernels


def main():
    output, *headers = sys.argv[1:]
    kernels = read_kernels(in_include_order([pathlib.Path(header) for header in headers]))
    lines = ["// Made by embed_kernels.py from the headers of lib/Kernels."]
    for name, _, _, needs in kernels:
        if needs:
            lines.append(f"static const llvm::StringRef {name}_needs[] = {{")
            lines += [f'    "{other}",' for other in needs] + ["};"]
    lines.append("static const setun::KernelSource kernelSources[] = {")
    for name, file, text, needs in kernels:
        known = f"{name}_needs" if needs else "{}"
        lines.append(f'    {{"{name}", "{file}", R"setun({text})setun", {known}}},')
    lines.append("};\n")
    pathlib.Path(output).write_text("\n".join(lines))


main()
