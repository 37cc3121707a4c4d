"""What the tests of the report know about its page: its elements, scripts and data, as a parser sees them."""

import html.parser
import json

# What the template consists of, in its order. A name that became markup would add to it.
RAW_TEXT = {"script", "style"}


class Page(html.parser.HTMLParser):
    """Reads a page: `elements` as (tag, attributes), the text of each script and style, comments."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.scripts, self.comments, self.inside = [], [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside = [dict(attrs), ""] if tag in RAW_TEXT else None

    def handle_endtag(self, tag):
        if self.inside and tag in RAW_TEXT:
            self.scripts.append((tag, *self.inside))
        self.inside = None

    def handle_data(self, data):
        if self.inside:
            self.inside[1] += data

    def handle_comment(self, data):
        self.comments.append(data)

    @property
    def data(self):
        [text] = [text for _, attributes, text in self.scripts if attributes.get("id") == "data"]
        return json.loads(text)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return Page(file.read())
