"""look.py BROWSER PAGE WIDTH: opens the page in a headless browser without a network and looks whether it is drawn.

Counts the elements that the script made, and the coloured points of a screenshot.
"""

import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import page

# Half the points are enough to see, and a quarter of the work.
HEIGHT, SCALE = 1600, 0.5


def browse(browser, path, width, profile, *arguments):
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", f"--window-size={width},{HEIGHT}",
        f"--force-device-scale-factor={SCALE}", "--force-color-profile=srgb", "--enable-logging=stderr", *arguments, path.resolve().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=True)
    messages = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    assert not messages, messages
    return done.stdout.decode()


def read_png(path):
    """Rows of (red, green, blue) of a PNG of 8 bits a channel."""
    data, position, packed = path.read_bytes(), 8, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colour in (2, 6), (depth, colour)
            channels = 3 if colour == 2 else 4
        packed += body if kind == b"IDAT" else b""
        position += length + 12
    lines, above, stride = zlib.decompress(packed), bytes(width * channels), width * channels + 1
    rows = []
    for y in range(height):
        line = bytearray(lines[y * stride + 1 : (y + 1) * stride])
        undo_filter(lines[y * stride], line, above, channels)
        above = bytes(line)
        rows.append([tuple(line[x : x + 3]) for x in range(0, len(line), channels)])
    return rows


def undo_filter(kind, line, above, channels):
    """The five filters of PNG: none, left, up, average, Paeth."""
    for x, value in enumerate(line if kind else b""):
        left, corner = (line[x - channels], above[x - channels]) if x >= channels else (0, 0)
        up = above[x]
        if kind == 4:
            estimate = left + up - corner
            guess = min((left, up, corner), key=lambda one: abs(estimate - one))
        else:
            guess = (0, left, up, (left + up) // 2)[kind]
        line[x] = (value + guess) & 255


def is_coloured(point):
    return max(point) - min(point) > 60


def main():
    browser, path, width = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    data = page.read(path).data
    with tempfile.TemporaryDirectory() as folder:
        drawn = page.Page(browse(browser, path, width, folder, "--dump-dom"))
        shot = pathlib.Path(folder) / "shot.png"
        browse(browser, path, width, folder, f"--screenshot={shot}")
        rows = read_png(shot)

    classes = [attributes.get("class") for _, attributes in drawn.elements]
    tags = [tag for tag, _ in drawn.elements]
    assert classes.count("step") == min(len(data["steps"]), 40), classes.count("step")
    assert classes.count("tile") == 4 and classes.count("versus") == 3
    buffers = [name for name in classes if name and name.startswith("buffer fill-")]
    assert len(buffers) == len(data["arena"]["buffers"]), len(buffers)
    # A heading, the stages, the total, and two rows about a device that is known.
    hls_rows = len(data["hls"]["stages"]) + 4 if "hls" in data else 0
    assert tags.count("tbody") == 3 + (hls_rows > 0)
    assert tags.count("tr") == len(data["layers"]) + 1 + 13 + 4 + hls_rows, tags.count("tr")
    # A name that got out would have left its mark.
    assert not [a for _, a in drawn.elements if a.get("id") == "injected"]
    assert not {"img", "b"} & set(tags) and tags.count("script") == 2

    # Bars and blocks in at least a hundredth of all points, in the upper half and in the lower.
    height, width = len(rows), len(rows[0])
    assert height > 0.9 * SCALE * HEIGHT and width >= 0.9 * SCALE * int(sys.argv[3]), (height, width)
    for half in (rows[: height // 2], rows[height // 2 :]):
        coloured = sum(is_coloured(point) for row in half for point in row)
        assert coloured > len(half) * width / 100, coloured
    # The page is as wide as the window: a margin is left at the right.
    assert not any(is_coloured(row[-1]) for row in rows)
    print("drawn:", len(data["steps"]), "steps,", len(buffers), "buffers")


main()
