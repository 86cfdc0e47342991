/* tasks_end.h - main goroutines of test_end.c: all the ways in which a run may end. */
#ifndef TASKS_END_H
#define TASKS_END_H

void end_main_returns(void *argument);
void end_deadlock_receive(void *argument);
void end_deadlock_nil(void *argument);
void end_deadlock_select(void *argument);
void end_deadlock_waitgroup(void *argument);
void end_deadlock_mutex(void *argument);
void end_deadlock_many(void *argument);
void end_timer_suppresses(void *argument);
void end_goexit(void *argument);
void end_panic(void *argument);
void end_panic_child(void *argument);
void end_close_nil(void *argument);
void end_close_twice(void *argument);
void end_send_closed(void *argument);
void end_select_send_closed(void *argument);
void end_blocked_sender(void *argument);
void end_blocked_select(void *argument);
void end_makechan(void *argument);
void end_makechan_huge(void *argument);
void end_waitgroup_negative(void *argument);
void end_unlock(void *argument);
void end_go_nil(void *argument);
void end_free_used(void *argument);
void end_null_pointer(void *argument);
void end_wild_pointer(void *argument);
void end_divide(void *argument);
void end_overflow(void *argument);
void end_overflow_in_entry(void *argument);
void end_hogs_left(void *argument);

#endif
