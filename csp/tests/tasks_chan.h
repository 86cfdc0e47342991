/* tasks_chan.h - main goroutines of test_chan.c, named after the Go tests they replay. */
#ifndef TASKS_CHAN_H
#define TASKS_CHAN_H

void chan_blocks(void *argument);
void chan_closes(void *argument);
void chan_orders(void *argument);
void chan_shares(void *argument);
void fifo(void *argument);
void chancap(void *argument);
void closedchan(void *argument);
void zerosize(void *argument);
void element_sizes(void *argument);
void nonblock(void *argument);
void sieve1(void *argument);
void multi_consumer(void *argument);
void nonblock_recv_race(void *argument);
void blocked_in_order(void *argument);
void free_and_reuse(void *argument);

#endif
