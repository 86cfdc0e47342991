/* tasks_language.h - Go's test/chan, test/ken and runtime tests that are not replayed by
 * tasks_chan.h, tasks_select.h and the others; `said` is a struct said. */
#ifndef CSP_TESTS_TASKS_LANGUAGE_H
#define CSP_TESTS_TASKS_LANGUAGE_H

#include <stddef.h>

void language_select(void *said);
void language_select2(void *said);
void language_select4(void *said);
void language_select7(void *said);
void language_sieve2(void *said);
void language_ken_chan(void *said);
void language_ken_chan1(void *said);
void language_issue21576(void *said); /* a deadlock */
void language_send_interface(void *said);
void language_send_barrier(void *said);
void language_send_select_barrier(void *said);

/* tasks_language_proc.c */
void language_yield_progress(void *said);
void language_yield_locked_progress(void *said);
void language_parallelism(void *said);
void language_timer_fairness(void *said);
void language_timer_fairness2(void *said);
void language_preemption(void *said);
void language_ping_pong_hog(void *said);

/* Memory that the pools of the caller's runtime hold; in the test program. */
size_t language_memory(void);

#endif
