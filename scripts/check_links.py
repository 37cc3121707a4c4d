#!/usr/bin/env python3
"""Fails on a relative link in a Markdown file whose target or heading does not exist."""

import argparse
import pathlib
import re
import sys

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)


def without_code(text):
    """The text with code blanked, so that line numbers stay."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])

    return CODE.sub(blank, FENCE.sub(blank, text))


def anchors(file):
    """The names under which headings can be linked to, as GitHub makes them."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", file.read_text())):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        repeated, count = name, 0
        while repeated in found:
            count += 1
            repeated = f"{name}-{count}"
        found.add(repeated)
    return found


def objection(file, link):
    """Why a link leads nowhere; None where it does not, or leads out of the tree."""
    if re.match(r"[a-z]+:", link):
        return None
    path, _, anchor = link.partition("#")
    target = file.parent / path if path else file
    if path.startswith("/"):
        return "is absolute"
    if not target.exists():
        return "does not exist"
    if anchor and target.suffix == ".md" and anchor not in anchors(target):
        return "has no such heading"
    return None


def check(root):
    violations = []
    for file in sorted(root.rglob("*.md")):
        name = file.relative_to(root)
        if any(part.startswith((".", "build")) for part in name.parts):
            continue
        for number, line in enumerate(without_code(file.read_text()).splitlines(), 1):
            for link in LINK.findall(line):
                reason = objection(file, link)
                if reason:
                    violations.append(f"{name}:{number}: error: the link {link} {reason}")
    return violations


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path, help="root of the source tree")
    root = parser.parse_args().root.resolve()
    if not root.is_dir():
        sys.exit(f"error: {root} is no folder")
    violations = check(root)
    print("\n".join(violations), file=sys.stderr, end="\n" if violations else "")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
