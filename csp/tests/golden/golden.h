/* golden.h - what the files of cases share. Each case is a main goroutine. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <csp.h>

#define MS UINT64_C(1000000)

struct golden_case {
    const char *name;
    void (*run)(void *);
};

/* Each ends with an empty name. */
extern const struct golden_case golden_recovers[];
extern const struct golden_case golden_panics[];
extern const struct golden_case golden_ends[];
extern const struct golden_case golden_network[];

void golden_say(void *text);
void golden_defer_say(const char *text);
void golden_catcher(void *unused);
void golden_nothing(void *unused);
void golden_quiet(void *unused);
void golden_throws(void *text);
struct csp_chan *golden_ints(ptrdiff_t capacity);
void golden_dereference(void *unused);
void golden_blocks(void *unused);
void golden_throws_int(void *number);
void golden_throws_error(void *text);
void golden_divide(void *unused);

/* Not a goroutine, but for csp_block: blocks in the kernel for ever (ends.c). */
int64_t golden_blocks_natively(void *unused);

#endif
