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
step "$setun" compile "$example/model.onnx" -o "$out" --emit=c --name=mnist_bitnet --no-multiply --kernel=packed

# The C compiler is asked again only if there is something else to compile.
built="$cc $(cat "$out/mnist_bitnet.h" "$out/mnist_bitnet.c" "$example/main.c" | cksum)"
if [ "$(cat "$out/built" 2>/dev/null)" != "$built" ]; then
  step "$cc" -std=c99 -O2 -I "$out" -o "$out/mnist_bitnet" \
    "$example/main.c" "$out/mnist_bitnet.c" -lm
  echo "$built" >"$out/built"
fi

"$setun" inspect "$example/model.onnx" --json --no-multiply --kernel=packed >"$out/inspect.json"
"$python" - "$out/inspect.json" <<'EOF'
import json, sys

totals = json.load(open(sys.argv[1]))["totals"]
size, float_size = totals["weight_bytes"], totals["weight_bytes_float32"]
smaller = f", {float_size / size:.1f} times smaller" if size else ", and all of them are in the code"
print(f"weights:  {size:,} bytes; {float_size:,} bytes in fp32{smaller}")
print(f"multiplications in the linear layers: {totals['multiplications']}")
EOF
"$out/mnist_bitnet" "$example/digits-1000-images.npy" "$example/digits-1000-labels.npy"
