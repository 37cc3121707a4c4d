#!/usr/bin/env bash
# Fails where a C or C++ source is not formatted as .clang-format says; --fix formats in place.
# The version is pinned: other releases of clang-format break lines differently.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=(--dry-run -Werror)
[[ ${1:-} != --fix ]] || mode=(-i)
program=$(command -v clang-format-22 || command -v /usr/lib/llvm-22/bin/clang-format) || {
  echo 'check_format: error: clang-format-22 is not installed' >&2
  exit 1
}
list_sources() {
  git ls-files -z -- '*.h' '*.cpp' '*.c' 2>/dev/null ||
    find . -name .deps -prune -o -name 'build*' -prune -o -name '*.[hc]' -print0 -o -name '*.cpp' -print0
}
# A file that git tracks may be gone from the working copy.
list_sources | while IFS= read -r -d '' file; do
  [[ ! -f $file ]] || printf '%s\0' "$file"
done | xargs -0 -r "$program" "${mode[@]}"
