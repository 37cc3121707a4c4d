#!/usr/bin/env python3
"""Fails on an include that runs against the direction of the architecture.

The rooms of the house stand in a row, and a room includes only what stands before it:

    Support, Kernels, hls | dialects | Analysis | Import, Quantize, Conversion, Transforms, Report, Target | Pipelines | tools

The six in the middle never include each other, nor do the folders inside Conversion and inside
Target. lib/Kernels and include/setun/hls are copied into generated programs, so they include nothing of ours but themselves.
"""

import argparse
import pathlib
import re
import sys

ORDER = {
    "Support": 0,
    "Kernels": 0,
    "hls": 0,
    "dialects": 1,
    "Analysis": 2,
    "Import": 3,
    "Quantize": 3,
    "Conversion": 3,
    "Transforms": 3,
    "Report": 3,
    "Target": 3,
    "Pipelines": 4,
    "tools": 5,
    "test": 6,
}
ROOMS_OF_INDEPENDENT_FOLDERS = {"Conversion", "Target"}
SOURCES = {".c", ".cpp", ".def", ".h", ".inc", ".td"}
INCLUDE = re.compile(r'^\s*#?\s*include\s+["<]([^">]+)[">]')


def room_of(path):
    """The room a path belongs to, as (room, folder inside it); None for files that are not ours."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[:2] == ("include", "setun"):
        parts = parts[2:]
    elif parts[:1] in (("lib",), ("setun",)):
        parts = parts[1:]
    elif parts[:1] not in (("dialects",), ("tools",), ("test",)):
        return None
    if len(parts) < 2:
        return None
    folder = parts[1] if len(parts) > 2 and parts[0] in ROOMS_OF_INDEPENDENT_FOLDERS else None
    return parts[0], folder


def resolve(root, file, name):
    """What an include names, seen from the root; an include of a neighbour is made whole."""
    beside = (file.parent / name).resolve()
    if beside.is_file() and root in beside.parents:
        return beside.relative_to(root).as_posix()
    return name


def objection(user, used):
    """Why `user` must not include `used`; None where it may."""
    (room, folder), (used_room, used_folder) = user, used
    if room not in ORDER or used_room not in ORDER:
        return f"'{room if room not in ORDER else used_room}' is no room of the architecture"
    if room == used_room:
        if folder and used_folder and folder != used_folder:
            return f"the folders of {room} do not include each other"
        return None
    if room in ("Kernels", "hls"):
        return f"{room} is copied into generated programs and includes nothing of ours"
    if ORDER[used_room] == ORDER[room]:
        return f"{room} and {used_room} stand side by side"
    if ORDER[used_room] > ORDER[room]:
        return f"{used_room} stands behind {room}"
    return None


def check(root):
    violations = []
    for top in ("dialects", "include/setun", "lib", "tools"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SOURCES or not file.is_file():
                continue
            user = room_of(file.relative_to(root).as_posix())
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                used = match and room_of(resolve(root, file, match[1]))
                reason = user and used and objection(user, used)
                if reason:
                    where = f"{file.relative_to(root)}:{number}"
                    violations.append(f"{where}: error: includes {match[1]}, but {reason}")
    return violations


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=pathlib.Path, help="root of the source tree")
    root = parser.parse_args().root.resolve()
    if not (root / "lib").is_dir():
        sys.exit(f"error: {root} is no source tree of Setun: it has no folder lib")
    violations = check(root)
    print("\n".join(violations), file=sys.stderr, end="\n" if violations else "")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
