/* csv.h - the campaign as one line a cell, for a spreadsheet or a data frame. */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include "campaign.h"

#include <stdio.h>

/* Writes a header and one line a cell; numbers as summary.json has them, in full. */
void report_csv(FILE *out, const struct campaign *campaign);

#endif
