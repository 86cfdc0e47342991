/* Channels: the cases of Go's runtime/chan_test.go and test/chan, as black boxes. */
#include "tasks_chan.h"

#include "check.h"
#include <csp.h>

static void send_flag(void *argument)
{
    csp_send(argument, &(int){7});
}

void chan_matrix(void *argument)
{
    (void)argument;
    for (int i = 0; i < 1000; i++) {
        struct csp_chan *c = csp_chan_make(sizeof(int), 0);
        csp_go(send_flag, c);
        int v = 0;
        CHECK(csp_recv(c, &v));
        CHECK_EQ(v, 7);
        csp_chan_free(c);
    }
}
