/* machine.h - what this machine is, where workers go on it, and how quiet it is.
 *
 * A `struct machine` is a picture taken once: the topology (hwloc), the CPUs this process
 * may use (taskset and cpuset cgroups), the CPU quota of its cgroup and a root directory
 * under which the files of /proc and /sys are read. What a kernel or a container does not
 * show is "unknown" and never an error.
 *
 * Thread: a machine is not changed after machine_open(), so any thread may read it.
 * CPU numbers are the operating system's (those of taskset), not hwloc's logical ones.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* More workers than this are refused, so that a slip of the finger starts no 10^6
 * threads. */
#define MACHINE_WORKERS_MAX 1024u

/* One clear line for stderr, without a newline; "" after success. */
struct machine_error {
    char text[256];
};

struct machine;

/* ---- opening ------------------------------------------------------------- */

/* Takes the picture; while it does, no other thread may change its binding. `root` stands
 * before every path read ("" or NULL: this machine; a test gives a folder with its own
 * proc/ and sys/). The topology comes from hwloc and so obeys HWLOC_SYNTHETIC and
 * HWLOC_XMLFILE; such a topology is not this machine and binds nothing. May: fail. Owns:
 * the caller, machine_close(). Errors: -ENOMEM, -EINVAL (a topology hwloc cannot read),
 * with `error` filled. */
int machine_open(const char *root, struct machine **machine, struct machine_error *error);
void machine_close(struct machine *machine);

/* Whether the topology is that of the machine we run on, so that workers can be bound. */
bool machine_can_bind(const struct machine *machine);

/* Cores and processing units (hardware threads) this process may use; both at least 1. */
unsigned machine_cores(const struct machine *machine);
unsigned machine_pus(const struct machine *machine);

/* The CPUs this process may use, as "0-3,8". Owns: the machine. */
const char *machine_allowed(const struct machine *machine);

/* ---- placement ----------------------------------------------------------- */

enum machine_policy {
    MACHINE_ONE_PER_CORE, /* the first hardware thread of each core; the default */
    MACHINE_COMPACT,      /* neighbouring hardware threads */
    MACHINE_SCATTER,      /* as far apart as the topology allows */
    MACHINE_NONE,         /* not bound: the kernel chooses */
    MACHINE_EXPLICIT,     /* the CPUs of a list, in its order */
};

/* What stands after --place. */
struct machine_place {
    enum machine_policy policy;
    unsigned count; /* of cpus[]; 0 unless the policy is explicit */
    int cpus[MACHINE_WORKERS_MAX];
};

/* Where each worker goes: worker i to cpus[i] (-1: not bound). `seats` is where the
 * policy puts it, also on a topology that is not this machine and so binds nothing; a
 * runtime gets `cpus`. */
struct machine_placement {
    enum machine_policy policy;
    unsigned workers;
    bool bound; /* cpus[] holds CPUs: the policy is not none and machine_can_bind() */
    bool oversubscribed; /* more workers than the policy has places: some share one */
    int cpus[MACHINE_WORKERS_MAX];
    int seats[MACHINE_WORKERS_MAX];
    char warning[256]; /* "" or one line: oversubscribed, quota below workers, unbound */
};

/* Reads one-per-core, compact, scatter, none or explicit:LIST (as 0,2,4-7). Whether the
 * CPUs exist is seen by machine_assign(). Errors: -EINVAL with `error` filled. */
int machine_place_parse(const char *text, struct machine_place *place,
                        struct machine_error *error);

/* The canonical text of a place ("explicit:0,2,4"), which parses back to the same; it is
 * the `placement` of a cell's key. Returns the length as snprintf does. */
int machine_place_format(const struct machine_place *place, char *text, size_t size);

/* Reads a number of workers from 1 to MACHINE_WORKERS_MAX. Errors: -EINVAL with `error`
 * filled. */
int machine_workers_parse(const char *text, unsigned *workers,
                          struct machine_error *error);

/* Gives every worker its CPU. Past the policy's set it begins again at the set's first
 * CPU and marks `oversubscribed`. Errors: -EINVAL with `error` filled: workers 0 or
 * beyond MACHINE_WORKERS_MAX, an explicit CPU that does not exist or is not allowed. */
int machine_assign(const struct machine *machine, const struct machine_place *place,
                   unsigned workers, struct machine_placement *placement,
                   struct machine_error *error);

/* Whether thread `tid` of this process may run on `cpu` only, and last ran there. A
 * thread that bound itself passes from then on. Errors: -EXDEV where it may run elsewhere
 * or ran elsewhere, -ESRCH where there is no such thread, with `error` filled. */
int machine_verify_thread(pid_t tid, int cpu, struct machine_error *error);

/* Whether this process has, for every CPU of the placement, as many threads bound to just
 * that CPU as it has workers there. Other threads may be anywhere. A placement that is
 * not bound passes. Errors: -EXDEV with `error` naming the CPU. */
int machine_verify_process(const struct machine_placement *placement,
                           struct machine_error *error);

/* ---- how quiet it is ----------------------------------------------------- */

/* CPU time of the whole machine since boot, from /proc/stat. */
struct machine_cpu_time {
    bool known;
    uint64_t busy_ns;  /* user, nice, system, irq, softirq of all tasks; ticks of 10 ms */
    uint64_t steal_ns; /* taken by the hypervisor for others */
};

void machine_cpu_time_read(const char *root, struct machine_cpu_time *time);

/* What others used between two readings: the machine's busy time less our own (of
 * rusage), 0 where the clock tick makes it negative. False where a reading is unknown. */
bool machine_foreign_time(const struct machine_cpu_time *before,
                          const struct machine_cpu_time *after, uint64_t own_ns,
                          uint64_t *foreign_ns, uint64_t *steal_ns);

/* "some avg10" of /proc/pressure/cpu in percent; negative where unknown. */
double machine_pressure(const char *root);

/* The CPU quota of this process's cgroup, the smallest on the way to the root (v2
 * cpu.max, v1 cpu.cfs_quota_us). */
enum machine_quota_state { MACHINE_QUOTA_UNKNOWN, MACHINE_QUOTA_NONE, MACHINE_QUOTA_SET };
struct machine_quota {
    enum machine_quota_state state;
    double cpus; /* where set: CPU seconds a second */
};
struct machine_quota machine_quota_read(const char *root);

/* ---- what it is ---------------------------------------------------------- */

#define MACHINE_SLUG_SIZE 80

/* A name of the hardware for a results folder, as "amd-epyc-2c-2t-24g": [a-z0-9-] only,
 * without the host's name, the same after a reboot and under taskset. */
void machine_slug(const struct machine *machine, char slug[MACHINE_SLUG_SIZE]);

/* Everything that a reader needs to judge a figure: strings, numbers and objects;
 * "unknown" where it is not shown. Owns: the caller, json_decref(). NULL only without
 * memory. */
json_t *machine_fingerprint(const struct machine *machine);

/* Writes the hardware's topology as hwloc XML (path "-": stdout). Errors: negative errno
 * with `error` filled. */
int machine_topology_xml(const struct machine *machine, const char *path,
                         struct machine_error *error);

/* Prints packages, caches, cores and hardware threads as an indented tree, marking the
 * CPUs that are not allowed, and behind each CPU the workers that `placement` (or NULL)
 * puts there. */
void machine_topology_print(const struct machine *machine,
                            const struct machine_placement *placement, FILE *out);

/* ---- doctor -------------------------------------------------------------- */

enum machine_verdict {
    MACHINE_OK,
    MACHINE_WARN,    /* figures will be worse or less certain */
    MACHINE_UNSHOWN, /* this kernel or container does not show it */
    MACHINE_LACKS,   /* nothing can be measured without it */
};

struct machine_check {
    const char *name;
    enum machine_verdict verdict;
    char text[192]; /* what was found */
    char mend[192]; /* the command that mends it; "" where none does or none is needed */
};

typedef void machine_check_visit(void *context, const struct machine_check *check);

/* Looks at everything that disturbs a measurement and visits one check after the other,
 * in a fixed order; changes nothing. `results` is the folder that must have room (its
 * nearest existing parent is looked at); `workers` are those meant to run (0: one a
 * core). Returns how many checks have the verdict MACHINE_LACKS. */
unsigned machine_doctor(const struct machine *machine, const char *results,
                        unsigned workers, machine_check_visit *visit, void *context);

/* "OK", "WARN", "unknown" or "LACKS". */
const char *machine_verdict_name(enum machine_verdict verdict);

#endif
