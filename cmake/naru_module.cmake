# Settings and helpers that every target of the project shares.

find_program(NARU_CCACHE ccache)
if(NARU_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${NARU_CCACHE})
endif()

add_library(naru_settings INTERFACE)
target_include_directories(naru_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(naru_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror -fno-omit-frame-pointer)
target_link_options(naru_settings INTERFACE -fuse-ld=lld)
if(NARU_SANITIZE)
  # At directory scope, so that it reaches every target alike: a half-instrumented program reports nonsense.
  add_compile_options(-fsanitize=${NARU_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NARU_SANITIZE})
  if(NARU_SANITIZE STREQUAL "thread")
    # Asio's fences, which ThreadSanitizer does not model: its locks order the same accesses.
    add_compile_options(-Wno-tsan)
  endif()
endif()

# naru_module(NAME DEPS...): the static library naru_NAME of all *.cc in the current folder.
function(naru_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_library(naru_${name} STATIC ${sources})
  target_link_libraries(naru_${name} PUBLIC naru_settings ${ARGN})
endfunction()

# naru_unit_tests(NAME DEPS...): the program NAME_tests of all *_test.cc in and below tests/unit/NAME, run by ctest.
function(naru_unit_tests name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_tests ${sources})
  target_link_libraries(${name}_tests PRIVATE naru_settings naru_catch_main ${ARGN})
  target_compile_definitions(${name}_tests PRIVATE NARU_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name}_tests)
endfunction()
