/* Cases of package time; `said` is a struct said. */
#ifndef CSP_TESTS_TASKS_PACKAGE_TIME_H
#define CSP_TESTS_TASKS_PACKAGE_TIME_H

void time_sleep(void *said);
void time_after_func(void *said);
void time_after_func_many(void *said);
void time_after_stress(void *said);
void time_after(void *said);
void time_after_tick(void *said);
void time_after_stop(void *said);
void time_after_queuing(void *said);
void time_timer_stop_stress(void *said);
void time_sleep_zero(void *said);
void time_reset(void *said);
void time_overflow_sleep(void *said);
void time_overflow_period(void *said);
void time_zero_timer(void *said);
void time_timer_modified_earlier(void *said);
void time_adjust_timers(void *said);
void time_stopped_has_no_value(void *said);
void time_timer_channel_looks_unbuffered(void *said);

/* tasks_package_ticker.c */
void time_ticker(void *said);
void time_ticker_stop_nothing(void *said);
void time_teardown(void *said);
void time_ticker_drops(void *said);
void time_ticker_reset_has_no_value(void *said);
void time_stop_reset_stress(void *said);

#endif
