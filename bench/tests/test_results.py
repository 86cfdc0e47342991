"""What a campaign leaves behind, as results/README.md promises it."""
import json
import os
import pty
import statistics
import subprocess

from bench_case import BENCH, FAST, BenchCase, key, main

KEY = {"workload", "model", "variant", "peer", "build", "workers", "placement", "size",
       "params", "knobs"}
SAMPLE = KEY | {
    "round", "attempt", "status", "reason", "ops", "units", "messages", "bytes", "checksum",
    "wall_ns", "warmup_ns", "start_ns", "stop_ns", "cpu_ns", "user_ns", "sys_ns",
    "max_rss_bytes", "switches_voluntary", "switches_involuntary", "foreign_cpu_ns",
    "steal_ns", "placed", "counters", "figures", "histogram"}
METRICS = {"ns_per_op", "ops_per_s", "cpu_ns_per_op", "max_rss_bytes", "start_ns",
           "stop_ns"}


class Results(BenchCase):
    def setUp(self):
        super().setUp()
        self.done = self.run_campaign("--workloads", "good", "--rounds", "7", "--seed", "3",
                                      "--set", "warmup_ms=1")

    def test_samples(self):
        samples = self.samples()
        self.assertEqual(len({key(sample) for sample in samples}), len(samples))
        self.assertEqual(len(samples), 7 * (5 + 3))
        for sample in samples:
            self.assertEqual(set(sample), SAMPLE)
            self.assertEqual((sample["status"], sample["reason"]), ("ok", ""))
            self.assertEqual(sample["checksum"], sample["ops"] * (sample["ops"] + 1) // 2 % 2**32)
            self.assertEqual(sample["knobs"], {"target_ms": 2, "warmup_ms": 1, "quiet_s": 0})
            self.assertGreater(sample["wall_ns"], 0)
            self.assertGreater(sample["warmup_ns"], 0)
            self.assertGreater(sample["max_rss_bytes"], 100_000)
            self.assertGreaterEqual(sample["counters"]["additions"], sample["ops"])
            self.assertEqual((sample["figures"], sample["histogram"]), ({}, []))

    def test_summary(self):
        summary, samples = self.summary(), self.samples()
        self.assertEqual(summary["schema"], "quartet-summary/1")
        self.assertEqual((summary["rounds"], summary["mode"], summary["seed"]),
                         (7, "quick", 3))
        for cell in summary["cells"]:
            mine = [sample for sample in samples
                    if all(sample[name] == cell[name] for name in KEY)]
            values = sorted(sample["wall_ns"] / sample["ops"] for sample in mine)
            self.assertEqual((cell["n"], len(mine)), (7, 7))
            self.assertEqual(set(cell["metrics"]), METRICS)
            self.assertEqual((cell["figures"], cell["histogram"]), ({}, {}))
            metric = cell["metrics"]["ns_per_op"]
            self.assertAlmostEqual(metric["median"], statistics.median(values))
            self.assertAlmostEqual(metric["low"], values[0])  # n = 7: rank 1
            self.assertAlmostEqual(metric["high"], values[-1])
            self.assertAlmostEqual(cell["covers"], 1 - 2 / 2**7)
        cost = summary["efficiency"]
        self.assertEqual(cost["measured_ns"], sum(sample["wall_ns"] for sample in samples))
        self.assertEqual(cost["warmup_ns"], sum(sample["warmup_ns"] for sample in samples))
        self.assertAlmostEqual(cost["ratio"], (cost["measured_ns"] + cost["warmup_ns"])
                               / cost["wall_ns"])

    def test_a_a(self):
        twins = self.summary()["aa"]
        self.assertEqual([twin["model"] for twin in twins], ["actors", "csp", "eventloop"])
        for twin in twins:
            self.assertIn(f"A/A good/{twin['model']}/workers:1: ratio {twin['ratio']:.3f}",
                          self.done.stdout)

    def test_manifest(self):
        manifest = json.loads((self.out / "manifest.json").read_text())
        self.assertEqual(manifest["schema"], "quartet-manifest/1")
        self.assertEqual(manifest["seed"], 3)
        self.assertEqual(manifest["plan"]["rounds"], 7)
        self.assertEqual(len(manifest["plan"]["cells"]), 8)
        self.assertEqual(manifest["flags"][0], "run")
        self.assertIn("--seed", manifest["flags"])
        self.assertTrue(manifest["build"]["compiler"])
        self.assertEqual(manifest["machine"], self.summary()["machine"])
        self.assertIsInstance(manifest["fingerprint"], dict)
        self.assertIn("<topology", (self.out / "topology.xml").read_text())

    def test_google_benchmark_file(self):
        runs = json.loads((self.out / "gbench.json").read_text())
        self.assertIn("date", runs["context"])
        medians = [run for run in runs["benchmarks"] if run["run_type"] == "aggregate"]
        self.assertEqual(len(medians), 8)
        self.assertEqual(len(runs["benchmarks"]), 8 + len(self.samples()))
        for run in runs["benchmarks"]:
            self.assertEqual(run["time_unit"], "ns")
            self.assertGreater(run["real_time"], 0)

    def test_too_few_repetitions_claim_no_interval(self):
        done = self.run_campaign("--workloads", "good", "--rounds", "5", "--out",
                                 self.folder / "few")
        lines = [line for line in done.stdout.splitlines() if line.endswith("ok (few)")]
        self.assertGreater(len(lines), 0)
        for line in lines:
            self.assertNotIn("…", line)
        self.assertIn("few: fewer than 6 repetitions", done.stdout)
        self.assertIn("too few repetitions for intervals", done.stdout)
        self.assertNotIn("overlap", done.stdout)
        self.assertNotIn("(few)", self.done.stdout)
        self.assertIn("intervals", self.done.stdout)

    def test_streams(self):
        self.assertIn("95 % interval", self.done.stdout)
        rounds = [line for line in self.done.stderr.splitlines() if " round " in line]
        self.assertEqual(len(rounds), 7)  # not a terminal: one plain line a round
        self.assertIn("ETA", rounds[0])
        self.assertNotIn("\033", self.done.stderr + self.done.stdout)


class Report(BenchCase):
    def test_run_ends_with_a_report(self):
        done = self.run_campaign("--workloads", "better", "--rounds", "1")
        self.assertIn(f"report:  {self.out}/report.html", done.stdout)
        for name in ["report.html", "summary.md", "summary.csv"]:
            self.assertTrue((self.out / name).stat().st_size > 0)

    def test_without_gnuplot_nothing_measured_is_lost(self):
        (self.path / "gnuplot").unlink()
        self.environment["PATH"] = str(self.path)
        done = self.run_campaign("--workloads", "better", "--rounds", "1", code=6)
        self.assertIn("gnuplot", done.stderr.splitlines()[-1])
        self.assertIn("better", done.stdout)
        self.assertEqual((len(self.samples()), self.cell("better")["status"]), (2, "ok"))


class Terminal(BenchCase):
    """On a terminal one line is rewritten; NO_COLOR keeps escape sequences out of it."""

    def live(self):
        ours, theirs = pty.openpty()
        running = subprocess.Popen(
            [BENCH, "run", "--out", self.out, *FAST, "--workloads", "better", "--rounds", "8"],
            env=self.environment, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        said = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            said += chunk
        os.close(ours)
        self.assertEqual(running.wait(60), 0)
        return said.decode()

    def test_plain(self):
        said = self.live()
        self.assertIn("\r[ 0/16", said)
        self.assertIn("better·actors·w1", said)
        self.assertIn("op/s ±", said)
        self.assertNotIn("\033", said)

    def test_colour(self):
        del self.environment["NO_COLOR"]
        self.environment["TERM"] = "xterm"
        self.assertIn("\033[K", self.live())


class Streams(BenchCase):
    def test_stdout_that_takes_nothing(self):
        with open("/dev/full", "w") as full:
            done = self.bench("list", stdout=full, stderr=subprocess.PIPE,
                              capture_output=False)
        self.assertEqual(done.returncode, 7)
        self.assertEqual(done.stderr, "quartet-bench: cannot write to stdout\n")


class Budget(BenchCase):
    def test_a_budget_ends_after_the_floor(self):
        done = self.run_campaign("--workloads", "better", "--rounds", "900", "--budget", "1s",
                                 "--set", "target_ms=20")
        self.assertIn("at least 6 rounds", done.stderr)
        self.assertIn("budget of 1 s is used up", done.stderr)
        summary = self.summary()
        self.assertGreaterEqual(summary["rounds"], 6)
        self.assertLess(summary["rounds"], 900)
        self.assertEqual(summary["rounds_planned"], 900)


class Sizes(BenchCase):
    """A workload with sizes: a cell each, and what one more task costs."""

    def test_slope(self):
        self.run_campaign("--workloads", "sized", "--rounds", "2")
        summary = self.summary()
        sizes = sorted(cell["size"] for cell in summary["cells"] if cell["build"] == "release")
        self.assertEqual(sizes, [4, 40])
        for cell in summary["cells"]:
            self.assertEqual(cell["ops"] % cell["size"], 0)
        slopes = [slope for slope in summary["slopes"] if slope["build"] == "release"]
        self.assertEqual(len(slopes), 1)
        self.assertEqual((slopes[0]["workload"], slopes[0]["counter"], slopes[0]["sizes"]),
                         ("sized", "parked_bytes", [4, 40]))
        self.assertAlmostEqual(slopes[0]["per_task"], 100)


class Figures(BenchCase):
    """What a repetition tells beside its time; sizes that ops do not follow, 0 among them."""

    def test_figures(self):
        done = self.run_campaign("--workloads", "telling", "--rounds", "6")
        cells = {cell["size"]: cell for cell in self.summary()["cells"]
                 if cell["build"] == "release"}
        self.assertEqual(sorted(cells), [0, 3])
        for sample in self.samples():
            self.assertEqual(sample["figures"],
                             {"share": 7.5 + sample["size"], "lateness_p50_ns": 100,
                              "lateness_p90_ns": 180, "lateness_p99_ns": 198,
                              "lateness_max_ns": 200})  # untold_bytes was not told
            self.assertEqual(sample["histogram"], [[value, 1] for value in range(1, 201)])
        for size, cell in cells.items():
            figure = cell["figures"]["share"]
            self.assertEqual(figure, {"median": 7.5 + size, "low": 7.5 + size,
                                      "high": 7.5 + size, "n": 6, "unit": "",
                                      "better": "higher"})
            self.assertEqual(cell["figures"]["lateness_p99_ns"]["unit"], "ns")
            self.assertEqual(cell["histogram"],
                             {"name": "lateness", "count": 1200, "p50_ns": 100, "p90_ns": 180,
                              "p99_ns": 198, "max_ns": 200})
        self.assertIn("telling share (higher is better)", done.stdout)
        self.assertIn("actors 3 hogs", done.stdout)
        self.assertIn("lateness of all rounds, 1200 values: p50 100", done.stdout)

    def test_a_histogram_that_was_promised(self):
        self.run_campaign("--workloads", "silent", "--rounds", "1", code=3)
        cell = self.cell("silent")
        self.assertEqual((cell["status"], cell["reason"], cell["figures"]),
                         ("failed", "its histogram is empty", {}))


if __name__ == "__main__":
    main()
