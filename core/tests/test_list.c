/* The bag of list.h: what is put in and not taken out is there, once, wherever it lay and
 * however often the bag moved. (The lists are tested by those who use them.) */
#include "check.h"

#include <core/list.h>
#include <core/rng.h>

enum { THINGS = 20, STEPS = 20000 };

struct thing {
    int found;
    bool inside;
    struct core_bag_node node;
};

static void check_content(const struct core_bag *bag, struct thing *things)
{
    struct core_bag_node *const *place = &bag->first;
    for (; *place != NULL; place = &(*place)->next) {
        CHECK((*place)->place == place);
        CORE_CONTAINER_OF(*place, struct thing, node)->found++;
    }
    for (int i = 0; i < THINGS; i++) {
        CHECK_EQ(things[i].found, things[i].inside);
        things[i].found = 0;
    }
}

static void holds_what_is_put_in_and_not_taken_out(void)
{
    struct thing things[THINGS] = {0};
    struct core_bag bags[2] = {0};
    struct core_rng rng;
    int now = 0;
    core_rng_seed(&rng, 1);
    for (int i = 0; i < STEPS; i++) {
        struct thing *thing = &things[core_rng_below(&rng, THINGS)];
        if (thing->inside)
            core_bag_remove(&thing->node);
        else
            core_bag_add(&bags[now], &thing->node);
        thing->inside = !thing->inside;
        if (core_rng_below(&rng, 8) == 0) {
            core_bag_move(&bags[now], &bags[1 - now]);
            CHECK(bags[now].first == NULL);
            now = 1 - now;
        }
        check_content(&bags[now], things);
    }
}

static void an_empty_one_moves(void)
{
    struct core_bag from = {0}, to = {0};
    struct core_bag_node node;
    core_bag_move(&from, &to);
    CHECK(from.first == NULL && to.first == NULL);
    core_bag_add(&to, &node);
    core_bag_remove(&node);
    CHECK(to.first == NULL);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(holds_what_is_put_in_and_not_taken_out),
        CHECK_CASE(an_empty_one_moves),
    };
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
