/* A runtime as a table of text, as etop prints a BEAM. */
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_ROOM = 40 };

struct label {
    char text[LABEL_ROOM];
};

/* As actors' own reports write it. */
static struct label pid_label(actor_pid pid)
{
    struct label label = {"-"};
    if (pid != 0)
        snprintf(label.text, sizeof label.text, "<%u.%u>", (unsigned)(uint32_t)pid,
                 (unsigned)(pid >> 32));
    return label;
}

/* Its name, if the linker kept it; else its place in its file, for addr2line. */
static struct label function_label(void (*function)(void *))
{
    struct label label = {"-"};
    Dl_info info;
    if (function == NULL)
        return label;
    void *address = (void *)(uintptr_t)function;
    if (dladdr(address, &info) == 0) {
        snprintf(label.text, sizeof label.text, "%p", address);
    } else if (info.dli_sname != NULL && info.dli_saddr == address) {
        snprintf(label.text, sizeof label.text, "%s", info.dli_sname);
    } else {
        const char *file = strrchr(info.dli_fname, '/');
        snprintf(label.text, sizeof label.text, "%s+0x%" PRIxPTR,
                 file == NULL ? info.dli_fname : file + 1,
                 (uintptr_t)address - (uintptr_t)info.dli_fbase);
    }
    return label;
}

static void print_totals(FILE *stream, const struct actors_snapshot *snapshot)
{
    fprintf(stream,
            "actors %s: %u schedulers, %u of %u processes, %" PRIu64
            " runnable, %u names, "
            "%" PRIu64 " timers\n",
            ACTORS_VERSION, snapshot->schedulers, snapshot->processes,
            snapshot->process_limit, snapshot->runnable, snapshot->names,
            snapshot->pending_timers);
    fprintf(stream,
            "KiB: %" PRIu64 " of %u descriptors, %" PRIu64 " in pools, %" PRIu64
            " shared, %" PRIu64 " of addresses for %" PRIu64 " stacks, %" PRIu64
            " idle\n\n",
            snapshot->table_bytes / 1024, snapshot->process_slots,
            snapshot->pool_bytes / 1024, snapshot->shared_bytes / 1024,
            snapshot->stack_bytes / 1024, snapshot->stacks, snapshot->stacks_idle);
}

static void print_scheduler(FILE *stream, unsigned index,
                            const struct actors_scheduler *row)
{
    static const char *const names[] = {"running", "stealing", "sleeping", "halted"};
    double wall = row->wall_ns == 0 ? 1 : (double)row->wall_ns / 100;
    const uint32_t *runnable = row->runnable;
    fprintf(stream,
            "%9u %-8s %-14s %6.1f %6.1f %6.1f %5u %5u %6u %5u %10" PRIu64 " %12" PRIu64
            " %10" PRIu64 " %10" PRIu64 " %9" PRIu64 " %8" PRIu64 "\n",
            index, names[row->activity], pid_label(row->running).text,
            (double)row->spent_ns[ACTORS_RUNNING] / wall,
            (double)row->spent_ns[ACTORS_STEALING] / wall,
            (double)row->spent_ns[ACTORS_SLEEPING] / wall, runnable[ACTOR_MAX],
            runnable[ACTOR_HIGH], runnable[ACTOR_NORMAL], runnable[ACTOR_LOW], row->turns,
            row->reductions, row->sent, row->received, row->preempted, row->stolen);
}

static void print_process(FILE *stream, const struct actors_process *row)
{
    static const char *const states[] = {"runnable", "running", "waiting", "suspended",
                                         "hibernating"};
    static const char *const priorities[] = {"normal", "low", "high", "max"};
    fprintf(stream,
            "%-14s %-12.12s %-11s %-6s %8" PRIu64 " %12" PRIu64 " %9" PRIu64 " %10" PRIu64
            " %9" PRIu64 " %-14s %s\n",
            pid_label(row->pid).text, row->name[0] == 0 ? "-" : row->name,
            states[row->status], priorities[row->priority], row->messages,
            row->reductions, row->relations, row->heap_bytes, row->stack_bytes,
            pid_label(row->parent).text, function_label(row->initial).text);
}

/* Those that have done the most, so far. */
struct ranking {
    struct actors_process *rows;
    size_t room, count;
};

static void rank(void *context, const struct actors_process *row)
{
    struct ranking *ranking = context;
    size_t at = ranking->count;
    while (at > 0 && ranking->rows[at - 1].reductions < row->reductions)
        at--;
    if (at == ranking->room)
        return;
    if (ranking->count < ranking->room)
        ranking->count++;
    memmove(&ranking->rows[at + 1], &ranking->rows[at],
            (ranking->count - at - 1) * sizeof *row);
    ranking->rows[at] = *row;
}

static void print_schedulers(FILE *stream, const struct actors_scheduler *rows,
                             unsigned count)
{
    fprintf(stream,
            "%9s %-8s %-14s %6s %6s %6s %5s %5s %6s %5s %10s %12s %10s %10s %9s %8s\n",
            "scheduler", "state", "process", "run%", "steal%", "sleep%", "max", "high",
            "normal", "low", "turns", "reductions", "sent", "received", "preempted",
            "stolen");
    for (unsigned i = 0; i < count; i++)
        print_scheduler(stream, i, &rows[i]);
}

static void print_processes(FILE *stream, const struct ranking *ranking)
{
    fprintf(stream, "\n%-14s %-12s %-11s %-6s %8s %12s %9s %10s %9s %-14s %s\n", "pid",
            "name", "status", "prio", "messages", "reductions", "relations", "heap",
            "stack", "parent", "initial");
    for (size_t i = 0; i < ranking->count; i++)
        print_process(stream, &ranking->rows[i]);
}

int actors_print(FILE *stream, struct actors *runtime, size_t processes)
{
    unsigned count = runtime->config.schedulers;
    struct ranking ranking = {.room = processes < runtime->config.process_limit
                                          ? processes
                                          : runtime->config.process_limit};
    struct actors_snapshot snapshot;
    struct actors_scheduler *rows = calloc(count, sizeof *rows);
    ranking.rows = calloc(ranking.room + 1, sizeof *ranking.rows);
    int rc = rows == NULL || ranking.rows == NULL ? -ENOMEM : 0;
    if (rc == 0) {
        actors_snapshot(runtime, &snapshot, rows, count);
        if (ranking.room > 0)
            actors_visit_processes(runtime, rank, &ranking);
        assert(ranking.count <= ranking.room);
        print_totals(stream, &snapshot);
        print_schedulers(stream, rows, count);
        if (ranking.room > 0)
            print_processes(stream, &ranking);
        if (ferror(stream))
            rc = -EIO;
    }
    free(rows);
    free(ranking.rows);
    return rc;
}
