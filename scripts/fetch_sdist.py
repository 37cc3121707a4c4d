#!/usr/bin/env python3
"""Downloads the source distribution of a Python package and checks its sha256.

`pip download --no-binary` would first install the package's build tools to compute metadata that
nobody needs here (with old pips it fails at that); so this reads the package index itself.
"""

import argparse
import hashlib
import html.parser
import os
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request


class LinkParser(html.parser.HTMLParser):
    """Collects the link targets of a page of the simple index (PEP 503)."""

    def __init__(self):
        super().__init__()
        self.links = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")


def index_url():
    """The index pip is set to use, so that mirrors work; PyPI otherwise."""
    if "PIP_INDEX_URL" in os.environ:
        return os.environ["PIP_INDEX_URL"]
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else "https://pypi.org/simple"


def read(url):
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=180) as response:
        return response.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("version")
    parser.add_argument("sha256")
    parser.add_argument("output", type=pathlib.Path)
    options = parser.parse_args()

    page = f"{index_url().rstrip('/')}/{options.package}/"
    name = f"{options.package}-{options.version}.tar.gz"
    try:
        links = LinkParser()
        links.feed(read(page).decode())
        found = [link for link in links.links if urllib.parse.urlparse(link).path.endswith(f"/{name}")]
        if not found:
            sys.exit(f"error: {page} lists no {name}")
        data = read(urllib.parse.urljoin(page, found[0]))
    except OSError as error:
        sys.exit(f"error: cannot download {name} through {page}: {error}")

    if hashlib.sha256(data).hexdigest() != options.sha256:
        sys.exit(f"error: {name} from {page} does not have the pinned sha256 {options.sha256}")
    options.output.write_bytes(data)


if __name__ == "__main__":
    main()
