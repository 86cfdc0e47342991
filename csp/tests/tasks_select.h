/* tasks_select.h - main goroutines of test_select.c, named after Go's tests. */
#ifndef TASKS_SELECT_H
#define TASKS_SELECT_H

void doubleselect(void *argument);
void select3(void *argument);
void select6(void *argument);
void nonblock_select_race(void *argument);
void nonblock_select_race2(void *argument);
void self_select(void *argument);
void select_stress(void *argument);
void select_fairness(void *argument);
void select_duplicate_channel(void *argument);
void pseudo_random_send(void *argument);
void select_timeout(void *argument);
void select_large(void *argument);
void timeout_race(void *argument);

#endif
