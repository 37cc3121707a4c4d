#!/bin/sh
# The demo: compiles the BitNet MNIST network to C, compiles that with the system's C compiler and
# runs it over the example's 1,000 digits. SETUN, CC and OUT may name other programs and folders.
set -eu

example=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$example/../.." && pwd)
setun=${SETUN:-$root/build/bin/setun}
out=${OUT:-$root/build/demo}
cc=${CC:-cc}
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

# Prints a command, then runs it; the paths are printed as seen from the root of the project.
step() {
  echo "+ $*" | sed "s|$root/||g"
  "$@"
}

mkdir -p "$out"
step "$setun" compile "$example/model.onnx" -o "$out" --emit=c --name=mnist_bitnet

# The C compiler is asked again only if there is something else to compile.
built="$cc $(cat "$out/mnist_bitnet.h" "$out/mnist_bitnet.c" "$example/main.c" | cksum)"
if [ "$(cat "$out/built" 2>/dev/null)" != "$built" ]; then
  step "$cc" -std=c99 -O2 -I "$out" -o "$out/mnist_bitnet" \
    "$example/main.c" "$out/mnist_bitnet.c" -lm
  echo "$built" >"$out/built"
fi

"$setun" inspect "$example/model.onnx" --json >"$out/inspect.json"
"$python" - "$out/inspect.json" <<'EOF'
import json, sys

layers = json.load(open(sys.argv[1]))["layers"]
linear = [layer for layer in layers if layer["macs"] > 0]
# A fully connected layer has one weight for each multiply-accumulate of its definition.
weights = sum(layer["macs"] for layer in linear)
size = sum(layer["weight_bytes"] for layer in linear)
print(f"weights:  {size:,} bytes; as fp32 {4 * weights:,} bytes ({4 * weights / max(size, 1):.1f} times as many)")
print("multiplications in the linear layers:", sum(layer["multiplications"] for layer in linear))
EOF
"$out/mnist_bitnet" "$example/digits-1000-images.npy" "$example/digits-1000-labels.npy"
