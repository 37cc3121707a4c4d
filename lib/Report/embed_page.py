#!/usr/bin/env python3
"""Puts page.html, page.css and page.js together as a C++ table: embed_page.py OUTPUT HTML CSS JS

In the HTML, @CSS@ and @JS@ become the other files and @STYLE_HASH@, @SCRIPT_HASH@ their digests for the policy that
lets a browser run and apply these two and nothing else. @DATA@ and @VERSION@ stay: the page is
written as the parts between them, and as them. Standard library only.
"""

import base64
import hashlib
import pathlib
import re
import sys

# Compilers limit string literals; C++ joins adjacent ones only up to a limit, too, so parts are kept apart.
LONGEST = 8000


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def main():
    output, html, css, js = (pathlib.Path(argument) for argument in sys.argv[1:])
    page, style, script = (path.read_text(encoding="utf-8") for path in (html, css, js))
    for place, text in (
        ("@STYLE_HASH@", digest(style)),
        ("@SCRIPT_HASH@", digest(script)),
        ("@CSS@", style),
        ("@JS@", script),
    ):
        if page.count(place) != 1:
            sys.exit(f"{html}: error: {place} must stand there once")
        page = page.replace(place, text)
    parts = []
    for part in re.split(r"(@DATA@|@VERSION@)", page):
        parts += [part[i : i + LONGEST] for i in range(0, len(part), LONGEST)]
    lines = ["// Made by embed_page.py from page.html, page.css and page.js."]
    lines += ["static const llvm::StringLiteral pageParts[] = {"]
    lines += [f'    R"setun({part})setun",' for part in parts]
    lines += ["};", ""]
    output.write_text("\n".join(lines), encoding="utf-8")


main()
