/* A monitor goroutine: one loop, one channel. */
#include "runtime.h"

#include <csp/monitor.h>

struct csp_monitor {
    struct csp_chan *requests; /* of struct request, unbuffered */
    struct csp_chan *ended;    /* closed by the loop */
    void *state;               /* touched by the loop alone */
};

struct request {
    csp_monitor_act *act;
    void *argument;
    struct csp_chan *answered; /* NULL: nobody waits */
};

static void serve(void *argument)
{
    struct csp_monitor *monitor = argument;
    struct request request;
    while (csp_recv(monitor->requests, &request)) {
        assert(request.act != NULL && "there is something to do");
        request.act(monitor->state, request.argument);
        if (request.answered != NULL)
            csp_send(request.answered, NULL);
    }
    csp_close(monitor->ended);
}

struct csp_monitor *csp_monitor_start(void *state)
{
    struct csp_monitor *monitor = csp_alloc(sizeof *monitor);
    *monitor = (struct csp_monitor){
        .requests = csp_chan_make(sizeof(struct request), 0),
        .ended = csp_chan_make(0, 0),
        .state = state,
    };
    csp_go(serve, monitor);
    return monitor;
}

void csp_monitor_call(struct csp_monitor *monitor, csp_monitor_act *act, void *argument)
{
    struct csp_chan *answered = csp_chan_make(0, 1); /* the loop need not wait */
    csp_send(monitor->requests, &(struct request){act, argument, answered});
    csp_recv(answered, NULL);
    csp_chan_free(answered);
}

void csp_monitor_post(struct csp_monitor *monitor, csp_monitor_act *act, void *argument)
{
    csp_send(monitor->requests, &(struct request){act, argument, NULL});
}

void csp_monitor_stop(struct csp_monitor *monitor)
{
    csp_close(monitor->requests);
    csp_recv(monitor->ended, NULL);
    csp_chan_free(monitor->requests);
    csp_chan_free(monitor->ended);
    csp_free(monitor);
}
