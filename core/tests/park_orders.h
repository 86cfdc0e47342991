/* park_orders.h - included before park.c by the compiler's command line: other threads
 * unpark exactly between the steps of a park. */
#ifndef CORE_TESTS_PARK_ORDERS_H
#define CORE_TESTS_PARK_ORDERS_H

void park_step(void); /* test_park_orders.c */
#define CORE_STEP() park_step()

#endif
