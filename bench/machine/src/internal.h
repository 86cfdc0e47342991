/* internal.h - what the files of bench/machine share and nobody else sees. */
#ifndef BENCH_MACHINE_INTERNAL_H
#define BENCH_MACHINE_INTERNAL_H

#include "../machine.h"

#include <hwloc.h>

/* Written by machine_open() only.
 *
 * Two topologies, because they answer two questions: `hardware` holds every CPU of the
 * machine (it names the machine and must not change under taskset), `usable` only those
 * that this process may run on (it places workers). */
struct machine {
    char *root;
    hwloc_topology_t hardware;
    hwloc_topology_t usable;
    bool can_bind;
    char *allowed; /* the usable CPUs as a list */
    struct machine_quota quota;
};

/* Fills `error` (where not NULL) like printf and returns `status`. */
__attribute__((format(printf, 3, 4))) int
machine_fail(struct machine_error *error, int status, const char *format, ...);

/* ---- read.c: files of /proc and /sys under a root. Nothing here fails: what cannot be
 * read is false or NULL. Characters outside printable ASCII become '?'. */

/* The whole file, without the newline at its end. Owns: the caller, free(). */
char *machine_read_file(const char *root, const char *path);
/* The first line, cut to `size`; false where there is none or it is empty. */
bool machine_read_line(const char *root, const char *path, char *text, size_t size);
/* The value of the first line "key: value" (blanks before and after the colon do not
 * count). */
bool machine_read_key(const char *root, const char *path, const char *key, char *text,
                      size_t size);
/* The number that the file's first line begins with. */
bool machine_read_number(const char *root, const char *path, long long *number);
/* The bracketed word of a choice such as "always [madvise] never". */
bool machine_read_choice(const char *root, const char *path, char *text, size_t size);
/* A field of /proc/meminfo in bytes. */
bool machine_read_memory(const char *root, const char *key, uint64_t *bytes);

/* ---- facts.c: what fingerprint and doctor both ask. False where unknown. */

bool machine_cpu_model(const struct machine *machine, char *text, size_t size);
/* The governors in use, each once: "performance" or "performance, powersave". */
bool machine_governors(const struct machine *machine, char *text, size_t size);
/* "on" or "off". */
bool machine_turbo(const char *root, char *text, size_t size);
bool machine_smt(const char *root, char *text, size_t size);
/* The hypervisor's name, "yes" where there is one that hides its name, "none". */
bool machine_hypervisor(const char *root, char *text, size_t size);
/* 0 where this process can count its own cycles, else the negative errno of trying. */
int machine_perf_status(void);
/* Objects of a kind among all the hardware; cores fall back to hardware threads. */
unsigned machine_count(const struct machine *machine, hwloc_obj_type_t type);

#endif
