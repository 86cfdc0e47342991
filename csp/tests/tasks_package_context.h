/* Cases of package context, of errgroup and of the monitor; `said` is a struct said. */
#ifndef CSP_TESTS_TASKS_PACKAGE_CONTEXT_H
#define CSP_TESTS_TASKS_PACKAGE_CONTEXT_H

void context_background(void *said);
void context_with_cancel(void *said);
void context_parent_finishes_child(void *said);
void context_child_finishes_first(void *said);
void context_deadline(void *said);
void context_timeout(void *said);
void context_canceled_timeout(void *said);
void context_values(void *said);
void context_simultaneous_cancels(void *said);
void context_interlocked_cancels(void *said);
void context_layers_cancel(void *said);
void context_layers_timeout(void *said);
void context_cancel_removes(void *said);
void context_canceled_parent(void *said);
void context_deadline_is_a_timeout(void *said);
void context_cause(void *said);
void context_after_func(void *said);
void context_without_cancel(void *said);
void context_deep(void *said);
void context_release_stress(void *said);

/* tasks_package_errgroup.c */
void errgroup_zero(void *said);
void errgroup_with_context(void *said);
void errgroup_try_go(void *said);
void errgroup_goexit(void *said);
void errgroup_limit(void *said);
void errgroup_pipeline(void *said);
void monitor_owns(void *said);
void monitor_of_workers(void *said);

#endif
