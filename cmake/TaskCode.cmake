# Task code: what a runtime may interrupt anywhere and move to another worker.

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
        target_link_libraries(${raw} PRIVATE ${ARG_LINKS})
        if(TARGET quartet_flags) # this project's own; another project brings its own flags
            target_link_libraries(${raw} PRIVATE quartet_flags)
        endif()
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
