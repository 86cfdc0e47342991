/* stack.h - stacks for tasks: mapped in regions, each with a guard below it.
 *
 * A stack is reserved address space; only touched pages cost memory. The guard is a
 * light one (MADV_GUARD_INSTALL, Linux 6.13) where the kernel has it: it does not split
 * the mapping, so vm.max_map_count is no limit. Else mprotect, for a quarter of
 * vm.max_map_count stacks (two mappings each, half of all are left to the process); later
 * ones are handed out without a guard and core_stacks_unguarded counts them. An
 * emulated kernel may accept the call and do nothing, so it is probed once by a system
 * call that must answer EFAULT.
 *
 * Packing: a parked task's live stack is a few hundred bytes, but pins a page. Packing
 * copies the live bytes out and gives the pages back; unpacking copies them to the same
 * addresses. Whatever others touch while a task is packed must not lie on its stack.
 */
#ifndef CORE_STACK_H
#define CORE_STACK_H

#include <assert.h>
#include <core/lock.h>
#include <core/seam.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core_stack {
    char *bottom; /* lowest usable byte; the guard ends here */
    union {
        struct core_stack *next; /* in a pool's or worker's list; never while packed */
        void *packed;            /* live bytes */
    };
    uint32_t size;
    uint32_t packed_bytes; /* 0: not packed */
};

static_assert(sizeof(struct core_stack) == 24, "a million of them count");

struct core_stack_region;

struct core_stacks {
    struct core_lock lock;
    struct core_stack *idle;
    struct core_stack_region *regions;
    size_t stack_bytes; /* usable, a multiple of the page size */
    size_t next_region; /* how many stacks the next region gets */
    size_t unguarded;
    size_t made; /* stacks ever handed out; changed under the lock, glanced at */
    size_t idle_count;
    size_t guards_left; /* how many more stacks may get one */
    int guard;          /* enum in stack.c */
    struct core_seams *seams;
};

/* Stacks of at least stack_bytes usable bytes. Errors: -EINVAL below a page or over 1
 * GiB. */
int core_stacks_open(struct core_stacks *stacks, size_t stack_bytes,
                     struct core_seams *seams);
/* Unmaps everything, stacks in use included. */
void core_stacks_close(struct core_stacks *stacks);

/* A stack, or NULL without memory. Its pages may hold what its last user left: a stack is
 * given back hot on purpose. Thread: any. */
struct core_stack *core_stacks_take(struct core_stacks *stacks);
void core_stacks_give(struct core_stacks *stacks, struct core_stack *stack);

/* How many stacks were ever handed out, and how many of them lie idle now; a hint while
 * others take and give. Thread: any. */
void core_stacks_count(const struct core_stacks *stacks, size_t *made, size_t *idle);
/* Stacks that are in use, packed ones too. Thread: any. */
size_t core_stacks_taken(const struct core_stacks *stacks);

/* Stacks that have no guard because mappings ran out. */
size_t core_stacks_unguarded(const struct core_stacks *stacks);

/* Whether `address` lies in the guard of this stack. */
bool core_stack_in_guard(const struct core_stack *stack, const void *address);

/* Copies the live bytes [sp, top) out and returns all pages to the kernel. Errors:
 * -ENOMEM (nothing changed). The stack must not be running. */
int core_stack_pack(struct core_stack *stack, void *sp);
/* The same for `count` stacks; neighbours in memory share one system call when the array
 * is ordered by address. Returns how many were packed. */
size_t core_stack_pack_many(struct core_stack **stacks, void **sps, size_t count);
/* Puts the live bytes back. Thread: who will resume the task. */
void core_stack_unpack(struct core_stack *stack);
/* Forgets them instead: the stack is as good as new. */
void core_stack_discard(struct core_stack *stack);

#endif
