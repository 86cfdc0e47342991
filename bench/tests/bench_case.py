"""What the campaign's tests share: the program with fake workloads, run in a fresh folder.

The program's path is in QUARTET_BENCH. Each case has its own lock folder, so that tests may
run side by side, and a gnuplot that draws an empty picture: charts have tests of their own.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BENCH = os.environ.get("QUARTET_BENCH", "")
FAST = ["--set", "target_ms=2", "--set", "quiet_s=0", "--workers", "1"]


class BenchCase(unittest.TestCase):
    def setUp(self):
        self.assertTrue(BENCH, "QUARTET_BENCH names the program to test")
        self._folder = tempfile.TemporaryDirectory(prefix="quartet-bench-")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.out = self.folder / "campaign"
        self.path = self.folder / "path"
        self.path.mkdir()
        self.program("gnuplot", "echo '<svg id=\"gnuplot_canvas\"></svg>' > \"$4\"")
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(self.folder), NO_COLOR="1",
                                PATH=f"{self.path}:{os.environ['PATH']}")

    def program(self, name, script):
        """A shell script that stands for a program in PATH."""
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def bench(self, *arguments, **more):
        """Runs the program to its end."""
        options = dict(env=self.environment, cwd=self.folder, capture_output=True,
                       text=True, timeout=100)
        options.update(more)
        return subprocess.run([BENCH, *map(str, arguments)], **options)

    def run_campaign(self, *arguments, code=0):
        """A fast campaign into self.out; checks its exit code."""
        done = self.bench("run", "--out", self.out, *FAST, *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def samples(self, out=None):
        text = ((out or self.out) / "samples.jsonl").read_text()
        self.assertTrue(text == "" or text.endswith("\n"))
        return [json.loads(line) for line in text.splitlines()]

    def summary(self, out=None):
        return json.loads(((out or self.out) / "summary.json").read_text())

    def cell(self, workload, variant=""):
        cells = [cell for cell in self.summary()["cells"]
                 if cell["workload"] == workload and cell["variant"] == variant
                 and cell["build"] == "release"]
        self.assertEqual(len(cells), 1)
        return cells[0]

    def assert_one_line(self, done, code, *parts):
        """It refused: that exit code, nothing on stdout, one clear line on stderr."""
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)


def key(sample):
    """What must be unique in samples.jsonl."""
    return (sample["workload"], sample["model"], sample["variant"], sample["build"],
            sample["workers"], sample["round"])


main = unittest.main
