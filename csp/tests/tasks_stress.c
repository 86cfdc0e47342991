/* Conservation: whatever the workers do to each other, nothing is lost or doubled. */
#include "tasks_stress.h"

#include "check.h"
#include <core/rng.h>
#include <core/sanitize.h>
#include <csp.h>

enum { CHANS = 8, CARRIERS = 24, TOKENS = 10 };

struct token {
    int number;
    int hops;
};

struct net {
    struct csp_chan *chans[CHANS], *out, *quit;
    struct csp_waitgroup group;
    int hops;
};

struct carrier {
    struct net *net;
    struct core_rng rng;
};

/* Receives a token from one of three channels, or gives up soon; false: the end. */
static bool take(struct carrier *carrier, struct token *token, bool *got)
{
    struct csp_case cases[4] = {{.op = CSP_RECV, .chan = carrier->net->quit}};
    for (int i = 1; i < 4; i++)
        cases[i] = (struct csp_case){
            .op = CSP_RECV,
            .chan = carrier->net->chans[core_rng_below(&carrier->rng, CHANS)],
            .element = token,
        };
    int chosen = core_rng_below(&carrier->rng, 2)
                     ? csp_select_timeout(cases, 4, 50000)
                     : csp_select_timeout(cases, 4, UINT64_C(100000000));
    *got = chosen > 0;
    return chosen != 0;
}

/* Sends it on by one of several ways. */
static void pass_on(struct carrier *carrier, struct token *token)
{
    struct net *net = carrier->net;
    struct csp_chan *one = net->chans[core_rng_below(&carrier->rng, CHANS)];
    struct csp_chan *two = net->chans[core_rng_below(&carrier->rng, CHANS)];
    struct csp_case cases[] = {{.op = CSP_SEND, .chan = one, .element = token},
                               {.op = CSP_SEND, .chan = two, .element = token}};
    switch (core_rng_below(&carrier->rng, 4)) {
    case 0:
        csp_send(one, token);
        break;
    case 1:
        while (!csp_try_send(one, token))
            csp_gosched();
        break;
    case 2:
        csp_select(cases, 2);
        break;
    default:
        while (csp_select_timeout(cases, 2, 30000) == CSP_NO_CASE)
            csp_gosched();
        break;
    }
}

static void carry(void *argument)
{
    struct carrier *carrier = argument;
    struct token token = {0, 0};
    bool got = false;
    while (take(carrier, &token, &got)) {
        if (!got)
            continue;
        if (++token.hops >= carrier->net->hops)
            csp_send(carrier->net->out, &token);
        else
            pass_on(carrier, &token);
    }
    csp_waitgroup_done(&carrier->net->group);
}

/* Ten tokens wander among eight channels until each has made its hops. */
void tokens(void *argument)
{
    struct tokens *plan = argument;
    struct net net = {.hops = plan->hops};
    struct carrier carriers[CARRIERS];
    int seen[TOKENS] = {0};
    for (int c = 0; c < CHANS; c++)
        net.chans[c] = csp_chan_make(sizeof(struct token), c % 4 == 3 ? 2 : 0);
    net.out = csp_chan_make(sizeof(struct token), 0);
    net.quit = csp_chan_make(0, 0);
    csp_waitgroup_add(&net.group, CARRIERS);
    for (int i = 0; i < CARRIERS; i++) {
        carriers[i].net = &net;
        core_rng_seed(&carriers[i].rng, plan->seed * 1000 + (uint32_t)i);
        csp_go(carry, &carriers[i]);
    }
    for (int i = 0; i < TOKENS; i++)
        csp_send(net.chans[i % CHANS], &(struct token){i, 0});
    for (int i = 0; i < TOKENS; i++) {
        struct token token = {-1, -1};
        csp_recv(net.out, &token);
        CHECK_EQ(token.hops, net.hops);
        CHECK_EQ(seen[token.number]++, 0);
    }
    for (int c = 0; c < CHANS; c++)
        CHECK_EQ(csp_len(net.chans[c]), 0);
    csp_close(net.quit);
    csp_waitgroup_wait(&net.group);
}

/* --- Goroutines that start goroutines ------------------------------------------ */

struct node {
    struct csp_chan *up;
    int depth;
};

/* A binary tree; each node answers how many leaves are below it. */
static void grow(void *argument)
{
    struct node *node = argument;
    int sum = 1;
    if (node->depth > 0) {
        struct node child = {csp_chan_make(sizeof(int), node->depth % 2),
                             node->depth - 1};
        int left = 0, right = 0;
        csp_go(grow, &child);
        csp_go(grow, &child);
        csp_recv(child.up, &left);
        csp_recv(child.up, &right);
        csp_chan_free(child.up);
        sum = left + right;
    }
    csp_send(node->up, &sum);
}

void churn(void *argument)
{
    enum { DEPTH = CORE_SANITIZED ? 9 : 13 };
    (void)argument;
    struct node root = {csp_chan_make(sizeof(int), 0), DEPTH};
    int leaves = 0;
    csp_go(grow, &root);
    csp_recv(root.up, &leaves);
    CHECK_EQ(leaves, 1 << DEPTH);
}
