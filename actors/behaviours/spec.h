/* spec.h - specifications of children and supervisors as flat bytes.
 *
 * They travel in messages and as the argument of a supervisor's process, so everything
 * that a specification points at, code apart, follows it: in bytes[] first the argument,
 * which for a supervisor is a whole family, then the name and the id.
 */
#ifndef ACTORS_BEHAVIOURS_SPEC_H
#define ACTORS_BEHAVIOURS_SPEC_H

#include <actors/supervisor.h>

struct spec {
    size_t whole; /* bytes, all included: a multiple of 16 */
    size_t size;  /* of the argument */
    size_t name_at;
    size_t id_at; /* in bytes[]; name_at 0: nameless */
    int64_t shutdown_ns;
    void (*body)(void *argument);
    const struct actor_server *server;
    int (*start)(const void *argument, size_t size, actor_pid *pid);
    enum actor_restart restart;
    bool significant;
    bool is_supervisor; /* if none of the three above is set: one of ours */
    _Alignas(16) char bytes[];
};

struct family {
    size_t whole;
    size_t count;
    int64_t period_ns;
    int intensity; /* 0: no restarts */
    enum actor_strategy strategy;
    enum actor_auto_shutdown auto_shutdown;
    _Alignas(16) char specs[]; /* one behind the other */
};

/* What is wrong with it, or NULL. */
const char *spec_objection(const struct actor_child *child,
                           enum actor_auto_shutdown auto_shutdown);
const char *family_objection(const struct actor_supervisor *supervisor);

/* In private memory; NULL without. */
struct spec *spec_new(const struct actor_child *child);
struct family *family_new(const struct actor_supervisor *supervisor);

const char *spec_id(const struct spec *spec);
const struct spec *spec_next(const struct spec *spec);

/* Starts a supervisor for a family. Errors: as actor_server_start_link. */
int family_start_link(const struct family *family, const char *name, actor_pid *pid,
                      struct actor_reason *why);

#endif
