"""A static check of C++ for high-level synthesis: what emitted code and its library may contain.

Comments and string literals are taken out first. Then every file must do without dynamic memory, pointers to functions,
virtual functions, exceptions, recursion, unbounded loops, and whatever else a synthesis tool refuses:

- loops are `for` loops whose variable has a bound of constants, template parameters or earlier loop variables, and grows;
- no function calls itself, directly or through others;
- no `new`, `delete`, `malloc`, containers of the standard library, `goto`, `while`, `try`, `throw`, `virtual`;
- every pragma is one of a known list.
"""

import re
import sys
from pathlib import Path

FORBIDDEN = (
    "new delete malloc calloc realloc free alloca goto while do try catch throw virtual dynamic_cast typeid asm setjmp longjmp "
    "signal volatile mutable thread_local union reinterpret_cast const_cast std::vector std::string std::map std::function "
    "std::cout printf fprintf exit abort assert rand time"
).split()
PRAGMAS = (
    "INTERFACE DATAFLOW STREAM PIPELINE UNROLL INLINE ARRAY_PARTITION DEPENDENCE LOOP_TRIPCOUNT AGGREGATE BIND_STORAGE"
).split()
HEADERS = {"ap_int.h", "hls_stream.h", "ap_axi_sdata.h", "cstdint", "cstring", "cmath"}
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
LOOP = re.compile(r"\bfor\s*\(")
FUNCTION = re.compile(r"(?<![.\w])(operator\s*\(\)|[A-Za-z_]\w*)\s*\(")
KEYWORDS = {"for", "if", "return", "sizeof", "static_assert", "switch", "while", "defined"}


def strip(text):
    """The text without comments and literals, its lines kept."""

    def blank(match):
        lines = "\n" * match[0].count("\n")
        return f'""{lines}' if match[0].startswith('"') else " " + lines

    return COMMENT.sub(blank, text)


def find_closing(text, start, brackets):
    depth = 0
    for i in range(start, len(text)):
        depth += text[i] == brackets[0]
        depth -= text[i] == brackets[1]
        if depth == 0:
            return i
    return len(text)


def check_loops(code):
    """A loop counts from a start to a bound that its body does not change."""
    for match in LOOP.finditer(code):
        end = find_closing(code, match.end() - 1, "()")
        head = " ".join(code[match.end() : end].split())
        parts = head.split(";")
        line = code.count("\n", 0, match.start()) + 1
        if len(parts) != 3:
            yield line, f"a loop of {len(parts)} parts"
            continue
        start = re.fullmatch(r"\s*int (\w+) = [\w:]+", parts[0])
        if not start:
            yield line, f"a loop that starts with '{parts[0]}'"
            continue
        name = start[1]
        if not re.fullmatch(rf"\s*{name} < [\w:/ *+()]+?( && {name} <=? \w+)?\s*", parts[1]):
            yield line, f"a loop without a bound: '{parts[1].strip()}'"
        if not re.fullmatch(rf"\s*(\+\+{name}|{name} \+= [\w:]+)", parts[2]):
            yield line, f"a loop that does not count: '{parts[2].strip()}'"
        body_start = end + 1
        while body_start < len(code) and code[body_start].isspace():
            body_start += 1
        braced = body_start < len(code) and code[body_start] == "{"
        body_end = find_closing(code, body_start, "{}") if braced else code.find(";", body_start)
        if re.search(rf"\b{name}\s*(=[^=]|\+=|-=|\+\+|--)|(\+\+|--){name}\b", code[body_start:body_end]):
            inner = [m for m in re.finditer(rf"int {name} = ", code[body_start:body_end])]
            if not inner:
                yield line, f"a loop whose body changes '{name}'"


def find_functions(code):
    """(name, body) of every function that is defined."""
    for match in FUNCTION.finditer(code):
        if match[1] in KEYWORDS:
            continue
        end = find_closing(code, match.end() - 1, "()")
        rest = re.match(r"\)\s*(const)?\s*\{", code[end : end + 200])
        if rest:
            start = end + rest.end() - 1
            yield match[1], code[start : find_closing(code, start, "{}") + 1]


def find_recursion(codes):
    """Functions that reach themselves; overloads of a name count as one. Methods of numbers and streams (`x.read()`) are the
    vendor's."""
    calls = {}
    for code in codes:
        for name, body in find_functions(code):
            calls.setdefault(name, set()).update(FUNCTION.findall(body))
    for name in calls:
        reached, todo = set(), [name]
        while todo:
            for called in calls.get(todo.pop(), ()):
                if called in calls and called not in reached:
                    reached.add(called)
                    todo.append(called)
        if name in reached:
            yield name


def check_file(path, code):
    for word in FORBIDDEN:
        for match in re.finditer(rf"(?<![\w:]){re.escape(word)}(?!\w)", code):
            # `std::memcpy` copies bits of a number; `first.write(` and the like are no words of the list.
            yield code.count("\n", 0, match.start()) + 1, f"'{word}'"
    for number, line in enumerate(code.split("\n"), 1):
        pragma = re.match(r"\s*#\s*pragma (\w+)(?: (\w+))?", line)
        if pragma and not (pragma[1] == "HLS" and pragma[2] in PRAGMAS) and pragma[1] not in ("STDC", "GCC"):
            yield number, f"unknown pragma '{line.strip()}'"
    yield from check_loops(code)


def check_project(folder):
    """Objections to the files of a design that are synthesized."""
    folder = Path(folder)
    files = [*sorted(folder.glob("setun/hls/*.h"))]
    files += [path for path in sorted([*folder.glob("*.h"), *folder.glob("*.cpp")]) if not re.search("_test.h$|testbench.cpp$", path.name)]
    if len(files) < 4:
        return [f"{folder}: is no design"]
    objections, codes = [], []
    for path in files:
        text = path.read_text()
        for header in re.findall(r"#\s*include\s*<([^>]+)>", text):
            if header not in HEADERS:
                objections.append(f"{path}: includes <{header}>")
        code = strip(text)
        codes.append(code)
        objections += [f"{path}:{line}: {what}" for line, what in check_file(path, code)]
    objections += [f"{folder}: '{name}' reaches itself" for name in find_recursion(codes)]
    return objections


if __name__ == "__main__":
    found = [objection for folder in sys.argv[1:] for objection in check_project(folder)]
    print("\n".join(found) or "no objections")
    sys.exit(1 if found else 0)
