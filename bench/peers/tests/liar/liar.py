"""A peer whose tiny case comes out wrong: it must stop with exit code 3."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers" / "protocol"))
from quartet_peer import Answer, Program, play  # noqa: E402


def run(ops):
    return Answer(1, 0, 0, ops)


play(Program(quantum=1, run=run, tiny_ops=3, tiny=Answer(1, 0, 0, 4)))
