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

# quartet_task_objects(NAME SOURCES ... LINKS ... INCLUDES ...): task code.
#
# Every function of these files, inlined kernels included, ends up in the section
# `quartet_task`, so that the preemption signal can tell task code from runtime code
# by its address (docs/architecture.md, "Task code"). The objects are offered as the
# INTERFACE target NAME. No stack protector: it reads a thread-local, which a task that
# moves to another worker must not.
function(quartet_task_objects name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;INCLUDES" ${ARGN})
    add_library(${name} INTERFACE)
    set(objects)
    foreach(source IN LISTS ARG_SOURCES)
        get_filename_component(stem ${source} NAME)
        string(MAKE_C_IDENTIFIER "${name}_${stem}" raw)
        add_library(${raw} OBJECT ${source})
        target_compile_options(${raw} PRIVATE -fno-stack-protector)
        target_include_directories(${raw} PRIVATE ${ARG_INCLUDES})
        target_link_libraries(${raw} PRIVATE quartet_flags ${ARG_LINKS})
        set(object ${CMAKE_CURRENT_BINARY_DIR}/${raw}.task.o)
        add_custom_command(
            OUTPUT ${object}
            COMMAND ${CMAKE_OBJCOPY}
                --rename-section .text=quartet_task
                --rename-section .text.hot=quartet_task
                --rename-section .text.unlikely=quartet_task
                --rename-section .text.startup=quartet_task
                --rename-section .text.exit=quartet_task
                $<TARGET_OBJECTS:${raw}> ${object}
            DEPENDS ${raw} $<TARGET_OBJECTS:${raw}>
            COMMENT "Task code ${object}" VERBATIM)
        set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
        list(APPEND objects ${object})
        set_property(GLOBAL APPEND PROPERTY QUARTET_TASK_OBJECTS ${object})
    endforeach()
    add_custom_target(${name}_objects DEPENDS ${objects})
    add_dependencies(${name} ${name}_objects)
    target_sources(${name} INTERFACE ${objects})
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
endfunction()

# quartet_test(NAME SOURCES ... [TASKS ...] LINKS ... [LABELS ...] [TIMEOUT s] [ARGS ...])
# Exit status 77 means skipped. TASKS are the sources that hold task code.
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
    add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${ARG_TIMEOUT}
                         LABELS "${ARG_LABELS}")
endfunction()
