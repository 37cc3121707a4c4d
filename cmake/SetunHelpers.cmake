# Functions of this build, so that the CMakeLists of a folder only lists its sources.

# setun_add_doc_page(<page> <generator>): docs/<page>.md of the build folder, from LLVM_TARGET_DEFINITIONS; target setun-docs.
function(setun_add_doc_page page)
  if(NOT TARGET setun-docs)
    add_custom_target(setun-docs)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/docs)
  endif()
  file(RELATIVE_PATH output ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_BINARY_DIR}/docs/${page}.md)
  set(TABLEGEN_OUTPUT)
  mlir_tablegen(${output} ${ARGN})
  add_custom_target(Setun${page}Docs DEPENDS ${TABLEGEN_OUTPUT})
  add_dependencies(setun-docs Setun${page}Docs)
endfunction()

# setun_tablegen_dialect(<td> <dialect>): ops, types, attributes and enums of one dialect; target <td>IncGen.
function(setun_tablegen_dialect td dialect)
  set(LLVM_TARGET_DEFINITIONS ${td}.td)
  mlir_tablegen(${td}Dialect.h.inc -gen-dialect-decls -dialect=${dialect})
  mlir_tablegen(${td}Dialect.cpp.inc -gen-dialect-defs -dialect=${dialect})
  mlir_tablegen(${td}.h.inc -gen-op-decls)
  mlir_tablegen(${td}.cpp.inc -gen-op-defs)
  mlir_tablegen(${td}Types.h.inc -gen-typedef-decls -typedefs-dialect=${dialect})
  mlir_tablegen(${td}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${dialect})
  mlir_tablegen(${td}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${dialect})
  mlir_tablegen(${td}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${dialect})
  mlir_tablegen(${td}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${td}Enums.cpp.inc -gen-enum-defs)
  mlir_tablegen(${td}Interfaces.h.inc -gen-op-interface-decls)
  mlir_tablegen(${td}Interfaces.cpp.inc -gen-op-interface-defs)
  add_public_tablegen_target(${td}IncGen)
  setun_add_doc_page(${td}Dialect -gen-dialect-doc -dialect=${dialect})
endfunction()

# setun_tablegen_passes(<group>): Passes.td of this folder; target Setun<group>PassesIncGen.
function(setun_tablegen_passes group)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name ${group})
  add_public_tablegen_target(Setun${group}PassesIncGen)
  setun_add_doc_page(${group}Passes -gen-pass-doc)
endfunction()

# setun_add_library(<name> SOURCES ... [DEPENDS tablegen targets] [LINK libraries]): a static library of Setun.
function(setun_add_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(SETUN_PRECOMPILED_HEADERS AND NOT ARG_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM SetunPch)
  endif()
endfunction()

# setun_add_tool(<name> SOURCES ... LINK libraries): an executable in build/bin.
function(setun_add_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  # libMLIR.so is not in a folder that the loader searches, so the installed program names it, too.
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin
                        INSTALL_RPATH ${LLVM_LIBRARY_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  if(SETUN_PRECOMPILED_HEADERS)
    # CMake gives executables -fPIE, but the precompiled header was made with -fPIC.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
    target_precompile_headers(${name} REUSE_FROM SetunPch)
  endif()
  install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# setun_add_bitcode(<output.bc> <source.c> [FLAGS ...] [DEPENDS ...]): LLVM bitcode of C99, not yet optimized: it is made for the
# very processor and its constant arguments where it is linked. Types do not say what may overlap: layers share an arena.
function(setun_add_bitcode output source)
  cmake_parse_arguments(ARG "" "" "FLAGS;DEPENDS" ${ARGN})
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${SETUN_CLANG} -std=c99 -O2 -Xclang -disable-llvm-passes -ffp-contract=off -fno-strict-aliasing -ffreestanding
            -nostdlibinc -isystem ${CMAKE_SOURCE_DIR}/lib/Kernels/freestanding -I${CMAKE_SOURCE_DIR}/lib/Kernels
            -Wall -Wextra -Wno-unused-function -Werror ${ARG_FLAGS} -emit-llvm -c ${source} -o ${output}
    DEPENDS ${source} ${ARG_DEPENDS}
    COMMENT "Making ${output}"
    VERBATIM)
endfunction()

# setun_embed_files(<source.c> <symbol>=<file>...): writes a source that holds the files' bytes between <symbol> and <symbol>_end.
function(setun_embed_files source)
  set(text "/* Made by setun_embed_files. */\n")
  set(files)
  foreach(entry ${ARGN})
    string(REGEX MATCH "^([^=]*)=(.*)$" matched ${entry})
    list(APPEND files ${CMAKE_MATCH_2})
    string(APPEND text "__asm__(\".section .rodata\\n.balign 16\\n.globl ${CMAKE_MATCH_1}\\n${CMAKE_MATCH_1}:\\n\"\n"
                       "  \".incbin \\\"${CMAKE_MATCH_2}\\\"\\n.globl ${CMAKE_MATCH_1}_end\\n${CMAKE_MATCH_1}_end:\\n"
                       ".byte 0\\n.text\\n\");\n")
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}" SKIP_PRECOMPILE_HEADERS ON)
endfunction()
