/* thread.h - what a runtime's workers need from the operating system's threads. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

/* Binds the calling thread to one CPU. cpu < 0 leaves it as it is. Errors: negative errno
 * (-EINVAL where the CPU does not exist or a container does not allow it). */
int core_thread_bind(int cpu);

/* Names the calling thread for debuggers; at most 15 characters are kept. */
void core_thread_name(const char *name);

#endif
