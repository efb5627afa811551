# FERRULE_STATIC_START: whether src/cli/static/start.cpp can take the place of glibc's start of a static program. It
# calls functions that are internal to one release, so it is tried with a program that needs what they set up.
set(FERRULE_STATIC_START OFF)
if(NOT CMAKE_CROSSCOMPILING)
  try_run(FERRULE_START_PROBE_RESULT FERRULE_START_PROBE_BUILT
          SOURCES ${PROJECT_SOURCE_DIR}/cmake/static_start_probe.cpp ${PROJECT_SOURCE_DIR}/src/cli/static/start.cpp
          LINK_OPTIONS -static -no-pie CXX_STANDARD 20)
  if(FERRULE_START_PROBE_BUILT AND FERRULE_START_PROBE_RESULT EQUAL 0)
    set(FERRULE_STATIC_START ON)
  endif()
endif()
message(STATUS "A start of the static command that does not ask the processor: ${FERRULE_STATIC_START}")
