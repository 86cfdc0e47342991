#include "build.h"

#include "build_commit.h" /* made at each build by commit.cmake */
#include "build_config.h" /* made at configuration */

#include <assert.h>
#include <string.h>

const char *build_commit(void)
{
    assert(strlen(BUILD_COMMIT) == 40 || strcmp(BUILD_COMMIT, "unknown") == 0);
    return BUILD_COMMIT;
}

bool build_dirty(void)
{
    return BUILD_DIRTY != 0;
}

static bool assertions(void)
{
#ifdef NDEBUG
    return false;
#else
    return true;
#endif
}

json_t *build_json(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:b}", "compiler", BUILD_COMPILER, "c_flags",
                     BUILD_FLAGS, "type", BUILD_TYPE, "sanitize", BUILD_SANITIZE,
                     "assertions", assertions());
}

const char *build_unfit(void)
{
    assert(*BUILD_SANITIZE != '\0' && "an unset option would pass for a sanitizer");
    if (strcmp(BUILD_SANITIZE, "none") != 0)
        return "a sanitizer is on";
    return assertions() ? "assertions are on" : NULL;
}
