/* tasks_chan.h - main goroutines of test_chan.c */
#ifndef TASKS_CHAN_H
#define TASKS_CHAN_H

void chan_matrix(void *argument);

#endif
