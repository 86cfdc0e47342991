/* doctor.c - runs all examinations in a fixed order. They look and never touch. */
#include "doctor.h"

#include <assert.h>
#include <stdarg.h>

static void fill(struct machine_check *check, enum machine_verdict verdict,
                 const char *mend, const char *format, va_list arguments)
{
    assert(*check->text == '\0' && "one verdict a check");
    check->verdict = verdict;
    vsnprintf(check->text, sizeof check->text, format, arguments);
    snprintf(check->mend, sizeof check->mend, "%s", mend);
}

void doctor_ok(struct machine_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(check, MACHINE_OK, "", format, arguments);
    va_end(arguments);
}

void doctor_warn(struct machine_check *check, const char *mend, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(check, MACHINE_WARN, mend, format, arguments);
    va_end(arguments);
}

void doctor_lacks(struct machine_check *check, const char *mend, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(check, MACHINE_LACKS, mend, format, arguments);
    va_end(arguments);
}

void doctor_unshown(struct machine_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(check, MACHINE_UNSHOWN, "", format, arguments);
    va_end(arguments);
}

unsigned machine_doctor(const struct machine *machine, const char *results,
                        unsigned workers, machine_check_visit *visit, void *context)
{
    const struct examination *const rooms[] = {doctor_cpu, doctor_kernel, doctor_tools};
    const struct patient patient = {
        .machine = machine,
        .root = machine->root,
        .results = results,
        .workers = workers > 0 ? workers : machine_cores(machine),
    };
    assert(patient.workers > 0 && results != NULL);
    unsigned lacking = 0;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        for (const struct examination *row = rooms[i]; row->name; row++) {
            struct machine_check check = {.name = row->name};
            row->look(&patient, &check);
            assert(*check.text && "every examination finds something");
            assert(check.verdict != MACHINE_OK || *check.mend == '\0');
            lacking += check.verdict == MACHINE_LACKS;
            visit(context, &check);
        }
    }
    return lacking;
}

const char *machine_verdict_name(enum machine_verdict verdict)
{
    static const char *const names[] = {
        [MACHINE_OK] = "OK",
        [MACHINE_WARN] = "WARN",
        [MACHINE_UNSHOWN] = "unknown",
        [MACHINE_LACKS] = "LACKS",
    };
    assert((size_t)verdict < sizeof names / sizeof *names);
    return names[verdict];
}
