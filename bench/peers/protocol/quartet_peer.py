"""The peers' side of the protocol (bench/peers/README.md): arguments, self-check,
warm-up, the one timed run, the one line of JSON."""

import json
import sys
import time
from typing import Callable, NamedTuple

GROWTH = 8
DEFAULTS = {
    "ops": 0,
    "workers": 1,
    "size": 0,
    "target_ns": 100_000_000,
    "warmup_ns": 1_000_000_000,
}
LIMITS = {
    "ops": 2**33,
    "workers": 1024,
    "size": 2**53 - 1,
    "target_ns": 3600 * 10**9,
    "warmup_ns": 3600 * 10**9,
}


class Answer(NamedTuple):
    """What a run counted."""

    units: int
    messages: int
    bytes: int
    checksum: int


class Program(NamedTuple):
    """A workload. tiny_ops and tiny: a case small enough to know by heart."""

    quantum: int
    run: Callable[[int], Answer]
    tiny_ops: int
    tiny: Answer


class Failure(Exception):
    """Ends the program with a line on stderr and an exit code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def play(program):
    """Plays a program as the command line asks and ends the process."""
    try:
        asked = read_arguments(sys.argv[1:], program)
        self_check(program)
        ops, warmup_ns = warm_up(program, asked)
        elapsed_ns, answer = timed(program, ops)
    except Failure as failure:
        print(failure, file=sys.stderr)
        sys.exit(failure.code)
    line = {"schema": "quartet-peer/1", "ops": ops, **answer._asdict()}
    print(json.dumps({**line, "elapsed_ns": elapsed_ns, "warmup_ns": warmup_ns}))


def read_arguments(words, program):
    """The arguments with their defaults, checked."""
    given = {}
    for word in words:
        key, equals, digits = word.partition("=")
        if not equals:
            raise Failure(2, f"'{word}' is not key=value")
        if key not in DEFAULTS:
            raise Failure(2, f"unknown argument '{word}'")
        if key in given:
            raise Failure(2, f"{key} is given twice")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
            raise Failure(2, f"{word} is not a whole number")
        if int(digits) > LIMITS[key]:
            raise Failure(2, f"{word} is more than {LIMITS[key]}")
        given[key] = int(digits)
    asked = {**DEFAULTS, **given}
    if asked["ops"] % program.quantum != 0:
        raise Failure(2, f"ops={asked['ops']} is not a multiple of {program.quantum}")
    if asked["workers"] != 1:
        raise Failure(2, f"workers={asked['workers']}: one thread runs Python at a time")
    if asked["target_ns"] == 0:
        raise Failure(2, "target_ns=0: at least 1")
    if asked["size"] != 0:
        raise Failure(2, f"size={asked['size']}: this workload has no size")
    return asked


def self_check(program):
    """Solves the tiny case, whose answer is known."""
    answer = program.run(program.tiny_ops)
    if answer != program.tiny:
        raise Failure(
            3, f"self-check of {program.tiny_ops} ops: {answer}, expected {program.tiny}"
        )


def warm_up(program, asked):
    """Runs grow until one takes target_ns, and go on until warmup_ns is spent. Calibrated
    ops rest on a run at least half as long as the timed one. Returns (ops, ns spent)."""
    wanted, quantum = asked["ops"], program.quantum
    n, spent = quantum, 0
    while True:
        elapsed_ns, _ = timed(program, n)
        spent += elapsed_ns
        goal = max(quantum, n * asked["target_ns"] // elapsed_ns // quantum * quantum)
        if spent >= asked["warmup_ns"] and (wanted > 0 or goal <= 2 * n):
            return wanted or goal, spent
        n = min(goal, GROWTH * n)
        if wanted > 0:
            n = min(n, wanted)


def timed(program, ops):
    """One run; it takes at least one nanosecond. Returns (ns, answer)."""
    start = time.monotonic_ns()
    answer = program.run(ops)
    return max(time.monotonic_ns() - start, 1), answer
