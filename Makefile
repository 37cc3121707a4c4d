# The front door: set-up, build, demo and tests as one command each. CMake and Ninja do the work.
#
# One build folder serves demo and tests, so that everything is compiled once: it keeps our own
# assertions (-O1) and, with clang, treats warnings as errors. `make install` makes its own optimised build.

.DEFAULT_GOAL := help
.PHONY: help setup configure build demo test conformance matrix docs format install clean

ifeq ($(origin CC),default)
  CC := clang-22
endif
ifeq ($(origin CXX),default)
  CXX := clang++-22
endif
PREFIX ?= /usr/local
WERROR ?= $(if $(findstring clang,$(CXX)),ON,OFF)
JOBS ?= $(shell nproc)

# Another compiler gets another folder: CMake cannot change its compiler in place.
BUILD ?= $(if $(filter clang-22,$(notdir $(CC))),build,build-$(notdir $(CC)))
RELEASE_BUILD := $(BUILD)-release

# Debian's own programs first: `cmake` and `python3` on PATH may be wrappers of something else.
CMAKE := $(firstword $(wildcard /usr/bin/cmake) cmake)
PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
NINJA := $(wildcard /usr/bin/ninja)
CMAKE_FLAGS = -G Ninja -DCMAKE_C_COMPILER=$(CC) -DCMAKE_CXX_COMPILER=$(CXX) \
  -DPython3_EXECUTABLE=$(PYTHON) $(if $(NINJA),-DCMAKE_MAKE_PROGRAM=$(NINJA)) \
  $(if $(findstring clang,$(CXX)),-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld-22)

help:
	@echo 'make demo         set up, build, compile the MNIST example to C and run it over 1,000 digits'
	@echo 'make test         set up, build, run every test'
	@echo 'make setup        install the Debian packages, the ONNX library and the Python test packages'
	@echo 'make build        build into $(BUILD)/, programs in $(BUILD)/bin (CC=gcc CXX=g++ works, too)'
	@echo 'make conformance  run the backend tests of ONNX and write docs/conformance.md'
	@echo 'make matrix       run models and random graphs on every processor and compiler (installs emulators)'
	@echo 'make install      build without assertions and install (PREFIX=$(PREFIX))'
	@echo 'make docs         generate the pages of dialects and passes into $(BUILD)/docs/'
	@echo 'make format       format the C++ and C sources in place'
	@echo 'make clean        remove the build folders (.deps/, what set-up built, stays)'

setup:
	@CC='$(CC)' CXX='$(CXX)' JOBS='$(JOBS)' scripts/setup.sh

$(BUILD)/build.ninja: | setup
	$(CMAKE) -S . -B $(BUILD) $(CMAKE_FLAGS) -DSETUN_ASSERTIONS=ON -DSETUN_WERROR=$(WERROR)

configure: $(BUILD)/build.ninja

build: configure
	$(CMAKE) --build $(BUILD) -j $(JOBS)

demo: build
	@SETUN=$(BUILD)/bin/setun examples/mnist_bitnet/demo.sh

test: build
	$(CMAKE) --build $(BUILD) -j $(JOBS) --target check-setun -- -k 0

conformance: build
	$(CMAKE) --build $(BUILD) -j $(JOBS) --target conformance

matrix: export SETUN_MATRIX := 1
matrix: build
	$(CMAKE) --build $(BUILD) -j $(JOBS) --target matrix

docs: configure
	$(CMAKE) --build $(BUILD) -j $(JOBS) --target setun-docs

format:
	scripts/check_format.sh --fix

install: setup
	$(CMAKE) -S . -B $(RELEASE_BUILD) $(CMAKE_FLAGS) -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX='$(PREFIX)'
	$(CMAKE) --build $(RELEASE_BUILD) -j $(JOBS)
	$(CMAKE) --install $(RELEASE_BUILD)

clean:
	$(CMAKE) -E rm -rf $(BUILD) $(RELEASE_BUILD)
