/* doctor.h - what the doctor's files share: a check is a function that fills one line. */
#ifndef BENCH_MACHINE_DOCTOR_H
#define BENCH_MACHINE_DOCTOR_H

#include "internal.h"

/* Written by machine_doctor() before the first check. */
struct patient {
    const struct machine *machine;
    const char *root; /* of the machine */
    const char *results;
    unsigned workers;
};

struct examination {
    const char *name;
    void (*look)(const struct patient *patient, struct machine_check *check);
};

/* Fill a check's verdict and what was found, as printf does. */
__attribute__((format(printf, 2, 3))) void doctor_ok(struct machine_check *check,
                                                     const char *format, ...);
__attribute__((format(printf, 3, 4))) void
doctor_warn(struct machine_check *check, const char *mend, const char *format, ...);
__attribute__((format(printf, 3, 4))) void
doctor_lacks(struct machine_check *check, const char *mend, const char *format, ...);
__attribute__((format(printf, 2, 3))) void doctor_unshown(struct machine_check *check,
                                                          const char *format, ...);

/* The rows of each file, ended by a row without a name. */
extern const struct examination doctor_cpu[];    /* doctor_cpu.c */
extern const struct examination doctor_kernel[]; /* doctor_kernel.c */
extern const struct examination doctor_tools[];  /* doctor_tools.c */

#endif
