# Finds what Setun stands on: MLIR/LLVM, ONNX, protobuf, fmt, CLI11; ccache if present.

# "MLIR 22" is refused: the version file wants major.minor to match.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS ${SETUN_MLIR_PREFIX}/lib/cmake/mlir)
message(STATUS "MLIR/LLVM ${LLVM_PACKAGE_VERSION} in ${LLVM_BINARY_DIR}")
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
include(TableGen)
include(AddLLVM)
include(AddMLIR)
# HandleLLVMOptions is left out on purpose: it rewrites CMAKE_CXX_FLAGS, and Debian's LLVM has RTTI on.

find_package(Protobuf REQUIRED) # the ONNX package names its target
find_package(ONNX REQUIRED CONFIG HINTS ${SETUN_ONNX_PREFIX}/lib/cmake/ONNX)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)

# mlir_tablegen() takes its -I from the directory property, so these stay directory-wide.
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/include)
add_definitions(${LLVM_DEFINITIONS})
link_directories(${LLVM_LIBRARY_DIR})

add_compile_options(-Wall -Wextra -Wno-unused-parameter -ffunction-sections -fdata-sections)
if(SETUN_WERROR)
  add_compile_options(-Werror)
endif()
if(SETUN_ASSERTIONS)
  add_compile_options(-O1 -UNDEBUG)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness is what lets ccache serve sources that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endif()

# The kernels are compiled to bitcode of the LLVM that they are linked into.
find_program(SETUN_CLANG NAMES clang-22 clang HINTS ${LLVM_TOOLS_BINARY_DIR})
if(SETUN_CLANG)
  execute_process(COMMAND ${SETUN_CLANG} -dumpversion OUTPUT_VARIABLE clang_version OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(NOT clang_version MATCHES "^22\\.")
  message(FATAL_ERROR "clang 22 is needed to compile the kernels to bitcode (package clang-22, or -DSETUN_CLANG=PATH); "
                      "found: '${SETUN_CLANG}' ${clang_version}")
endif()
