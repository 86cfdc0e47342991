"""A repetition that crashes, hangs, lies or prints garbage is a result; the rest goes on."""
import json
import os
import time

from bench_case import BENCH, FAST, BenchCase, main


class Faults(BenchCase):
    def one_bad(self, workload, variant, status, *parts, rounds=2, flags=()):
        """Beside a good cell, one that fails in a known way."""
        done = self.run_campaign("--workloads", f"better,{workload}", "--rounds", rounds,
                                 *flags, code=3)
        cell = self.cell(workload, variant)
        self.assertEqual(cell["status"], status)
        self.assertEqual((cell["n"], cell["metrics"]), (0, {}))
        for part in parts:
            self.assertIn(part, cell["reason"])
        self.assertIn(cell["reason"], done.stdout)
        better = self.cell("better")
        self.assertEqual((better["status"], better["n"]), ("ok", rounds))
        return [sample for sample in self.samples() if sample["workload"] == workload
                and sample["variant"] == variant and sample["build"] == "release"]

    def test_crash(self):
        samples = self.one_bad("crash", "", "crashed", "SIGSEGV", "about to fault")
        self.assertEqual([sample["status"] for sample in samples], ["crashed"] * 2)

    def test_exit(self):
        self.one_bad("crash", "exit", "crashed", "exit status 9")

    def test_garbage(self):
        self.one_bad("garbage", "", "failed", "garbage")

    def test_more_time_than_passed(self):
        self.one_bad("garbage", "time", "failed", "more time than")

    def test_each_wrong_field_is_named(self):
        for field in ["ops", "units", "messages", "bytes", "checksum"]:
            self.setUp()
            with self.subTest(field=field):
                self.one_bad("wrong", field, "failed", f"{field} is ", "instead of")

    def test_entry_that_cannot_start_or_run(self):
        self.one_bad("fails", "start", "failed", "start failed: Cannot allocate memory")
        self.setUp()
        self.one_bad("fails", "run", "failed", "run failed: Input/output error")

    def test_hang_ends_with_its_grandchild_and_is_not_repeated(self):
        pid_file = self.folder / "pid"
        self.environment["FAKE_PID_FILE"] = str(pid_file)
        samples = self.one_bad("hang", "", "timeout", "no end after 3 s",
                               flags=["--set", "timeout_s=3"])
        self.assertEqual(len(samples), 1)
        grandchild = int(pid_file.read_text())
        for _ in range(100):
            if not alive(grandchild):
                return
            time.sleep(0.05)
        self.fail("the grandchild outlived the time-out")

    def test_unsupported_is_not_a_failure(self):
        self.run_campaign("--workloads", "unsupported", "--rounds", "2")
        cell = self.cell("unsupported")
        self.assertEqual(cell["status"], "n/a")
        self.assertIn("not supported", cell["reason"])
        self.assertEqual(len(self.samples()), 2)  # the cell and its twin, once each

    def test_start_up_is_outside_the_measured_time(self):
        self.run_campaign("--workloads", "slow", "--rounds", "3")
        slept = 150_000_000
        self.assertGreaterEqual(min(sample["start_ns"] for sample in self.samples()), slept)
        self.assertLess(min(sample["wall_ns"] for sample in self.samples()), slept)

    def test_google_benchmark_counts_errors(self):
        flags = ["--benchmark_format=json", "--benchmark_repetitions=2"]
        done = self.bench("--benchmark_filter=wrong/.*checksum", *flags)
        self.assertEqual(done.returncode, 3, done.stderr)
        runs = json.loads(done.stdout)["benchmarks"]
        self.assertTrue(all(run["error_occurred"] for run in runs))
        done = self.bench("--benchmark_filter=better/actors/workers:1/", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("better/actors/workers:1",
                      json.loads(done.stdout)["benchmarks"][0]["name"])


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


if __name__ == "__main__":
    main()
