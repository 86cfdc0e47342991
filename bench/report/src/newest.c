#include "files.h"
#include "report.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folders are named by their start in UTC, so the newest sorts last, whatever its
 * machine. */
static void look_into(const char *machine_dir, char *newest, char *path, size_t path_size)
{
    DIR *dir = opendir(machine_dir);
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char found[REPORT_PATH_SIZE], summary[REPORT_PATH_SIZE + 16];
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, newest) <= 0)
            continue;
        int length = snprintf(found, sizeof found, "%s/%s", machine_dir, entry->d_name);
        if (length >= (int)sizeof found || (size_t)length >= path_size)
            continue;
        snprintf(summary, sizeof summary, "%s/summary.json", found);
        if (access(summary, F_OK) != 0)
            continue;
        strcpy(newest, entry->d_name);
        strcpy(path, found);
    }
    closedir(dir);
}

int report_newest(const char *results_dir, char *path, size_t path_size)
{
    assert(path_size > 0);
    DIR *dir = opendir(results_dir);
    if (dir == NULL)
        return -errno;
    char newest[NAME_MAX + 1] = "";
    path[0] = '\0';
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char machine[REPORT_PATH_SIZE];
        if (entry->d_name[0] == '.' ||
            snprintf(machine, sizeof machine, "%s/%s", results_dir, entry->d_name) >=
                (int)sizeof machine)
            continue;
        look_into(machine, newest, path, path_size);
    }
    closedir(dir);
    return *path != '\0' ? 0 : -ENOENT;
}
