# How this project compiles: one place for flags, rooms, task code and tests.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION OFF) # would inline across the task-code border

find_package(Threads REQUIRED)

add_library(quartet_flags INTERFACE)
target_compile_definitions(quartet_flags INTERFACE _GNU_SOURCE)
target_compile_options(quartet_flags INTERFACE
    -ffp-contract=off # the same rounding on every CPU and in every peer's language
    -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla
    $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wsign-conversion -Wstrict-prototypes
                            -Wmissing-prototypes>
    $<$<AND:$<COMPILE_LANGUAGE:C>,$<C_COMPILER_ID:Clang>>:-Wthread-safety>
    $<$<BOOL:${QUARTET_WERROR}>:-Werror>)
if(QUARTET_SANITIZE STREQUAL "address")
    set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(QUARTET_SANITIZE STREQUAL "thread")
    set(sanitize -fsanitize=thread)
elseif(NOT QUARTET_SANITIZE STREQUAL "none")
    message(FATAL_ERROR "QUARTET_SANITIZE is '${QUARTET_SANITIZE}': none, address or thread")
endif()
if(sanitize)
    target_compile_options(quartet_flags INTERFACE ${sanitize})
    target_link_options(quartet_flags INTERFACE ${sanitize})
endif()

# quartet_library(NAME SOURCES ... LINKS ...): a room. Its public headers are in include/.
function(quartet_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC
        $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/quartet>)
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:quartet_flags> PUBLIC ${ARG_LINKS}
                          Threads::Threads)
endfunction()

include(TaskCode) # quartet_task_objects, which installed projects use too

# quartet_test(NAME SOURCES ... [TASKS ...] LINKS ... [LABELS ...] [TIMEOUT s] [ARGS ...])
# Exit status 77 means skipped. TASKS are the sources that hold task code. The label `serial`
# keeps other tests from running at the same time.
function(quartet_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;TASKS;LINKS;LABELS;ARGS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    if(ARG_TASKS)
        quartet_task_objects(${name}_tasks SOURCES ${ARG_TASKS} LINKS ${ARG_LINKS}
                             INCLUDES ${PROJECT_SOURCE_DIR}/tests)
        target_link_libraries(${name} PRIVATE ${name}_tasks)
    endif()
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE quartet_flags ${ARG_LINKS})
    # An emulator has few timers, and keeps pages that were given back.
    target_compile_definitions(${name} PRIVATE
        QUARTET_EMULATED=$<BOOL:${CMAKE_CROSSCOMPILING_EMULATOR}>)
    add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${ARG_TIMEOUT}
                         LABELS "${ARG_LABELS}")
    if(serial IN_LIST ARG_LABELS) # wants the machine for itself
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
