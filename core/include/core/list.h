/* list.h - intrusive lists. core_list: doubly linked and circular, in order; a node that
 * is in no list points at itself. core_bag: without order, its head one pointer, for
 * owners of which there are many; all zero is an empty one. */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

struct core_list {
    struct core_list *next;
    struct core_list *prev;
};

#define CORE_CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline void core_list_init(struct core_list *node)
{
    node->next = node;
    node->prev = node;
}

static inline bool core_list_empty(const struct core_list *list)
{
    return list->next == list;
}

static inline void core_list_append(struct core_list *list, struct core_list *node)
{
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}

static inline void core_list_prepend(struct core_list *list, struct core_list *node)
{
    core_list_append(list->next, node);
}

/* Takes a node out of its list, if it is in one, and makes it point at itself. */
static inline void core_list_remove(struct core_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    core_list_init(node);
}

/* The first node taken out, or NULL. */
static inline struct core_list *core_list_shift(struct core_list *list)
{
    if (core_list_empty(list))
        return NULL;
    struct core_list *node = list->next;
    core_list_remove(node);
    return node;
}

struct core_bag {
    struct core_bag_node *first;
};

struct core_bag_node {
    struct core_bag_node *next;
    struct core_bag_node **place; /* the pointer that points here */
};

static inline void core_bag_add(struct core_bag *bag, struct core_bag_node *node)
{
    node->next = bag->first;
    node->place = &bag->first;
    if (node->next != NULL)
        node->next->place = &node->next;
    bag->first = node;
}

/* Takes a node out of the bag that it is in. */
static inline void core_bag_remove(struct core_bag_node *node)
{
    *node->place = node->next;
    if (node->next != NULL)
        node->next->place = node->place;
}

/* Moves all nodes to an empty bag. */
static inline void core_bag_move(struct core_bag *from, struct core_bag *to)
{
    assert(to->first == NULL);
    to->first = from->first;
    from->first = NULL;
    if (to->first != NULL)
        to->first->place = &to->first;
}

#endif
