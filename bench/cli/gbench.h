/* gbench.h - the program without a verb: an ordinary Google Benchmark binary. */
#ifndef CLI_GBENCH_H
#define CLI_GBENCH_H

/* Takes --benchmark_* flags only; returns an exit code of trouble.h. Thread: main. */
int gbench_main(int argc, char **argv);

#endif
