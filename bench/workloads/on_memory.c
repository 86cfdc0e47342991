#include "on_memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB 1024u

/* The number behind "Name:" in /proc/self/status, in bytes. */
static uint64_t status_bytes(const char *status, const char *name)
{
    const char *line = strstr(status, name);
    return line == NULL ? 0 : strtoull(line + strlen(name), NULL, 10) * KIB;
}

struct on_memory on_memory_now(void)
{
    char status[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
    if (fd >= 0)
        close(fd);
    status[length > 0 ? length : 0] = '\0';
    return (struct on_memory){status_bytes(status, "\nVmRSS:"),
                              status_bytes(status, "\nVmPTE:")};
}

static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

void on_memory_visit(const struct on_memory *start, const struct on_memory *parked,
                     workload_visit *visit, void *context)
{
    if (parked->resident_bytes == 0)
        return;
    visit(context, "parked_bytes", grown(parked->resident_bytes, start->resident_bytes));
    visit(context, "parked_table_bytes", grown(parked->table_bytes, start->table_bytes));
}
