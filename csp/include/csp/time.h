/* time.h - Go's package time: Sleep, After, Timer, Ticker.
 *
 * The semantics are those of Go 1.23: a timer's channel looks unbuffered (csp_len and
 * csp_cap are 0), and when a Stop or Reset has returned, no value of before can be
 * received any more. Nothing happens early; lateness is the scheduler's. Durations that
 * are zero or negative have passed already, except a ticker's. Times are those of
 * csp_now_ns. All functions are called by goroutines, and several may use one timer.
 */
#ifndef CSP_TIME_H
#define CSP_TIME_H

#include <csp.h>

/* The runtime's clock: monotonic, but virtual under a seeded schedule. */
uint64_t csp_now_ns(void);

/* Sleeps at least duration_ns (time.Sleep). May: block. */
void csp_sleep(int64_t duration_ns);

/* A channel that receives the time, as uint64_t, after delay_ns (time.After). Owns: the
 * run, or who calls csp_chan_free, which stops the timer. */
struct csp_chan *csp_after(int64_t delay_ns);

/* --- Timers -------------------------------------------------------------------- */

struct csp_timer;

/* A timer that sends the time, as uint64_t, once after delay_ns (time.NewTimer). Owns:
 * the run, or who calls csp_timer_free. */
struct csp_timer *csp_timer_new(int64_t delay_ns);

/* A timer that starts a goroutine function(argument) after delay_ns (time.AfterFunc); if
 * there is no memory for it then, as soon as there is. Fatal: "go of nil func value".
 * Owns: as csp_timer_new. */
struct csp_timer *csp_timer_after_func(int64_t delay_ns, void (*function)(void *),
                                       void *argument);

/* Its channel: a field C in Go. Nil for csp_timer_after_func. */
struct csp_recv_chan csp_timer_chan(struct csp_timer *timer);

/* True: it had neither expired nor been stopped, and now never will. False for a timer
 * whose value has been received, or whose function has been started. Panics for NULL:
 * "time: Stop called on uninitialized Timer". */
bool csp_timer_stop(struct csp_timer *timer);

/* Stops it, returns what csp_timer_stop would, and starts it anew. Panics for NULL:
 * "time: Reset called on uninitialized Timer". */
bool csp_timer_reset(struct csp_timer *timer, int64_t delay_ns);

/* Stops a timer and frees it with its channel, on which nobody waits. NULL is allowed. */
void csp_timer_free(struct csp_timer *timer);

/* --- Tickers ------------------------------------------------------------------- */

struct csp_ticker;

/* A timer that sends the time each period_ns; while nobody receives one tick, the later
 * ones are dropped (time.NewTicker). Panics: "non-positive interval for NewTicker". Owns:
 * as csp_timer_new. */
struct csp_ticker *csp_ticker_new(int64_t period_ns);
struct csp_recv_chan csp_ticker_chan(struct csp_ticker *ticker);
/* Ticks no more; the channel is not closed. NULL is allowed, as in Go a zeroed ticker. */
void csp_ticker_stop(struct csp_ticker *ticker);
/* The next tick comes after period_ns. Panics: "non-positive interval for Ticker.Reset";
 * for NULL: "time: Reset called on uninitialized Ticker". */
void csp_ticker_reset(struct csp_ticker *ticker, int64_t period_ns);
/* Stops and frees it, as csp_timer_free. */
void csp_ticker_free(struct csp_ticker *ticker);

#endif
