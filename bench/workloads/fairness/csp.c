/* fairness on csp: a ticker sleeps until it is due; a hog is a loop that looks at a flag.
 */
#include "fairness.h"

#include "on_csp.h"

#include <errno.h>

/* --- Messages ------------------------------------------------------------------ */

struct task {
    struct fairness *fairness;
    uint64_t number;
};

struct fairness {
    struct fairness_log log;
    struct workload_answer *answer;
    struct csp_chan *done; /* of struct fairness_done */
    struct csp_waitgroup hogs_left;
    _Atomic bool over;
    struct task tickers[FAIRNESS_TICKERS];
    struct task hogs[FAIRNESS_HOGS_MAX];
};

/* --- Roles --------------------------------------------------------------------- */

static void tick(void *argument)
{
    const struct task *task = argument;
    const struct fairness_log *log = &task->fairness->log;
    uint64_t ticks = 0;
    for (; ticks < log->ticks; ticks++) {
        uint64_t due_ns = fairness_due_ns(log, ticks), now_ns;
        while ((now_ns = csp_now_ns()) < due_ns)
            csp_sleep((int64_t)(due_ns - now_ns));
        fairness_note(log, task->number, ticks, now_ns);
    }
    struct fairness_done done = {(task->number + 1) * ticks};
    csp_send(task->fairness->done, &done);
}

static void hog(void *argument)
{
    const struct task *task = argument;
    struct fairness *fairness = task->fairness;
    struct fairness_work *work = &fairness->log.work[task->number];
    /* Relaxed: pairs with main's store; what it orders goes through hogs_left. */
    for (uint64_t loops = 1; !atomic_load_explicit(&fairness->over, memory_order_relaxed);
         loops++)
        fairness_hog_step(work, loops);
    csp_waitgroup_done(&fairness->hogs_left);
}

static void make_all(struct fairness *fairness, struct workload_answer *answer)
{
    fairness->log.begin_ns = csp_now_ns();
    for (uint64_t i = 0; i < FAIRNESS_TICKERS; i++, answer->units++) {
        fairness->tickers[i] = (struct task){fairness, i};
        csp_go(tick, &fairness->tickers[i]);
    }
    csp_waitgroup_add(&fairness->hogs_left, (int64_t)fairness->log.hogs);
    for (uint64_t i = 0; i < fairness->log.hogs; i++, answer->units++) {
        fairness->hogs[i] = (struct task){fairness, i};
        csp_go(hog, &fairness->hogs[i]);
    }
}

/* --- Run ----------------------------------------------------------------------- */

static void play(void *argument)
{
    struct fairness *fairness = argument;
    struct workload_answer answer = {.ops = fairness->log.ticks * FAIRNESS_TICKERS,
                                     .units = 1};
    fairness->done = csp_chan_make(sizeof(struct fairness_done), 0);
    make_all(fairness, &answer);
    for (; answer.messages < FAIRNESS_TICKERS; answer.messages++) {
        struct fairness_done done;
        csp_recv(fairness->done, &done);
        answer.checksum += done.value;
        answer.bytes += sizeof done;
    }
    /* Relaxed: pairs with the hogs' load. */
    atomic_store_explicit(&fairness->over, true, memory_order_relaxed);
    csp_waitgroup_wait(&fairness->hogs_left);
    *fairness->answer = answer;
}

static int run(void *runtime, const struct workload_shape *shape,
               struct workload_answer *answer)
{
    if (shape->size > 0 && !on_csp_stops_loops()) /* a hog would never be stopped */
        return -ENOTSUP;
    struct fairness fairness = {.answer = answer};
    int error = fairness_log_begin(&fairness.log, shape) ? 0 : -ENOMEM;
    if (error == 0)
        error = on_csp_run(runtime, play, &fairness);
    fairness_log_end(&fairness.log, error == 0 ? shape->told : NULL);
    return error;
}

const struct workload_entry fairness_csp = {
    .workload = "fairness",
    .model = "csp",
    .variant = "",
    .entry_class = "identical",
    .workers_max = 0,
    .quantum = FAIRNESS_QUANTUM,
    .sizes = fairness_sizes,
    .size_count = FAIRNESS_SIZE_COUNT,
    .size_name = "hogs",
    .figures = fairness_figures,
    .histogram = "lateness",
    .start = on_csp_start,
    .run = run,
    .stop = on_csp_stop,
    .counters = on_csp_counters,
    .expect = fairness_expect,
};
