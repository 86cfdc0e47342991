/* folder.h - copies of fixture campaigns to write into, and what is in them afterwards.
 */
#ifndef REPORT_TESTS_FOLDER_H
#define REPORT_TESTS_FOLDER_H

#include "check.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_SIZE 1024

#define TWO_CORES "results/amd-epyc-7r13-2c-2t-8g/20261122T130621Z-f7e7b96"
#define ALL_FAILED "results/all-failed-2c-2t-8g/20261118T080000Z-2222222"
#define HOSTILE "results/hostile-1c-1t-1g/20261115T080000Z-5555555"
#define INTERRUPTED "results/interrupted-2c-2t-8g/20261114T080000Z-6666666"
#define SINGLE "results/single-cell-1c-1t-1g/20261119T080000Z-1111111"

static inline void folder_shell(const char *command)
{
    CHECK_EQ(system(command), 0);
}

/* A copy of a fixture in a folder of its own; folder_drop() removes it. */
static inline void folder_copy(char to[static FOLDER_SIZE], const char *fixture)
{
    char command[4 * FOLDER_SIZE], base[] = "/tmp/quartet-report-XXXXXX";
    CHECK(mkdtemp(base) != NULL);
    snprintf(to, FOLDER_SIZE, "%s/campaign", base);
    snprintf(command, sizeof command, "cp -r '%s/%s' '%s'", FIXTURES, fixture, to);
    folder_shell(command);
}

static inline void folder_drop(const char *folder)
{
    char command[2 * FOLDER_SIZE];
    CHECK(strncmp(folder, "/tmp/quartet-report-", 20) == 0);
    snprintf(command, sizeof command, "rm -rf '%.27s'",
             folder); /* the base of folder_copy */
    folder_shell(command);
}

static inline bool folder_has(const char *folder, const char *name)
{
    char path[2 * FOLDER_SIZE];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

/* The text of a file; the caller frees it. */
static inline char *folder_text(const char *folder, const char *name)
{
    char path[2 * FOLDER_SIZE], *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    CHECK(getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    return text;
}

static inline bool folder_says(const char *folder, const char *name, const char *what)
{
    char *text = folder_text(folder, name);
    bool found = strstr(text, what) != NULL;
    free(text);
    return found;
}

/* How many entries of a folder have `part` in their name. */
static inline unsigned folder_count(const char *folder, const char *inner,
                                    const char *part)
{
    char path[2 * FOLDER_SIZE];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/%s", folder, inner);
    DIR *dir = opendir(path);
    CHECK(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strstr(entry->d_name, part) != NULL;
    closedir(dir);
    return count;
}

#endif
