/* Specifications: what is wrong with them, and how they become flat bytes. */
#include "spec.h"

#include <assert.h>
#include <string.h>

static const int64_t worker_shutdown_ns = INT64_C(5000000000);
static const int64_t default_period_ns = INT64_C(5000000000);

/* --- what may be wrong -------------------------------------------------------------- */

static const char *significant_objection(const struct actor_child *child,
                                         enum actor_auto_shutdown auto_shutdown)
{
    if (child->significant &&
        (child->restart == ACTOR_PERMANENT || auto_shutdown == ACTOR_NEVER))
        return "bad_significant";
    return NULL;
}

const char *spec_objection(const struct actor_child *child,
                           enum actor_auto_shutdown auto_shutdown)
{
    const int ways = (child->body != NULL) + (child->server != NULL) +
                     (child->supervisor != NULL) + (child->start != NULL);
    if (child->id == NULL || child->id[0] == 0)
        return "bad_id";
    if (ways != 1 || (child->size > 0 && child->argument == NULL))
        return "bad_start";
    if ((unsigned)child->restart > ACTOR_TEMPORARY)
        return "bad_restart";
    if (child->shutdown_ns < 0 && child->shutdown_ns != ACTOR_BRUTAL_KILL)
        return "bad_shutdown";
    if (child->supervisor != NULL) {
        const char *why = family_objection(child->supervisor);
        if (why != NULL)
            return why;
    }
    return significant_objection(child, auto_shutdown);
}

static bool is_doubled(const struct actor_supervisor *supervisor, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(supervisor->children[i].id, supervisor->children[at].id) == 0)
            return true;
    return false;
}

static const char *children_objection(const struct actor_supervisor *supervisor)
{
    if (supervisor->count > 0 && supervisor->children == NULL)
        return "bad_children";
    if (supervisor->strategy == ACTOR_SIMPLE_ONE_FOR_ONE && supervisor->count != 1)
        return "bad_children";
    for (size_t i = 0; i < supervisor->count; i++) {
        const char *why =
            spec_objection(&supervisor->children[i], supervisor->auto_shutdown);
        if (why != NULL)
            return why;
        if (is_doubled(supervisor, i))
            return "duplicate_child_name";
    }
    return NULL;
}

const char *family_objection(const struct actor_supervisor *supervisor)
{
    if ((unsigned)supervisor->strategy > ACTOR_SIMPLE_ONE_FOR_ONE)
        return "bad_strategy";
    if (supervisor->intensity < ACTOR_NO_RESTART)
        return "bad_intensity";
    if (supervisor->period_ns < 0)
        return "bad_period";
    if ((unsigned)supervisor->auto_shutdown > ACTOR_ALL_SIGNIFICANT)
        return "bad_auto_shutdown";
    return children_objection(supervisor);
}

/* --- flat bytes --------------------------------------------------------------------- */

static size_t rounded(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

static size_t text_bytes(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static size_t family_bytes(const struct actor_supervisor *supervisor);

static size_t argument_bytes(const struct actor_child *child)
{
    return child->supervisor != NULL ? family_bytes(child->supervisor) : child->size;
}

static const char *name_of(const struct actor_child *child)
{
    return child->supervisor != NULL ? child->supervisor->name : child->name;
}

static size_t spec_bytes(const struct actor_child *child)
{
    return sizeof(struct spec) + rounded(argument_bytes(child) + 1) +
           rounded(text_bytes(name_of(child)) + text_bytes(child->id));
}

static size_t family_bytes(const struct actor_supervisor *supervisor)
{
    size_t bytes = sizeof(struct family);
    for (size_t i = 0; i < supervisor->count; i++)
        bytes += spec_bytes(&supervisor->children[i]);
    return bytes;
}

static void family_write(struct family *family,
                         const struct actor_supervisor *supervisor);

static int64_t shutdown_of(const struct actor_child *child, bool is_supervisor)
{
    if (child->shutdown_ns != 0)
        return child->shutdown_ns;
    return is_supervisor ? ACTOR_FOREVER : worker_shutdown_ns;
}

static void spec_write(struct spec *spec, const struct actor_child *child)
{
    const char *name = name_of(child);
    const bool is_supervisor = child->supervisor != NULL || child->is_supervisor;
    *spec = (struct spec){.whole = spec_bytes(child),
                          .size = argument_bytes(child),
                          .shutdown_ns = shutdown_of(child, is_supervisor),
                          .body = child->body,
                          .server = child->server,
                          .start = child->start,
                          .restart = child->restart,
                          .significant = child->significant,
                          .is_supervisor = is_supervisor};
    const size_t texts_at = rounded(spec->size + 1);
    spec->name_at = name == NULL ? 0 : texts_at;
    spec->id_at = texts_at + text_bytes(name);
    assert(sizeof *spec + spec->id_at + text_bytes(child->id) <= spec->whole);
    if (child->supervisor != NULL)
        family_write((struct family *)(void *)spec->bytes, child->supervisor);
    else if (child->size > 0)
        memcpy(spec->bytes, child->argument, child->size);
    if (name != NULL)
        memcpy(spec->bytes + spec->name_at, name, text_bytes(name));
    memcpy(spec->bytes + spec->id_at, child->id, text_bytes(child->id));
}

static int intensity_of(const struct actor_supervisor *supervisor)
{
    if (supervisor->intensity == ACTOR_NO_RESTART)
        return 0;
    return supervisor->intensity == 0 ? 1 : supervisor->intensity;
}

static void family_write(struct family *family, const struct actor_supervisor *supervisor)
{
    const int64_t period_ns = supervisor->period_ns;
    *family = (struct family){.whole = family_bytes(supervisor),
                              .count = supervisor->count,
                              .period_ns = period_ns == 0 ? default_period_ns : period_ns,
                              .intensity = intensity_of(supervisor),
                              .strategy = supervisor->strategy,
                              .auto_shutdown = supervisor->auto_shutdown};
    struct spec *at = (struct spec *)(void *)family->specs;
    for (size_t i = 0; i < supervisor->count; i++) {
        spec_write(at, &supervisor->children[i]);
        at = (struct spec *)(void *)((char *)at + at->whole);
    }
    assert((size_t)((char *)at - (char *)family) == family->whole);
}

struct spec *spec_new(const struct actor_child *child)
{
    assert(spec_objection(child, ACTOR_ANY_SIGNIFICANT) == NULL && "looked at before");
    struct spec *spec = actor_alloc(spec_bytes(child));
    if (spec != NULL)
        spec_write(spec, child);
    return spec;
}

struct family *family_new(const struct actor_supervisor *supervisor)
{
    struct family *family = actor_alloc(family_bytes(supervisor));
    if (family != NULL)
        family_write(family, supervisor);
    return family;
}

const char *spec_id(const struct spec *spec)
{
    return spec->bytes + spec->id_at;
}

const struct spec *spec_next(const struct spec *spec)
{
    assert(spec->whole % 16 == 0 && spec->whole > sizeof *spec);
    return (const struct spec *)(const void *)((const char *)spec + spec->whole);
}
