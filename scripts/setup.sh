#!/usr/bin/env bash
# Installs what Setun is built and tested with: distribution packages (only if some are missing), a
# Python environment for the tests, and the ONNX C++ library, the latter two into .deps/.
# Safe to run at any time: whatever is in place is left alone, which takes a fraction of a second.
#
# SETUN_SKIP_PACKAGES=1  do not look at distribution packages
# SETUN_MATRIX=1         install the emulators and compilers of `make matrix`, too, if that is allowed
# SETUN_ADD_APT_LLVM=1   allow to add the package source apt.llvm.org where LLVM 22 comes from there
# SETUN_ONNX_SDIST=FILE  take the ONNX sources from this file instead of the Python package index
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly llvm=22
readonly onnx_version=1.22.0
readonly onnx_sha256=ef40c0aaf0b643857ea9306fc7eddce17eaf9fb0407e4801f1fc5758443a38e0

readonly packages=(
  # MLIR/LLVM and the compiler that builds Setun
  "libmlir-$llvm-dev" "mlir-$llvm-tools" "llvm-$llvm-dev" "llvm-$llvm-tools"
  "clang-$llvm" "lld-$llvm" "clang-format-$llvm"
  cmake ninja-build ccache
  # libraries: Setun's own, and protobuf for ONNX
  libfmt-dev libcli11-dev libprotobuf-dev protobuf-compiler zlib1g-dev
  # the download of ONNX, the tests, and the compiler users have
  ca-certificates python3 python3-venv python3-psutil libgtest-dev libgmock-dev gcc g++ libc6-dev valgrind
  # hardware: what becomes of networks in Verilog
  iverilog yosys
)

say() { printf '== %s\n' "$*"; }
fail() {
  printf 'setup: error: %s\n' "$1" >&2
  shift
  [[ $# -eq 0 ]] || printf '%s\n' "$@" | sed 's/^/  /' >&2
  exit 1
}

# Debian's own programs first: those on PATH may be wrappers of something else.
first_of() {
  local program
  for program in "$@"; do
    if command -v "$program" >/dev/null; then
      printf '%s' "$program"
      return
    fi
  done
  fail "none of these programs is installed: $*"
}

# --- Distribution packages -------------------------------------------------------------------------

missing_packages() {
  local package installed
  installed=$(dpkg-query -W -f='${Package} ${Status}\n' "${packages[@]}" 2>/dev/null || true)
  for package in "${packages[@]}"; do
    grep -qxF "$package install ok installed" <<<"$installed" || printf '%s\n' "$package"
  done
}

without_candidate() {
  local package policy
  for package in "$@"; do
    policy=$(LC_ALL=C apt-cache policy "$package")
    [[ $policy == *"Candidate: "[!\(]* ]] || printf '%s\n' "$package"
  done
}

# Prints the commands that make a package source known which has LLVM 22 for this distribution.
llvm_source_commands() {
  local sources=/etc/apt/sources.list.d
  case "$ID-$VERSION_CODENAME" in
  debian-bookworm)
    cat <<EOF
echo 'deb http://deb.debian.org/debian-security bookworm-security main' > $sources/bookworm-security.list
EOF
    ;;
  *)
    local key=/usr/share/keyrings/apt.llvm.org.asc
    local source="deb [signed-by=$key] https://apt.llvm.org/$VERSION_CODENAME/ llvm-toolchain-$VERSION_CODENAME-$llvm main"
    cat <<EOF
apt-get install -y --no-install-recommends ca-certificates curl
curl -fsSL -o $key https://apt.llvm.org/llvm-snapshot.gpg.key
echo '$source' > $sources/llvm-$llvm.list
EOF
    ;;
  esac
}

# Runs a command line as root: directly, or through sudo.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    sh -ec "$1"
  else
    sudo sh -ec "$1"
  fi
}

can_become_root() {
  [[ $EUID -eq 0 ]] && return
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }
}

install_packages() {
  [[ ${SETUN_SKIP_PACKAGES:-} != 1 ]] || return 0
  command -v dpkg-query >/dev/null ||
    fail "this is no Debian or Ubuntu; install the counterparts of these packages:" "${packages[*]}" \
      "and run again with SETUN_SKIP_PACKAGES=1"
  local missing unavailable
  mapfile -t missing < <(missing_packages)
  [[ ${#missing[@]} -gt 0 ]] || return 0

  local install="apt-get install -q -y --no-install-recommends ${missing[*]}"
  # shellcheck source=/dev/null
  local ID=unknown VERSION_CODENAME=unknown && . /etc/os-release
  can_become_root ||
    fail "these packages are missing, and only root (or a user with sudo) can install them: ${missing[*]}" \
      "apt-get update && $install" \
      "(where apt knows no LLVM $llvm, run this first, as root:)" "$(llvm_source_commands)"

  say "packages: ${#missing[@]} are missing: ${missing[*]}"
  as_root 'apt-get update -q'
  mapfile -t unavailable < <(without_candidate "${missing[@]}")
  if [[ "${unavailable[*]}" == *"-$llvm"* && ${SETUN_ADD_APT_LLVM:-} == 1 ]]; then
    say "packages: adding a package source that has LLVM $llvm"
    as_root "$(llvm_source_commands)"
    as_root 'apt-get update -q'
    mapfile -t unavailable < <(without_candidate "${missing[@]}")
  fi
  if [[ "${unavailable[*]}" == *"-$llvm"* ]]; then
    fail "apt knows no ${unavailable[*]}; make a package source with LLVM $llvm known, as root:" \
      "$(llvm_source_commands)" "or let this script do it: SETUN_ADD_APT_LLVM=1 make setup"
  fi
  [[ ${#unavailable[@]} -eq 0 ]] || fail "apt knows no ${unavailable[*]}"
  as_root "DEBIAN_FRONTEND=noninteractive $install"
}

# Packages of the programs that `make matrix` runs code for other processors with.
missing_emulators() {
  local pair program
  for pair in qemu-aarch64:qemu-user qemu-system-arm:qemu-system-arm arm-none-eabi-gcc:gcc-arm-none-eabi \
    aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu node:nodejs; do
    program=${pair%%:*}
    command -v "$program" >/dev/null || command -v "$program-static" >/dev/null || printf '%s\n' "${pair#*:}"
  done
  [[ $(arm-none-eabi-gcc --print-file-name=nano.specs 2>/dev/null) == */* ]] || printf '%s\n' libnewlib-arm-none-eabi
  [[ $(aarch64-linux-gnu-gcc --print-file-name=libc.so 2>/dev/null) == */* ]] || printf '%s\n' libc6-dev-arm64-cross
}

# What cannot be installed is no failure: the matrix leaves out what is missing, and says so.
install_emulators() {
  [[ ${SETUN_MATRIX:-} == 1 && ${SETUN_SKIP_PACKAGES:-} != 1 ]] || return 0
  command -v dpkg-query >/dev/null || return 0
  local missing unavailable
  mapfile -t missing < <(missing_emulators)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if ! can_become_root; then
    say "matrix: only root can install what is missing: apt-get install --no-install-recommends ${missing[*]}"
    return 0
  fi
  say "packages of the matrix: ${missing[*]}"
  as_root 'apt-get update -q'
  mapfile -t unavailable < <(without_candidate "${missing[@]}")
  if [[ ${#unavailable[@]} -gt 0 ]]; then
    say "matrix: apt knows no ${unavailable[*]}"
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" | grep -vxF -f <(printf '%s\n' "${unavailable[@]}"))
  fi
  [[ ${#missing[@]} -eq 0 ]] ||
    as_root "DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends ${missing[*]}"
}

# --- Python environment of the tests ---------------------------------------------------------------

make_python_environment() {
  local requirements=scripts/requirements-test.txt stamp=.deps/venv/setun-requirements.txt
  local headers=scripts/requirements-hls.txt # wanted without dependencies
  ! cmp -s <(cat "$requirements" "$headers") "$stamp" || return 0
  say "Python environment of the tests: .deps/venv"
  rm -rf .deps/venv
  "$python" -m venv .deps/venv || fail "python3 cannot make a virtual environment (package python3-venv)"
  .deps/venv/bin/python -m pip install --disable-pip-version-check --no-input -q -r "$requirements"
  .deps/venv/bin/python -m pip install --disable-pip-version-check --no-input -q --no-deps -r "$headers"
  cat "$requirements" "$headers" >"$stamp"
}

# --- ONNX C++ library ------------------------------------------------------------------------------

fetch_onnx() {
  local archive=$1
  if [[ -n ${SETUN_ONNX_SDIST:-} ]]; then
    cp "$SETUN_ONNX_SDIST" "$archive"
  elif [[ ! -f $archive ]] &&
    ! .deps/venv/bin/python scripts/fetch_sdist.py onnx "$onnx_version" "$onnx_sha256" "$archive"; then
    say "ONNX: trying pip instead"
    .deps/venv/bin/python -m pip download --disable-pip-version-check -q --no-deps --no-binary onnx \
      -d .deps/src "onnx==$onnx_version"
  fi
  echo "$onnx_sha256  $archive" | sha256sum --quiet --check ||
    fail "$archive is not the pinned release; remove it and run again"
}

build_onnx() {
  local stamp=.deps/onnx/setun-version source=.deps/src/onnx-$onnx_version build=.deps/onnx-build
  [[ "$(cat "$stamp" 2>/dev/null)" != "$onnx_version" ]] || return 0
  say "ONNX $onnx_version: download"
  mkdir -p .deps/src
  fetch_onnx "$source.tar.gz"
  rm -rf "$source" "$build" .deps/onnx
  tar -xzf "$source.tar.gz" -C .deps/src
  # Nothing in it needs CMake 3.26, and Debian 12 has 3.25, Ubuntu 22.04 has 3.22.
  sed -i 's/^cmake_minimum_required(VERSION 3\.26)/cmake_minimum_required(VERSION 3.22...3.26)/' "$source/CMakeLists.txt"

  say "ONNX $onnx_version: build (2 to 4 minutes on two cores)"
  local cmake flags
  cmake=$(first_of /usr/bin/cmake cmake)
  flags=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_INSTALL_LIBDIR=lib
    -DCMAKE_C_COMPILER="${CC:-clang-$llvm}" -DCMAKE_CXX_COMPILER="${CXX:-clang++-$llvm}"
    -DCMAKE_MAKE_PROGRAM="$(first_of /usr/bin/ninja ninja)" -DPython3_EXECUTABLE="$python"
    -DONNX_BUILD_PYTHON=OFF -DONNX_USE_PROTOBUF_SHARED_LIBS=ON)
  ! command -v ccache >/dev/null || flags+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  "$cmake" -G Ninja -S "$source" -B "$build" "${flags[@]}" >.deps/onnx-configure.log 2>&1 || {
    tail -n 20 .deps/onnx-configure.log >&2
    fail "configuring ONNX failed; all of it is in .deps/onnx-configure.log"
  }
  "$cmake" --build "$build" -j "${JOBS:-$(nproc)}"
  "$cmake" --install "$build" --prefix .deps/onnx >/dev/null
  rm -rf "$build"
  echo "$onnx_version" >"$stamp"
}

install_packages
install_emulators
mkdir -p .deps
exec 9>.deps/lock
flock 9 # two runs at the same time: the second waits, then finds everything in place
python=$(first_of /usr/bin/python3 python3)
make_python_environment
build_onnx
