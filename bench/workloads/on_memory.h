/* on_memory.h - what the whole program weighs; for the adapters of models whose idle tasks
 * are weighed. */
#ifndef WORKLOADS_ON_MEMORY_H
#define WORKLOADS_ON_MEMORY_H

#include "workload.h"

struct on_memory {
    uint64_t resident_bytes;
    uint64_t table_bytes; /* of page tables, which are not part of the former */
};

/* What the program holds now. By plain system calls: it also runs on the small stack of a
 * task. Thread: any. */
struct on_memory on_memory_now(void);

/* Visits parked_bytes and parked_table_bytes, how much more was held when tasks were
 * parked than at the start; nothing when `parked` is zeroed. */
void on_memory_visit(const struct on_memory *start, const struct on_memory *parked,
                     workload_visit *visit, void *context);

#endif
