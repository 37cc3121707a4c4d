"""check_names.py PAGE HOSTILE: both pages have the same elements, so no name became markup; the data still has them."""

import re
import sys

import page

harmless, hostile = (page.read(path) for path in sys.argv[1:])
assert hostile.elements == harmless.elements
assert not hostile.comments
names = {layer["name"] for layer in hostile.data["layers"]}
assert any("<script>" in name for name in names), names
assert any("\ufffd" in name for name in names), "a name that is not UTF-8"
assert any("\u2028" in name for name in names), names
with open(sys.argv[2], encoding="utf-8", newline="") as file:
    text = file.read()
data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1]
assert not re.search("[<>&\u2028\u2029\x00\r]", data), "not escaped"
