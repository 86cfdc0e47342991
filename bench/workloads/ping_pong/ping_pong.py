"""ping_pong: two threads hand a counter back and forth; one op is one round trip."""

import sys
from pathlib import Path
from queue import Queue
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers" / "protocol"))
from quartet_peer import Answer, Program, play  # noqa: E402


def ping(ops, there, back, done):
    hops = 0
    for _ in range(ops):
        there.put(hops + 1)
        hops = back.get()
    done.put(hops)


def pong(ops, there, back):
    for _ in range(ops):
        back.put(there.get() + 1)


def run(ops):
    there, back, done = Queue(), Queue(), Queue()
    threads = [
        Thread(target=ping, args=(ops, there, back, done)),
        Thread(target=pong, args=(ops, there, back)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hops = done.get()
    return Answer(units=len(threads), messages=hops, bytes=8 * hops, checksum=hops)


if __name__ == "__main__":
    play(Program(quantum=1, run=run, tiny_ops=3, tiny=Answer(2, 6, 48, 6)))
