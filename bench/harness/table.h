/* table.h - a campaign's figures for people, on stdout. */
#ifndef HARNESS_TABLE_H
#define HARNESS_TABLE_H

#include "summary.h"

#include <stdio.h>

/* One table a workload, then the notes: noise floor, what failed, the harness's own cost.
 * Thread: any. */
void table_print(const struct plan *plan, const struct summary_facts *facts, FILE *out);

#endif
