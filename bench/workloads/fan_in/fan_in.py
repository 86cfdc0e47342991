"""fan_in: eight threads put into one queue; one op is one message."""

import sys
from pathlib import Path
from queue import Queue
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers" / "protocol"))
from quartet_peer import Answer, Program, play  # noqa: E402

PRODUCERS = 8
MASK = 0xFFFFF


def produce(p, ops, queue):
    for number in range(p, ops, PRODUCERS):
        queue.put(number & MASK)


def consume(ops, queue, done):
    total = 0
    for _ in range(ops):
        total += queue.get()
    done.put(total)


def run(ops):
    queue, done = Queue(), Queue()
    threads = [Thread(target=consume, args=(ops, queue, done))]
    threads += [Thread(target=produce, args=(p, ops, queue)) for p in range(PRODUCERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Answer(units=len(threads), messages=ops, bytes=8 * ops, checksum=done.get())


if __name__ == "__main__":
    play(Program(quantum=PRODUCERS, run=run, tiny_ops=16, tiny=Answer(9, 16, 128, 120)))
