/* slug.c - a name for the hardware: CPU, cores, hardware threads, memory.
 *
 * It names a folder of results, so it must come out the same after a reboot, under
 * taskset and in a container. The kernel's MemTotal misses what firmware and kernel keep
 * for themselves, a little different each time: it is rounded up to a size that memory is
 * sold in.
 */
#include "internal.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

/* Words of a CPU's name that tell nothing. "64-Core" is counted by ourselves. */
static bool is_noise(const char *word, size_t length)
{
    static const char *const noise[] = {"cpu",  "processor", "r",       "tm",
                                        "with", "radeon",    "graphics"};
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        if (strlen(noise[i]) == length && strncmp(word, noise[i], length) == 0)
            return true;
    static const char core[] = "-core";
    size_t tail = sizeof core - 1;
    return length > tail && isdigit((unsigned char)*word) &&
           strncmp(word + length - tail, core, tail) == 0;
}

/* Appends a word and a dash if both fit whole. */
static void append_word(char *slug, size_t size, const char *word, size_t length)
{
    size_t used = strlen(slug);
    assert(used < size);
    if (length == 0 || is_noise(word, length) || used + length + 2 > size)
        return;
    memcpy(slug + used, word, length);
    memcpy(slug + used + length, "-", 2);
}

/* "AMD EPYC 7763 64-Core Processor" becomes "amd-epyc-7763-"; the clock behind '@' is
 * left out. A dash stays inside a word ("i7-1260p"), never at its edge. */
static void append_model(char *slug, size_t size, const char *model)
{
    char word[48];
    assert(*slug == '\0');
    size_t length = 0;
    for (const char *at = model;; at++) {
        bool end = *at == '\0' || *at == '@';
        char c = (char)tolower((unsigned char)*at);
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!end && (letter || (c == '-' && length > 0)) && length < sizeof word) {
            word[length++] = c;
            continue;
        }
        while (length > 0 && word[length - 1] == '-')
            length--;
        assert(length == 0 || word[0] != '-');
        append_word(slug, size, word, length);
        length = 0;
        if (end)
            return;
    }
}

/* Rounds up to a number with three significant binary digits: 23 to 24, 62 to 64. */
static uint64_t sold_size(uint64_t units)
{
    uint64_t step = 1;
    assert(units > 0);
    while (units / step >= 8)
        step *= 2;
    uint64_t rounded = (units + step - 1) / step * step;
    assert(rounded >= units && rounded - units <= units / 4);
    return rounded;
}

static void memory_text(const struct machine *machine, char *text, size_t size)
{
    uint64_t bytes;
    const uint64_t mib = UINT64_C(1) << 20, gib = UINT64_C(1) << 30;
    *text = '\0';
    if (!machine_read_memory(machine->root, "MemTotal", &bytes) || bytes == 0)
        return;
    if (bytes > gib)
        snprintf(text, size, "-%llug",
                 (unsigned long long)sold_size((bytes + gib - 1) / gib));
    else
        snprintf(text, size, "-%llum",
                 (unsigned long long)sold_size((bytes + mib - 1) / mib));
}

void machine_slug(const struct machine *machine, char slug[MACHINE_SLUG_SIZE])
{
    char model[128], memory[32];
    slug[0] = '\0';
    /* A topology from elsewhere must not put its figures into this machine's folder. */
    if (!hwloc_topology_is_thissystem(machine->hardware))
        snprintf(model, sizeof model, "synthetic");
    else if (!machine_cpu_model(machine, model, sizeof model))
        snprintf(model, sizeof model, "unknown");
    append_model(slug, MACHINE_SLUG_SIZE - 32, model);
    if (slug[0] == '\0')
        append_model(slug, MACHINE_SLUG_SIZE - 32, "unknown");
    memory_text(machine, memory, sizeof memory);
    size_t used = strlen(slug);
    snprintf(slug + used, MACHINE_SLUG_SIZE - used, "%uc-%ut%s",
             machine_count(machine, HWLOC_OBJ_CORE), machine_count(machine, HWLOC_OBJ_PU),
             memory);
    assert(strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(slug));
}
