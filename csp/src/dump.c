/* What goroutines there are, in the form of Go's traces (traceback.go, goroutineheader).
 *
 * Others go on while this looks: every field that it reads is written with plain stores
 * that are whole (relaxed atomics), and a descriptor that changes its goroutine meanwhile
 * gives itself away by its number. What is printed is a hint, as it is in Go.
 */
#include "runtime.h"

#include <inttypes.h>

static const char *wait_text(uint8_t wait)
{
    static const char *const texts[] = {
        [WAIT_RECEIVE] = "chan receive", [WAIT_RECEIVE_NIL] = "chan receive (nil chan)",
        [WAIT_SEND] = "chan send",       [WAIT_SEND_NIL] = "chan send (nil chan)",
        [WAIT_SELECT] = "select",        [WAIT_SELECT_NONE] = "select (no cases)",
        [WAIT_SLEEP] = "sleep",          [WAIT_SEMAPHORE] = "semacquire",
        [WAIT_COND] = "sync.Cond.Wait",  [WAIT_IO] = "IO wait",
        [WAIT_SYSCALL] = "syscall",
    };
    assert(wait < sizeof texts / sizeof *texts);
    return texts[wait];
}

/* What is printed of a goroutine. */
struct look {
    uint64_t id;
    uint8_t state;
    uint8_t wait;
    uint32_t since_s;
    bool is_main;
    bool locked;
    const struct csp_site *site;
};

/* False: there is none, or it changed under the look. */
static bool look_at(const struct csp_goroutine *goroutine, struct look *look)
{
    /* All relaxed: hints, see the top; the state, read first and last, tells of change. */
    *look = (struct look){
        .id = csp_id(goroutine),
        .state = csp_state(goroutine),
        .wait = core_load_relaxed(&goroutine->wait),
        .since_s = core_load_relaxed(&goroutine->since_s),
        .is_main = csp_is_main(goroutine),
        .locked = core_load_relaxed(&goroutine->on_thread),
        .site = core_load_relaxed(&goroutine->site),
    };
    return look->state != G_FREE && look->site != NULL && csp_id(goroutine) == look->id;
}

static void print_look(const struct csp *csp, const struct look *look, FILE *into)
{
    static const char *const states[] = {
        [G_FREE] = "dead", [G_RUNNABLE] = "runnable", [G_RUNNING] = "running"};
    bool waits = look->state == G_WAITING;
    assert(look->state <= G_WAITING && look->site->function != NULL);
    uint64_t minutes = 0;
    if (waits) {
        uint64_t now_s = csp_clock(csp) / CORE_NS_PER_S;
        minutes = now_s > look->since_s ? (now_s - look->since_s) / 60 : 0;
    }
    fprintf(into, "\ngoroutine %" PRIu64 " [%s", look->id,
            waits ? wait_text(look->wait) : states[look->state]);
    if (minutes >= 1)
        fprintf(into, ", %" PRIu64 " minutes", minutes);
    fprintf(into, "%s]:\n%s(...)\n", look->locked ? ", locked to thread" : "",
            look->site->function);
    if (look->site->caller != NULL)
        fprintf(into, "created by %s\n\t%s:%d\n", look->site->caller, look->site->file,
                look->site->line);
}

/* main, or all others, but `except`. */
static size_t print_some(const struct csp *csp, FILE *into,
                         const struct csp_goroutine_chunk *chunks, bool of_main,
                         const struct csp_goroutine *except, size_t most)
{
    size_t seen = 0;
    for (const struct csp_goroutine_chunk *chunk = chunks; chunk; chunk = chunk->next)
        for (int i = 0; i < CSP_GOROUTINE_CHUNK; i++) {
            struct look look;
            const struct csp_goroutine *goroutine = &chunk->goroutines[i];
            if (goroutine == except || !look_at(goroutine, &look) ||
                look.is_main != of_main)
                continue;
            if (seen++ < most)
                print_look(csp, &look, into);
        }
    return seen;
}

void csp_print_goroutine(const struct csp *csp, FILE *into,
                         const struct csp_goroutine *goroutine)
{
    struct look look;
    if (look_at(goroutine, &look))
        print_look(csp, &look, into);
}

void csp_print_goroutines(struct csp *csp, FILE *into, const struct csp_goroutine *except,
                          size_t most)
{
    core_lock_take(&csp->lock); /* the list grows at its head only */
    const struct csp_goroutine_chunk *chunks = csp->chunks;
    core_lock_give(&csp->lock);
    size_t seen = print_some(csp, into, chunks, true, except, most);
    assert(seen <= 1 && "there is one main");
    seen += print_some(csp, into, chunks, false, except, most - seen);
    if (seen > most)
        fprintf(into, "\n... and %zu more goroutines\n", seen - most);
}

/* --- On request ---------------------------------------------------------------- */

/* The dump of a goroutine is printed on its worker's stack, which has the room. */
void csp_dump_asked(struct csp_worker *worker, const struct csp_goroutine *goroutine)
{
    assert(worker->dump_of != NULL && worker->dump_into != NULL);
    csp_print_goroutine(worker->csp, worker->dump_into, goroutine);
    csp_print_goroutines(worker->dump_of, worker->dump_into, goroutine, SIZE_MAX);
}

void csp_dump(struct csp *csp, FILE *into)
{
    if (core_worker_self() == NULL) {
        assert(csp != NULL && "no goroutine, no runtime of its own");
        csp_print_goroutines(csp, into, NULL, SIZE_MAX);
        return;
    }
    struct csp_worker *worker = csp_enter();
    worker->dump_of = csp == NULL ? worker->csp : csp;
    worker->dump_into = into;
    csp_switch(worker, END_DUMP);
}

/* Descriptors that are in no free list. Each list's length is written under the lock, but
 * for the single steps of a worker on its own. */
size_t csp_num_goroutine(void)
{
    struct csp *csp = csp_enter()->csp;
    core_lock_take(&csp->lock);
    size_t used = csp->descriptors - csp->free_count;
    for (unsigned i = 0; i < csp_workers_all(csp); i++)
        used -= core_load_relaxed(&csp_worker_at(csp, i)->free_count); /* of a moment */
    core_lock_give(&csp->lock);
    return used;
}
