/* Regions of stacks. See stack.h for the guard and for packing.
 *
 *   region:  | guard | stack 0 ........ | guard | stack 1 ........ | …
 *
 * The first region is small, each next one twice as large up to REGION_MAX, so that a
 * program with ten tasks maps little and one with a million makes few system calls.
 * Guards are set when a stack is first taken.
 */
#include <core/sanitize.h>
#include <core/stack.h>

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13; not yet in Debian 12's headers */
#endif

enum { GUARD_LIGHT, GUARD_MPROTECT };
enum { REGION_FIRST = 16, REGION_MAX = 4096 };
#define STACK_LARGEST ((size_t)1 << 30)
static_assert(STACK_LARGEST <= UINT32_MAX, "struct core_stack holds its size");

struct core_stack_region {
    struct core_stack_region *next;
    char *memory;
    size_t bytes;
    size_t used; /* stacks handed out at least once */
    size_t count;
    struct core_stack stacks[];
};

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The kernel must refuse to read a guard on our behalf. */
static bool guard_works(void *guard)
{
    return access(guard, F_OK) == -1 && errno == EFAULT;
}

static bool probe_light_guard(void)
{
    size_t page = page_bytes();
    void *memory =
        mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    bool works = madvise(memory, page, MADV_GUARD_INSTALL) == 0 && guard_works(memory);
    munmap(memory, page);
    return works;
}

/* How many stacks may get a guard by mprotect. Each takes two mappings, its own and its
 * stack's; half of what a process may have is left for everything else, or the next mmap
 * of anybody would fail. */
static size_t guards_by_mprotect(void)
{
    size_t mappings = 65530; /* the kernel's default */
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    if (file != NULL) {
        if (fscanf(file, "%zu", &mappings) != 1)
            mappings = 65530;
        fclose(file);
    }
    return mappings / 2 / 2;
}

int core_stacks_open(struct core_stacks *stacks, size_t stack_bytes,
                     struct core_seams *seams)
{
    size_t page = page_bytes();
    if (stack_bytes < page || stack_bytes > STACK_LARGEST)
        return -EINVAL;
    *stacks = (struct core_stacks){
        .stack_bytes = (stack_bytes + page - 1) / page * page,
        .next_region = REGION_FIRST,
        .guard = probe_light_guard() ? GUARD_LIGHT : GUARD_MPROTECT,
        .seams = seams,
    };
    stacks->guards_left = stacks->guard == GUARD_LIGHT ? SIZE_MAX : guards_by_mprotect();
    return 0;
}

void core_stacks_close(struct core_stacks *stacks)
{
    while (stacks->regions != NULL) {
        struct core_stack_region *region = stacks->regions;
        stacks->regions = region->next;
        for (size_t i = 0; i < region->used; i++) {
            core_san_stack_reset(region->stacks[i].bottom, region->stacks[i].size);
            if (region->stacks[i].packed_bytes > 0)
                free(region->stacks[i].packed);
        }
        munmap(region->memory, region->bytes);
        free(region);
    }
    stacks->idle = NULL;
}

static struct core_stack_region *map_region(struct core_stacks *stacks)
{
    size_t count = stacks->next_region;
    size_t bytes = count * (stacks->stack_bytes + page_bytes());
    struct core_stack_region *region =
        core_fails(stacks->seams, CORE_FAIL_STACK)
            ? NULL
            : malloc(sizeof *region + count * sizeof region->stacks[0]);
    if (region == NULL)
        return NULL;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        free(region);
        return NULL;
    }
    /* A huge page would make one task's first touch cost 2 MiB for its neighbours too. */
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    *region = (struct core_stack_region){
        .next = stacks->regions, .memory = memory, .bytes = bytes, .count = count};
    stacks->regions = region;
    stacks->next_region = count < REGION_MAX ? count * 2 : REGION_MAX;
    return region;
}

static void set_guard(struct core_stacks *stacks, char *guard)
{
    size_t page = page_bytes();
    int rc = -1;
    if (stacks->guards_left > 0)
        rc = stacks->guard == GUARD_LIGHT ? madvise(guard, page, MADV_GUARD_INSTALL)
                                          : mprotect(guard, page, PROT_NONE);
    if (rc == 0)
        stacks->guards_left--;
    else
        stacks->unguarded++;
}

/* The next stack of the newest region that was never used; under the lock. */
static struct core_stack *cut_stack(struct core_stacks *stacks)
{
    struct core_stack_region *region = stacks->regions;
    if (region == NULL || region->used == region->count)
        region = map_region(stacks);
    if (region == NULL)
        return NULL;
    size_t page = page_bytes();
    char *guard = region->memory + region->used * (stacks->stack_bytes + page);
    struct core_stack *stack = &region->stacks[region->used++];
    *stack = (struct core_stack){.bottom = guard + page,
                                 .size = (uint32_t)stacks->stack_bytes};
    set_guard(stacks, guard);
    core_publish(&stacks->made, stacks->made + 1);
    return stack;
}

struct core_stack *core_stacks_take(struct core_stacks *stacks)
{
    core_lock_take(&stacks->lock);
    struct core_stack *stack = stacks->idle;
    if (stack != NULL) {
        assert(stacks->idle_count > 0);
        stacks->idle = stack->next;
        core_publish(&stacks->idle_count, stacks->idle_count - 1);
    } else {
        stack = cut_stack(stacks);
    }
    core_lock_give(&stacks->lock);
    return stack;
}

void core_stacks_give(struct core_stacks *stacks, struct core_stack *stack)
{
    assert(stack->packed_bytes == 0 &&
           "a packed stack is unpacked before it is given back");
    core_san_stack_reset(stack->bottom, stack->size);
    core_lock_take(&stacks->lock);
    stack->next = stacks->idle;
    stacks->idle = stack;
    assert(stacks->idle_count < stacks->made);
    core_publish(&stacks->idle_count, stacks->idle_count + 1);
    core_lock_give(&stacks->lock);
}

void core_stacks_count(const struct core_stacks *stacks, size_t *made, size_t *idle)
{
    /* Idle first: one that is made and given back meanwhile must not make it more. */
    *idle = core_glance(&stacks->idle_count);
    *made = core_glance(&stacks->made);
}

size_t core_stacks_taken(const struct core_stacks *stacks)
{
    size_t made, idle;
    core_stacks_count(stacks, &made, &idle);
    assert(idle <= made);
    return made - idle;
}

size_t core_stacks_unguarded(const struct core_stacks *stacks)
{
    return stacks->unguarded;
}

bool core_stack_in_guard(const struct core_stack *stack, const void *address)
{
    const char *at = address;
    return at < stack->bottom && at >= stack->bottom - page_bytes();
}

/* memcpy reads redzones of the frames it copies, which is no mistake here. */
CORE_NO_ASAN static void copy_words(void *to, const void *from, size_t bytes)
{
    const volatile uint64_t *source = from;
    volatile uint64_t *target = to;
    for (size_t i = 0; i < bytes / sizeof *source; i++)
        target[i] = source[i];
}

static bool save_live(struct core_stack *stack, void *sp)
{
    char *top = stack->bottom + stack->size;
    size_t bytes = (size_t)(top - (char *)sp);
    assert((char *)sp >= stack->bottom && bytes > 0 && bytes % 8 == 0);
    assert(stack->packed_bytes == 0 && "packed twice");
    stack->packed = malloc(bytes);
    if (stack->packed == NULL)
        return false;
    stack->packed_bytes = (uint32_t)bytes;
    copy_words(stack->packed, sp, bytes);
    return true;
}

int core_stack_pack(struct core_stack *stack, void *sp)
{
    return core_stack_pack_many(&stack, &sp, 1) == 1 ? 0 : -ENOMEM;
}

size_t core_stack_pack_many(struct core_stack **stacks, void **sps, size_t count)
{
    size_t packed = 0;
    char *from = NULL, *to = NULL; /* pages not yet returned */
    for (size_t i = 0; i < count; i++) {
        if (!save_live(stacks[i], sps[i]))
            continue;
        packed++;
        char *bottom = stacks[i]->bottom;
        /* A guard between neighbours survives being part of the range. */
        if (from != NULL && bottom != to + page_bytes()) {
            madvise(from, (size_t)(to - from), MADV_DONTNEED);
            from = NULL;
        }
        if (from == NULL)
            from = bottom;
        to = bottom + stacks[i]->size;
    }
    if (from != NULL)
        madvise(from, (size_t)(to - from), MADV_DONTNEED);
    return packed;
}

void core_stack_unpack(struct core_stack *stack)
{
    assert(stack->packed_bytes > 0);
    char *top = stack->bottom + stack->size;
    copy_words(top - stack->packed_bytes, stack->packed, stack->packed_bytes);
    core_stack_discard(stack);
}

void core_stack_discard(struct core_stack *stack)
{
    assert(stack->packed_bytes > 0);
    free(stack->packed);
    stack->next = NULL;
    stack->packed_bytes = 0;
}
