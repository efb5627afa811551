# Language, warnings and sanitizers, the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

option(FERRULE_TESTS "Build the tests" ON)
option(FERRULE_BENCH "Build the benchmarks" OFF)
option(FERRULE_FUZZ "Build the fuzz targets (clang only)" OFF)
set(FERRULE_SANITIZE "" CACHE STRING "Value for -fsanitize=, e.g. address,undefined")

find_program(CCACHE ccache)
if(CCACHE)
  # Without these it does not keep what a precompiled header was used for.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(ferrule_warnings INTERFACE)
target_compile_options(ferrule_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

if(NOT FERRULE_SANITIZE)
  # Everything can be loaded anywhere: programs are position independent, like the library.
  include(CheckPIESupported)
  check_pie_supported()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  # ferrule runs as root and reads what other programs wrote: an error in it should end the call, not hand over the node.
  # tests/packaging/hardening_test.cpp looks for each of these in what was built.
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  # Without optimization it does nothing but warn.
  add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i[3-6]86")
    add_compile_options(-fcf-protection)
  endif()
  add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
endif()

if(FERRULE_SANITIZE)
  if(FERRULE_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What undefined behaviour stops at is an illegal instruction, which AddressSanitizer reports with its line (see
    # ASAN_OPTIONS in tests/). The messages would be 75 MB of data, which it would have to mark at each start: most of
    # the time of a command that tests run.
    add_compile_options(-fsanitize-undefined-trap-on-error)
  endif()
  add_compile_options(-fsanitize=${FERRULE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FERRULE_SANITIZE})
  # What sanitizers know of each line would be relocated at every start: most of the time of a command that tests run.
  string(APPEND CMAKE_EXE_LINKER_FLAGS " -no-pie")
endif()
