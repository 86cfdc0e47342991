/* Cases of package sync; `said` is a struct said. */
#ifndef CSP_TESTS_TASKS_PACKAGE_SYNC_H
#define CSP_TESTS_TASKS_PACKAGE_SYNC_H

void sync_mutex(void *said);
void sync_mutex_fairness(void *said);
void sync_parallel_readers(void *said);
void sync_rwmutex(void *said);
void sync_rlocker(void *said);
void sync_writer_preference(void *said);
void sync_once(void *said);
void sync_once_panic(void *said);
void sync_once_goexit(void *said);
void sync_once_value(void *said);
void sync_waitgroup(void *said);
void sync_waitgroup_race(void *said);
void sync_waitgroup_align(void *said);
void sync_starvation_is_bounded(void *most); /* an int */

/* tasks_package_cond.c */
void sync_cond_signal(void *said);
void sync_cond_generations(void *said);
void sync_cond_broadcast(void *said);
void sync_cond_race(void *said);
void sync_cond_stealing(void *said);
void sync_cond_buffer(void *said);

#endif
