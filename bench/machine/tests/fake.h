/* fake.h - a root folder of a machine that does not exist, made of the files a test
 * wants. */
#ifndef MACHINE_TESTS_FAKE_H
#define MACHINE_TESTS_FAKE_H

#include "check.h"
#include "machine.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

struct fake {
    char root[64];
};

static inline struct fake fake_make(void)
{
    struct fake fake = {"/tmp/quartet-machine-XXXXXX"};
    CHECK(mkdtemp(fake.root) != NULL);
    return fake;
}

/* Writes a file, and the folders above it. */
static inline void fake_put(const struct fake *fake, const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", fake->root, path);
    for (char *slash = full + strlen(fake->root) + 1; (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK(fclose(file) == 0);
}

static inline int fake_remove_one(const char *path, const struct stat *status, int kind,
                                  struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static inline void fake_remove(const struct fake *fake)
{
    CHECK_EQ(nftw(fake->root, fake_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* A machine of the given synthetic topology (NULL: this one) and files. */
static inline struct machine *fake_open(const struct fake *fake, const char *synthetic)
{
    struct machine *machine = NULL;
    struct machine_error error = {""};
    if (synthetic)
        CHECK_EQ(setenv("HWLOC_SYNTHETIC", synthetic, 1), 0);
    CHECK_EQ(machine_open(fake ? fake->root : "", &machine, &error), 0);
    CHECK_EQ(unsetenv("HWLOC_SYNTHETIC"), 0);
    CHECK_STR(error.text, "");
    return machine;
}

#endif
