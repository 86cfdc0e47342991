# Run at each build: writes OUTPUT with the commit of SOURCE, only when it changed.
set(commit "unknown")
set(dirty 0)
find_program(GIT git)
if(GIT)
    execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse HEAD
                    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE
                    RESULT_VARIABLE failed ERROR_QUIET)
    if(NOT failed)
        set(commit ${found})
        execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain --untracked-files=no
                        OUTPUT_VARIABLE changes ERROR_QUIET)
        # A new workload or model is built in before git knows it; notes beside them are not.
        execute_process(COMMAND ${GIT} -C ${SOURCE} ls-files --others --exclude-standard
                                -- *.c *.h *.cc *.S *.erl *.go *.mjs *.py *.rb *.cmake
                                CMakeLists.txt
                        OUTPUT_VARIABLE unknown_sources ERROR_QUIET)
        if(changes OR unknown_sources)
            set(dirty 1)
        endif()
    endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
     "#define BUILD_COMMIT \"${commit}\"\n#define BUILD_DIRTY ${dirty}\n" @ONLY)
