/* tasks_sync.h - main goroutines of test_sync.c. */
#ifndef TASKS_SYNC_H
#define TASKS_SYNC_H

void waitgroup_counts(void *argument);
void waitgroup_many_wait(void *argument);
void mutex_excludes(void *argument);
void mutex_is_fair(void *argument);
void mutex_tries(void *argument);

#endif
