/* place.c - which worker goes to which CPU.
 *
 * A policy lays out a row of seats (CPUs); worker i sits on seat i modulo the row's
 * length, so more workers than seats share them and the placement says so. On `pack:2
 * [numa] l3:2 core:4 pu:2` the rows for 8 workers begin: compact 0 1 2 3, one-per-core 0
 * 2 4 6, scatter 0 4 8 12.
 */
#include "internal.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum machine_policy policy;
} POLICIES[] = {
    {"one-per-core", MACHINE_ONE_PER_CORE},
    {"compact", MACHINE_COMPACT},
    {"scatter", MACHINE_SCATTER},
    {"none", MACHINE_NONE},
};
static const char EXPLICIT[] = "explicit:";

/* ---- text ---------------------------------------------------------------- */

/* A CPU number at the cursor, which is moved behind it. sched_setaffinity()'s set of
 * fixed size ends at CPU_SETSIZE, so no worker can be bound beyond it. */
static int parse_cpu(const char **cursor, int *cpu, struct machine_error *error)
{
    if (!isdigit((unsigned char)**cursor))
        return machine_fail(error, -EINVAL, "a CPU number was expected at \"%s\"",
                            *cursor);
    char *end;
    errno = 0;
    unsigned long value = strtoul(*cursor, &end, 10);
    if (errno != 0 || value >= CPU_SETSIZE)
        return machine_fail(error, -EINVAL, "CPU %.*s is beyond the highest possible, %d",
                            (int)(end - *cursor), *cursor, CPU_SETSIZE - 1);
    *cursor = end;
    *cpu = (int)value;
    return 0;
}

static int append_cpu(struct machine_place *place, int cpu, struct machine_error *error)
{
    for (unsigned i = 0; i < place->count; i++)
        if (place->cpus[i] == cpu)
            return machine_fail(error, -EINVAL, "CPU %d stands twice in the list", cpu);
    /* Without duplicates and below CPU_SETSIZE the list always fits. */
    _Static_assert(CPU_SETSIZE <= MACHINE_WORKERS_MAX,
                   "an explicit list fits into a place");
    assert(place->count < MACHINE_WORKERS_MAX && cpu >= 0);
    place->cpus[place->count++] = cpu;
    return 0;
}

/* "4" or "4-7" at the cursor. */
static int parse_range(const char **cursor, struct machine_place *place,
                       struct machine_error *error)
{
    int first = 0, last = 0, status = parse_cpu(cursor, &first, error);
    if (status != 0)
        return status;
    last = first;
    if (**cursor == '-') {
        ++*cursor;
        status = parse_cpu(cursor, &last, error);
        if (status == 0 && last < first)
            status = machine_fail(error, -EINVAL, "the range %d-%d runs backwards", first,
                                  last);
    }
    for (int cpu = first; status == 0 && cpu <= last; cpu++)
        status = append_cpu(place, cpu, error);
    return status;
}

static int parse_list(const char *text, struct machine_place *place,
                      struct machine_error *error)
{
    if (*text == '\0')
        return machine_fail(error, -EINVAL,
                            "explicit: needs a list of CPUs, as explicit:0,2,4-7");
    const char *cursor = text;
    assert(place->policy == MACHINE_EXPLICIT && place->count == 0);
    for (;;) {
        int status = parse_range(&cursor, place, error);
        if (status != 0)
            return status;
        if (*cursor == '\0')
            return 0;
        if (*cursor != ',')
            return machine_fail(error, -EINVAL, "a comma was expected at \"%s\"", cursor);
        cursor++;
    }
}

int machine_place_parse(const char *text, struct machine_place *place,
                        struct machine_error *error)
{
    assert(text != NULL);
    memset(place, 0, sizeof *place);
    if (error)
        error->text[0] = '\0';
    for (size_t i = 0; i < sizeof POLICIES / sizeof *POLICIES; i++) {
        if (strcmp(text, POLICIES[i].name) == 0) {
            place->policy = POLICIES[i].policy;
            return 0;
        }
    }
    if (strncmp(text, EXPLICIT, sizeof EXPLICIT - 1) == 0) {
        place->policy = MACHINE_EXPLICIT;
        return parse_list(text + sizeof EXPLICIT - 1, place, error);
    }
    return machine_fail(
        error, -EINVAL,
        "no placement is called \"%.64s\": one-per-core, compact, scatter, none or "
        "explicit:LIST",
        text);
}

int machine_workers_parse(const char *text, unsigned *workers,
                          struct machine_error *error)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    /* strtoul also takes blanks and signs. */
    if (!isdigit((unsigned char)*text) || *end || errno != 0 || value < 1 ||
        value > MACHINE_WORKERS_MAX)
        return machine_fail(error, -EINVAL,
                            "\"%.32s\" workers: from 1 to %u are possible", text,
                            MACHINE_WORKERS_MAX);
    *workers = (unsigned)value;
    return 0;
}

/* snprintf at an offset that may already lie beyond the room. */
__attribute__((format(printf, 4, 5))) static void
add_text(char *text, size_t size, size_t *length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    assert(*length <= 8 * (size_t)MACHINE_WORKERS_MAX); /* "1023," each, and the word */
    bool room = *length < size;
    int added = vsnprintf(room ? text + *length : NULL, room ? size - *length : 0, format,
                          arguments);
    va_end(arguments);
    if (added > 0)
        *length += (size_t)added;
}

int machine_place_format(const struct machine_place *place, char *text, size_t size)
{
    for (size_t i = 0; i < sizeof POLICIES / sizeof *POLICIES; i++)
        if (place->policy == POLICIES[i].policy)
            return snprintf(text, size, "%s", POLICIES[i].name);
    assert(place->policy == MACHINE_EXPLICIT && place->count <= MACHINE_WORKERS_MAX);
    size_t length = 0;
    add_text(text, size, &length, "%s", EXPLICIT);
    for (unsigned i = 0; i < place->count; i++)
        add_text(text, size, &length, i == 0 ? "%d" : ",%d", place->cpus[i]);
    return (int)length;
}

/* ---- rows of seats ------------------------------------------------------- */

/* Owned by machine_assign(); as long as the policy has different places to offer. */
struct row {
    unsigned length, room;
    int *cpus;
};

static void add_seat(struct row *row, int cpu)
{
    assert(row->length < row->room);
    assert(cpu >= 0);
    row->cpus[row->length++] = cpu;
}

static void row_of_objects(hwloc_topology_t topology, hwloc_obj_type_t type,
                           struct row *row)
{
    for (hwloc_obj_t object = NULL;
         (object = hwloc_get_next_obj_by_type(topology, type, object)) != NULL;) {
        add_seat(row, hwloc_bitmap_first(object->cpuset));
    }
}

/* hwloc_distrib() gives each worker a part of the tree; of it we take one CPU. With no
 * more workers than CPUs the parts do not overlap. */
static int row_of_scatter(hwloc_topology_t topology, unsigned seats, struct row *row)
{
    assert(seats > 0 && seats <= row->room);
    hwloc_cpuset_t *sets = calloc(seats, sizeof *sets);
    hwloc_obj_t root = hwloc_get_root_obj(topology);
    if (!sets || hwloc_distrib(topology, &root, 1, sets, seats, INT_MAX, 0) != 0) {
        free(sets);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < seats; i++) {
        add_seat(row, hwloc_bitmap_first(sets[i]));
        hwloc_bitmap_free(sets[i]);
    }
    free(sets);
    return 0;
}

static int row_of_list(const struct machine *machine, const struct machine_place *place,
                       struct row *row, struct machine_error *error)
{
    hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(machine->usable);
    for (unsigned i = 0; i < place->count; i++) {
        unsigned cpu = (unsigned)place->cpus[i];
        if (!hwloc_get_pu_obj_by_os_index(machine->hardware, cpu))
            return machine_fail(error, -EINVAL, "this machine has no CPU %u", cpu);
        if (!hwloc_bitmap_isset(allowed, cpu))
            return machine_fail(error, -EINVAL,
                                "CPU %u is not allowed here (taskset or cgroup): only %s",
                                cpu, machine->allowed);
        add_seat(row, place->cpus[i]);
    }
    return 0;
}

static int lay_out(const struct machine *machine, const struct machine_place *place,
                   unsigned workers, struct row *row, struct machine_error *error)
{
    unsigned pus = machine_pus(machine);
    bool cores = hwloc_get_nbobjs_by_type(machine->usable, HWLOC_OBJ_CORE) > 0;
    switch (place->policy) {
    case MACHINE_ONE_PER_CORE:
        row_of_objects(machine->usable, cores ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU, row);
        break;
    case MACHINE_COMPACT:
        row_of_objects(machine->usable, HWLOC_OBJ_PU, row);
        break;
    case MACHINE_SCATTER:
        return row_of_scatter(machine->usable, workers < pus ? workers : pus, row);
    case MACHINE_EXPLICIT:
        return row_of_list(machine, place, row, error);
    case MACHINE_NONE:
        row->length = pus; /* the kernel may use them all */
        break;
    }
    return 0;
}

/* The worst thing to know about a placement, worst first. */
static void warn(const struct machine *machine, struct machine_placement *placement,
                 unsigned seats)
{
    char *text = placement->warning;
    assert(*text == '\0' && seats > 0);
    size_t size = sizeof placement->warning;
    if (machine->quota.state == MACHINE_QUOTA_SET &&
        machine->quota.cpus < (double)placement->workers)
        snprintf(text, size,
                 "the cgroup's quota is %.4g CPUs for %u workers: they will be stopped",
                 machine->quota.cpus, placement->workers);
    else if (placement->oversubscribed)
        snprintf(text, size, "%u workers on %u places: oversubscribed",
                 placement->workers, seats);
    else if (!placement->bound && placement->policy != MACHINE_NONE)
        snprintf(text, size,
                 "workers cannot be bound: this is not the topology of this machine");
}

int machine_assign(const struct machine *machine, const struct machine_place *place,
                   unsigned workers, struct machine_placement *placement,
                   struct machine_error *error)
{
    if (workers == 0 || workers > MACHINE_WORKERS_MAX)
        return machine_fail(error, -EINVAL, "%u workers: from 1 to %u are possible",
                            workers, MACHINE_WORKERS_MAX);
    unsigned room = machine_pus(machine) + place->count;
    struct row row = {0, room, calloc(room, sizeof *row.cpus)};
    int status = row.cpus ? lay_out(machine, place, workers, &row, error) : -ENOMEM;
    if (status == -ENOMEM)
        machine_fail(error, status, "no memory to place %u workers", workers);
    if (status == 0) {
        assert(row.length > 0 && row.length <= row.room);
        *placement = (struct machine_placement){
            .policy = place->policy,
            .workers = workers,
            .bound = place->policy != MACHINE_NONE && machine->can_bind,
            .oversubscribed = workers > row.length,
        };
        for (unsigned i = 0; i < workers; i++) {
            bool seated = place->policy != MACHINE_NONE;
            placement->seats[i] = seated ? row.cpus[i % row.length] : -1;
            placement->cpus[i] = placement->bound ? placement->seats[i] : -1;
        }
        warn(machine, placement, row.length);
        if (error)
            error->text[0] = '\0';
    }
    free(row.cpus);
    return status;
}
