"""No room on disk: exit 7, one line that says so, and no sample is lost.

A tiny file system needs root's mount; elsewhere a limit on the size of files stands in.
"""
import os
import resource
import signal
import subprocess
import sys
import unittest

from bench_case import BENCH, FAST, BenchCase, main


class Disk(BenchCase):
    def check(self, done):
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("samples.jsonl", done.stderr)
        self.assertIn("all earlier samples are kept", done.stderr)
        self.assertIn("--resume", done.stderr)
        samples = self.samples()  # whole lines only
        self.assertGreater(len(samples), 0)
        self.assertTrue(all(sample["status"] == "ok" for sample in samples))
        return (self.out / "samples.jsonl").read_text()

    def resume(self, kept):
        done = self.bench("run", "--resume", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.out / "samples.jsonl").read_text().startswith(kept))
        self.assertTrue(all(cell["n"] == 12 for cell in self.summary()["cells"]))

    def test_full_file_system(self):
        tiny = self.folder / "tiny"
        tiny.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tiny],
                                 capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a tiny file system")
        self.addCleanup(subprocess.run, ["umount", "-l", tiny])
        self.out = tiny / "campaign"
        done = self.bench("run", "--out", self.out, *FAST, "--workloads", "good",
                          "--rounds", "12")
        kept = self.check(done)
        subprocess.run(["mount", "-o", "remount,size=8m", tiny], check=True)
        self.resume(kept)

    def test_limited_file_size(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, resource.RLIM_INFINITY))

        done = self.bench("run", "--out", self.out, *FAST, "--workloads", "good",
                          "--rounds", "12", preexec_fn=limit)
        kept = self.check(done)
        self.resume(kept)


if __name__ == "__main__":
    main()
