"""mandelbrot: eight threads compute rows of a picture; one op is one row."""

import sys
from pathlib import Path
from queue import Queue
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers" / "protocol"))
from quartet_peer import Answer, Program, play  # noqa: E402

WORKERS = 8
WIDTH = 512
HEIGHT = 512
ITERATIONS = 128
STRIDE = 317
STEP = 5.0 / 1024.0


def point(re, im):
    zr = zi = 0.0
    for n in range(ITERATIONS):
        zr2 = zr * zr
        zi2 = zi * zi
        if zr2 + zi2 > 4.0:
            return n
        zi = 2.0 * zr * zi + im
        zr = zr2 - zi2 + re
    return ITERATIONS


def row(y):
    im = -1.25 + STEP * y
    return sum(point(-2.0 + STEP * x, im) for x in range(WIDTH))


def work(t, ops, sums):
    sums.put(sum(row(op * STRIDE % HEIGHT) for op in range(t, ops, WORKERS)))


def collect(sums, done):
    parts = [sums.get() for _ in range(WORKERS)]
    done.put((len(parts), sum(parts)))


def run(ops):
    sums, done = Queue(), Queue()
    threads = [Thread(target=collect, args=(sums, done))]
    threads += [Thread(target=work, args=(t, ops, sums)) for t in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    messages, total = done.get()
    return Answer(len(threads), messages, 8 * messages, total)


if __name__ == "__main__":
    play(Program(quantum=WORKERS, run=run, tiny_ops=8, tiny=Answer(9, 8, 64, 142180)))
