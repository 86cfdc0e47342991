include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/quartet-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/TaskCode.cmake)
