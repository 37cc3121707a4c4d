#!/usr/bin/env python3
"""Turns the kernel headers into a C++ table: embed_kernels.py OUTPUT HEADER...

A kernel stands between `/* setun:begin NAME */` and `/* setun:end */`, with helpers that share its conditions.
What it needs is found by looking for names of other functions in its text; they must stand before it. The
stack of a call is counted, too: bytes of arrays along the deepest chain of kernels. `setun:begin NAME rows>=3`
is for one that calls with fewer rows do not reach. Standard library only.
"""

import pathlib
import re
import sys

KERNEL = re.compile(r"^/\* setun:begin (\w+)( rows>=3)? \*/\n(.*?)^/\* setun:end \*/\n", re.M | re.S)
MARKER = re.compile(r"setun:(begin|end)")
DEFINITION = re.compile(r"\b(setun_\w+)\([^;{}]*\)\s*\{")
INCLUDE = re.compile(r'^#include "(\w+\.h)"$', re.M)


# A declaration of variables: `uint16_t sums[16 * 32], parts[2][4] = {{0}};`.
TYPES = {"char": 1, "int": 4, "unsigned": 4, "float": 4, "double": 8, "size_t": 8, "ptrdiff_t": 8}
TYPES |= {f"{sign}int{bits}_t": bits // 8 for sign in ["", "u"] for bits in [8, 16, 32, 64]}
TYPES |= {f"__m{bits}{kind}": bits // 8 for bits in [128, 256, 512] for kind in ["", "i", "d"]}
# The widest vectors of setun_vec.h.
TYPES |= dict.fromkeys(["SetunVec", "SetunSigned", "SetunPairs", "SetunFloats"], 64)
VECTOR_BYTES = "SETUN_VEC_BYTES", "64"
DECLARATION = re.compile(r"^ +(?:const )?(\w+) ([*\w][^;()]*\[[^;]*);", re.M)
DECLARATOR = re.compile(r"(\*?) *(\w+)((?: *\[[^\]]*\])+) *(?:SETUN_ALIGNED)? *(?:=.*)?", re.S)


def count_array_bytes(name, text):
    """Bytes of the arrays that a text declares."""
    total = 0
    for kind, declarators in DECLARATION.findall(text):
        if kind in ("return", "else"):
            continue
        # Commas inside braces and brackets separate no declarators.
        flat = re.sub(r"\{[^;]*?\}+|\([^()]*\)", "", declarators)
        for declarator in flat.split(","):
            found = DECLARATOR.fullmatch(declarator.strip())
            if not found:
                continue
            pointer, array, extents = found.groups()
            if not pointer and kind not in TYPES:
                sys.exit(f"{name}: the size of {kind} is not known")
            bytes_ = 8 if pointer else TYPES[kind]
            for extent in re.findall(r"\[([^\]]*)\]", extents.replace(*VECTOR_BYTES)):
                if not re.fullmatch(r"[0-9 */+]+", extent):
                    sys.exit(f"{name}: {array}[{extent}] has no constant size")
                bytes_ *= eval(extent.replace("/", "//"))  # digits and operators only
            total += bytes_
    return total


CONDITION = re.compile(r"^#(ifn?def|if|elif|else|endif)\b.*\n((?<=\\\n).*\n)*", re.M)


def split_branches(text):
    """A text as a list of texts and of lists of alternative lists, as the preprocessor's conditions nest."""
    root = []
    open_branches = [[root]]
    position = 0
    for found in CONDITION.finditer(text):
        open_branches[-1][-1].append(text[position : found.start()])
        position = found.end()
        directive = found.group(1)
        if directive.startswith("if"):
            branches = [[]]
            open_branches[-1][-1].append(branches)
            open_branches.append(branches)
        elif directive in ("elif", "else"):
            open_branches[-1].append([])
        else:
            open_branches.pop()
    root.append(text[position:])
    return root


def find_uses(name, parts, kernels):
    """All (bytes of arrays, names of kernels called) that a list of parts may come to; `kernels` has those of all functions."""
    uses = {(0, frozenset())}
    for part in parts:
        if isinstance(part, str):
            called = {kernels[word] for word in re.findall(r"\w+", part) if word in kernels}
            found = {(count_array_bytes(name, part), frozenset(called))}
        else:
            found = set().union(*(find_uses(name, branch, kernels) for branch in part))
        uses = {(a + b, called | more) for a, called in uses for b, more in found}
    return uses


def find_chains(uses, frames, chains):
    """The chains of calls that may be the deepest: (bytes of arrays, frames), none less in both than another."""
    found = set()
    for bytes_, called in uses:
        below = set().union({(0, 0)}, *(chains[other] for other in called))
        found |= {(bytes_ + more, depth + frames) for more, depth in below}
    return sorted(a for a in found if not any(b != a and b[0] >= a[0] and b[1] >= a[1] for b in found))


def print_chains(chains):
    stacks = [f"{bytes_} + {frames} * kFrameBytes" for bytes_, frames in chains]
    return f"std::max<int64_t>({{{', '.join(stacks)}}})" if stacks else "0"


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
    """All kernels as (name, file, text, needs, whether for 3 rows or more), in an order that C can read."""
    kernels = []
    definitions = {}
    for file, header in headers:
        found = KERNEL.findall(header)
        if len(MARKER.findall(header)) != 2 * len(found):
            sys.exit(f"{file}: setun:begin and setun:end do not pair up")
        for name, rows, text in found:
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
            kernels.append((name, file, text, needs, bool(rows)))
    return kernels


def main():
    output, *headers = sys.argv[1:]
    kernels = read_kernels(in_include_order([pathlib.Path(header) for header in headers]))
    lines = ["// Made by embed_kernels.py from the headers of lib/Kernels.", "using setun::kFrameBytes;"]
    for name, _, _, needs, _ in kernels:
        if needs:
            lines.append(f"static const llvm::StringRef {name}_needs[] = {{")
            lines += [f'    "{other}",' for other in needs] + ["};"]
    lines.append("static const setun::KernelSource kernelSources[] = {")
    chains, chains_of_few_rows, functions = {}, {}, {}
    for name, file, text, needs, has_many_rows in kernels:
        known = f"{name}_needs" if needs else "{}"
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        uses = find_uses(name, split_branches(code), functions)
        # What is inlined always has no frame.
        frames = int("SETUN_INLINE" not in code)
        chains[name] = find_chains(uses, frames, chains)
        chains_of_few_rows[name] = [] if has_many_rows else find_chains(uses, frames, chains_of_few_rows)
        functions |= dict.fromkeys(DEFINITION.findall(text), name)
        own = max(bytes_ for bytes_, _ in uses)
        stacks = f"{print_chains(chains[name])}, {print_chains(chains_of_few_rows[name])}"
        lines.append(f'    {{"{name}", "{file}", R"setun({text})setun", {known}, {own}, {stacks}}},')
    lines.append("};\n")
    pathlib.Path(output).write_text("\n".join(lines))


main()
