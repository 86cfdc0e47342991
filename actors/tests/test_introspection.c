/* Looking at a runtime while it works: a thread of its own reads what processes do. */
#include "bodies_introspection.h"

#include <core/worker.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { SCHEDULERS = 64 };

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Runs `body` beside `watch`, a thread outside the runtime. */
static void play(struct stage *stage, unsigned schedulers, void (*body)(void *),
                 void *(*watch)(void *))
{
    pthread_t thread;
    struct actors_config config = {.schedulers = schedulers, .process_limit = 3000};
    CHECK_EQ(actors_start(&config, &stage->runtime), 0);
    if (watch != NULL)
        CHECK_EQ(pthread_create(&thread, NULL, watch, stage), 0);
    CHECK_EQ(actors_run(stage->runtime, body, stage), 0);
    if (watch != NULL)
        CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void check_split(const struct actors_scheduler *row)
{
    uint64_t sum_ns = 0;
    for (unsigned i = 0; i < ACTORS_ACTIVITIES; i++)
        sum_ns += row->spent_ns[i];
    CHECK_EQ(sum_ns, row->wall_ns);
}

/* --- the split of time ------------------------------------------------------------- */

/* Waits until one scheduler runs the hog and the other sleeps; which one runs it. */
static unsigned find_hog(struct stage *stage, struct actors_scheduler rows[2])
{
    struct actors_snapshot snapshot;
    for (;;) {
        actors_snapshot(stage->runtime, &snapshot, rows, 2);
        actor_pid hog = core_load_relaxed(&stage->hog); /* 0: not yet */
        for (unsigned i = 0; i < 2; i++)
            if (hog != 0 && rows[i].running == hog &&
                rows[1 - i].activity == ACTORS_SLEEPING)
                return i;
        sleep_ms(1);
    }
}

static void *watch_hog(void *argument)
{
    struct stage *stage = argument;
    struct actors_scheduler before[2], after[2];
    struct actors_snapshot snapshot;
    unsigned busy = find_hog(stage, before);
    sleep_ms(20);
    actors_snapshot(stage->runtime, &snapshot, after, 2);
    CHECK(after[busy].running == before[busy].running);
    CHECK_EQ(after[1 - busy].running, 0);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t wall_ns = after[i].wall_ns - before[i].wall_ns;
        enum actors_activity is = i == busy ? ACTORS_RUNNING : ACTORS_SLEEPING;
        check_split(&before[i]);
        check_split(&after[i]);
        CHECK(wall_ns >= 20 * (uint64_t)MS);
        CHECK_EQ(after[i].activity, is);
        CHECK_EQ(after[i].spent_ns[is] - before[i].spent_ns[is], wall_ns);
    }
    core_store_relaxed(&stage->stop, true); /* only stops a loop */
    return NULL;
}

/* All of the time there is running, all of it sleeping at the other one. */
static void a_loop_keeps_one_scheduler_busy(void)
{
    struct stage stage = {.rounds = 0};
    play(&stage, 2, stage_hog, watch_hog);
    actors_stop(stage.runtime);
}

static void *watch_traffic(void *argument)
{
    static struct actors_scheduler rows[SCHEDULERS], before[SCHEDULERS];
    struct stage *stage = argument;
    struct actors_snapshot now, last = {.time_ns = 0};
    memset(before, 0, sizeof before);
    bool over;
    do {
        over = core_load_acquire(&stage->stop); /* pairs with stage_traffic */
        actors_snapshot(stage->runtime, &now, rows, SCHEDULERS);
        CHECK(now.time_ns >= last.time_ns && now.turns >= last.turns);
        CHECK(now.processes <= now.process_slots && now.stacks_idle <= now.stacks);
        for (unsigned i = 0; i < now.schedulers; i++) {
            check_split(&rows[i]);
            CHECK(rows[i].wall_ns >= before[i].wall_ns);
            CHECK(rows[i].sent >= before[i].sent && rows[i].turns >= before[i].turns);
            before[i] = rows[i];
        }
        last = now;
    } while (!over);
    return NULL;
}

static void add_up(void *context, const char *name, uint64_t value)
{
    struct actors_snapshot *snapshot = context;
    uint64_t told = strcmp(name, "sent") == 0         ? snapshot->sent
                    : strcmp(name, "received") == 0   ? snapshot->received
                    : strcmp(name, "switches") == 0   ? snapshot->turns
                    : strcmp(name, "reductions") == 0 ? snapshot->reductions
                                                      : value;
    CHECK_EQ(told, value);
}

static void numbers_add_up(void)
{
    static const unsigned counts[] = {1, 2, 16, SCHEDULERS};
    static struct actors_scheduler rows[SCHEDULERS];
    for (int i = 0; i < (QUARTET_EMULATED ? 2 : 4); i++) {
        struct stage stage = {.rounds = 2000};
        struct actors_snapshot end;
        uint64_t begin_ns = core_now_ns();
        play(&stage, counts[i], stage_traffic, watch_traffic);
        actors_halt(stage.runtime);
        uint64_t took_ns = core_now_ns() - begin_ns;
        actors_snapshot(stage.runtime, &end, rows, SCHEDULERS);
        CHECK_EQ(end.sent, end.received);
        CHECK_EQ(end.sent, 8 * (2 * 2000 + 1));
        CHECK(end.reductions >= end.sent + end.received);
        CHECK(end.processes == 0 && end.runnable == 0 && end.pending_timers == 0);
        for (unsigned s = 0; s < counts[i]; s++) {
            check_split(&rows[s]);
            CHECK_EQ(rows[s].activity, ACTORS_HALTED);
            CHECK_EQ(rows[s].running, 0);
            CHECK(rows[s].wall_ns > 0 && rows[s].wall_ns <= took_ns);
        }
        actors_counters(stage.runtime, add_up, &end);
        actors_stop(stage.runtime);
    }
}

/* --- listing ----------------------------------------------------------------------- */

struct roll {
    struct stage *stage;
    actor_pid pids[LISTED];
    size_t count;
    unsigned living;
};

static void note(void *context, const struct actors_process *process)
{
    struct roll *roll = context;
    CHECK(roll->count < LISTED && process->pid != 0);
    roll->pids[roll->count++] = process->pid;
    for (int i = 0; i < LIVING; i++)
        /* relaxed: read after `set` */
        if (core_load_relaxed(&roll->stage->living[i]) == process->pid) {
            roll->living++;
            CHECK(process->initial == stage_idle && process->current == stage_idle);
            CHECK(process->parent != 0 && process->relations == 0);
            CHECK(process->status == ACTOR_WAITING || process->status == ACTOR_RUNNABLE ||
                  process->status == ACTOR_RUNNING);
        }
}

static int by_pid(const void *left, const void *right)
{
    actor_pid a = *(const actor_pid *)left, b = *(const actor_pid *)right;
    return (a > b) - (a < b);
}

static void *watch_churn(void *argument)
{
    static struct roll roll;
    struct stage *stage = argument;
    while (!core_load_acquire(&stage->set)) /* pairs with stage_churn */
        sleep_ms(1);
    while (!core_load_acquire(&stage->stop)) { /* as above */
        roll = (struct roll){.stage = stage};
        CHECK_EQ(actors_visit_processes(stage->runtime, note, &roll), roll.count);
        CHECK_EQ(roll.living, LIVING);
        qsort(roll.pids, roll.count, sizeof roll.pids[0], by_pid);
        for (size_t i = 1; i < roll.count; i++)
            CHECK(roll.pids[i] != roll.pids[i - 1]);
    }
    return NULL;
}

/* processes_*_tab of OTP's process suite. */
static void a_listing_holds_under_churn(void)
{
    static const unsigned counts[] = {2, 16, SCHEDULERS};
    for (int i = 0; i < (QUARTET_EMULATED ? 1 : 3); i++) {
        struct stage stage = {.rounds = 100};
        play(&stage, counts[i], stage_churn, watch_churn);
        actors_stop(stage.runtime);
    }
}

/* On one scheduler without a tick, so that a turn ends where its process says. */
static void inside(void (*body)(void *))
{
    struct actors_config config = {.schedulers = 1, .tick_ns = 3600 * 1000 * MS};
    struct stage stage = {.rounds = 0};
    CHECK_EQ(actors_start(&config, &stage.runtime), 0);
    CHECK_EQ(actors_run(stage.runtime, body, &stage), 0);
    actors_stop(stage.runtime);
}

static void run_queues_are_told_by_priority(void)
{
    inside(stage_queue);
}

static void each_status_is_told(void)
{
    inside(stage_portraits);
}

static void ignore(void *context, actor_pid pid, const char *reason)
{
    (void)context, (void)pid;
    CHECK(strstr(reason, "segmentation fault") != NULL);
}

static void processes_answer_questions(void)
{
    static const unsigned counts[] = {1, 2, 16};
    for (int i = 0; i < (QUARTET_EMULATED ? 2 : 3); i++) {
        struct actors_config config = {.schedulers = counts[i], .report = ignore};
        struct stage stage = {.rounds = !CORE_SANITIZED};
        CHECK_EQ(actors_start(&config, &stage.runtime), 0);
        CHECK_EQ(actors_run(stage.runtime, stage_questions, &stage), 0);
        actors_stop(stage.runtime);
    }
}

static void a_watcher_is_alerted(void)
{
    inside(stage_alerts);
}

static size_t width(const char *line)
{
    return strcspn(line, "\n");
}

static const char *line_of(const char *text, int line)
{
    for (; line > 0; line--) {
        text = strchr(text, '\n');
        CHECK(text != NULL);
        text++;
    }
    return text;
}

static void *print_busy(void *argument)
{
    struct stage *stage = argument;
    struct actors_scheduler rows[2];
    char *text = NULL, pid[32];
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    CHECK(stream != NULL);
    find_hog(stage, rows);
    CHECK_EQ(actors_print(stream, stage->runtime, 1000), 0);
    CHECK_EQ(fclose(stream), 0);
    CHECK(strncmp(line_of(text, 0), "actors ", 7) == 0);
    CHECK(strstr(text, "2 schedulers, 2 of 3000 processes") != NULL);
    /* Columns stand under each other: a row is as wide as its head. */
    for (int i = 4; i <= 5; i++)
        CHECK_EQ(width(line_of(text, i)), width(line_of(text, 3)));
    CHECK(strstr(text, "sleeping") != NULL && strstr(text, "waiting") != NULL);
    actor_pid hog = core_load_relaxed(&stage->hog); /* found */
    snprintf(pid, sizeof pid, "<%u.%u>", (unsigned)(uint32_t)hog, (unsigned)(hog >> 32));
    const char *at = strstr(text, pid);
    CHECK(at != NULL && strstr(at + 1, pid) != NULL); /* by its scheduler, and itself */
    CHECK(strlen(line_of(text, 10)) == 0);            /* and two processes, no more */
    fputs(text, stdout);
    free(text);
    core_store_relaxed(&stage->stop, true); /* only stops a loop */
    return NULL;
}

static void a_runtime_is_printed(void)
{
    struct stage stage = {.rounds = 0};
    play(&stage, 2, stage_hog, print_busy);
    FILE *full = fopen("/dev/full", "w");
    if (full != NULL) {
        setvbuf(full, NULL, _IONBF, 0);
        CHECK_EQ(actors_print(full, stage.runtime, 0), -EIO);
        fclose(full);
    }
    actors_stop(stage.runtime);
}

static void the_system_is_told(void)
{
    struct actors_config config = {
        .schedulers = 3, .process_limit = 77, .reductions = 50};
    struct actors_system_info info;
    struct actors *runtime;
    CHECK_EQ(actors_start(&config, &runtime), 0);
    actors_system_info(runtime, &info);
    CHECK_EQ(info.schedulers, 3);
    CHECK_EQ(info.process_limit, 77);
    CHECK_EQ(info.reductions, 50);
    CHECK_EQ(info.tick_ns, MS);
    CHECK_EQ(info.preempts_loops, core_preempt_plants());
    CHECK(info.stack_bytes[0] > 0 && info.stack_bytes[1] == 8 * info.stack_bytes[0]);
    CHECK(strlen(info.version) > 0 && !info.seeded);
    actors_stop(runtime);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(a_loop_keeps_one_scheduler_busy),
        CHECK_CASE(numbers_add_up),
        CHECK_CASE(a_listing_holds_under_churn),
        CHECK_CASE(run_queues_are_told_by_priority),
        CHECK_CASE(each_status_is_told),
        CHECK_CASE(processes_answer_questions),
        CHECK_CASE(a_watcher_is_alerted),
        CHECK_CASE(a_runtime_is_printed),
        CHECK_CASE(the_system_is_told),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
