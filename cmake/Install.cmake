# cmake --install: the program, what it reads at run time, and the runtimes for other projects.
#
#   bin/quartet-bench
#   include/quartet/<room>/          find_package(quartet) gives quartet::core, quartet::actors …
#   lib/quartet/lib<room>.a
#   lib/cmake/quartet/               also quartet_task_objects(), for code that is preempted
#   share/quartet/                   as in the tree: the peers' programs, the report's
#                                    templates, the charts' scripts

include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/quartet)
set(data ${CMAKE_INSTALL_DATADIR}/quartet)

if(TARGET actors_behaviours) # its headers are among those of actors
    install(TARGETS actors_behaviours EXPORT quartet
            ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/quartet)
endif()
foreach(room IN ITEMS core actors csp eventloop gil)
    if(TARGET ${room})
        install(TARGETS ${room} EXPORT quartet
                ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/quartet)
        install(DIRECTORY ${room}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/quartet)
    endif()
endforeach()
install(EXPORT quartet NAMESPACE quartet:: FILE quartet-targets.cmake DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/quartet-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES cmake/quartet-config.cmake cmake/TaskCode.cmake
              ${PROJECT_BINARY_DIR}/quartet-config-version.cmake DESTINATION ${package})

if(TARGET quartet-bench)
    foreach(room IN ITEMS workloads peers)
        install(DIRECTORY bench/${room} DESTINATION ${data}/bench FILES_MATCHING
                PATTERN *.erl PATTERN *.go PATTERN *.mjs PATTERN *.py PATTERN *.rb
                PATTERN README.md PATTERN tests EXCLUDE)
    endforeach()
    install(DIRECTORY bench/report/templates DESTINATION ${data}/bench/report)
    install(DIRECTORY plots DESTINATION ${data})
endif()
