/* blob.h - bytes shared by count. */
#ifndef ACTORS_BLOB_H
#define ACTORS_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct scheduler;

/* Bytes shared by count, never changed: reasons and names. */
struct blob {
    _Atomic uint32_t refs; /* 0: a constant, never freed */
    size_t size;
    const char *data; /* size bytes and a NUL */
};

extern const struct blob blob_normal, blob_kill, blob_killed, blob_noproc, blob_no_stack,
    blob_no_memory;
/* A copy of these bytes, or the constant of that content; NULL without memory. */
const struct blob *blob_new(struct scheduler *scheduler, const void *data, size_t size);
/* Room for `size` bytes, all zero; the maker may write to blob_bytes before sharing. */
struct blob *blob_room(struct scheduler *scheduler, size_t size);
static inline char *blob_bytes(struct blob *blob)
{
    return (char *)(blob + 1);
}
const struct blob *blob_share(const struct blob *blob);
void blob_release(struct scheduler *scheduler, const struct blob *blob);

#endif
