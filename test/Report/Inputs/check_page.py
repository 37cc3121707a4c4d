"""check_page.py PAGE JSON: the page needs no other file, runs its own script only, and holds the JSON of inspect."""

import base64
import hashlib
import json
import re
import sys

import page

path, expected = sys.argv[1:]
report = page.read(path)
with open(expected, encoding="utf-8") as file:
    assert report.data == json.load(file), "the data is not that of inspect --json"

# Nothing is loaded from anywhere.
for tag, attributes in report.elements:
    assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "a"}, tag
    assert not {"src", "href", "srcset", "action", "style", "background"} & set(attributes), (tag, attributes)
    assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
assert not report.comments, report.comments
[style] = [text for tag, _, text in report.scripts if tag == "style"]
assert "url(" not in style and "@import" not in style
[script] = [text for tag, attributes, text in report.scripts if tag == "script" and not attributes]
for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "fetch(", "XMLHttp", "import("):
    assert word not in script, word
assert set(re.findall(r"\w+://[^\"'\s]*", style + script)) == {"http://www.w3.org/2000/svg"}, "an address"

# The browser is told so, too, and which script and style are meant.
[policy] = [a["content"] for _, a in report.elements if a.get("http-equiv") == "Content-Security-Policy"]
rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'", rules
assert rules["script-src"] == digest(script), rules
assert rules["style-src"] == digest(style), rules
