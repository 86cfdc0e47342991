"""Bad input: one clear line that names what is allowed, the right exit code, no folder."""
import os

from bench_case import BenchCase, main


class Usage(BenchCase):
    def refused(self, code, parts, *arguments):
        with self.subTest(arguments=arguments):
            self.assert_one_line(self.bench(*arguments), code, *parts)

    def test_verbs(self):
        self.refused(2, ["unknown verb 'frobnicate'", "run list plan"], "frobnicate")
        self.refused(2, ["unknown verb '--frobnicate'"], "--frobnicate")
        self.refused(2, ["help takes no argument"], "help", "run")
        self.refused(2, ["--json"], "list", "--yaml")
        self.refused(2, ["--json"], "list", "everything")

    def test_every_verb_refuses_in_one_line(self):
        for verb in ["run", "plan", "list", "topo", "doctor", "report", "plot"]:
            self.refused(2, ["quartet-bench", "--frobnicate"], verb, "--frobnicate")
        for verb, flag in [("topo", "--workers"), ("doctor", "--workers"),
                           ("plot", "--format")]:
            self.refused(2, ["quartet-bench", flag], verb, flag)
            self.refused(2, ["quartet-bench", flag], verb, flag, "x")
        self.refused(2, ["quartet-bench", "not also"], "report", "a", "b")

    def test_flags(self):
        self.refused(2, ["--frobnicate"], "run", "--frobnicate")
        self.refused(2, ["--frobnicate"], "plan", "--frobnicate=3")
        self.refused(2, ["--models"], "run", "--models")
        self.refused(2, ["'ping'"], "run", "ping")
        self.refused(2, ["--against"], "run", "--against=build")

    def test_names(self):
        self.refused(2, ["unknown model 'beam'", "actors csp"], "run", "--models", "beam")
        self.refused(2, ["unknown workload 'gut'", "good better"], "run", "--workloads",
                     "good,gut")
        self.refused(2, ["comma list"], "run", "--models", "actors,,csp")
        self.refused(4, ["no workload matches 'x*'"], "run", "--workloads", "x*")
        self.refused(4, ["nothing matched"], "run", "--models", "csp", "--workloads", "better")

    def test_workers(self):
        for count in ["0", "-1", "two", "99999", "1,0", "1.5", "", "1e3",
                      "99999999999999999999"]:
            parts = ["comma list"] if count == "" else ["--workers", "1 to", "sweep"]
            self.refused(2, parts, "run", "--workers=" + count)

    def test_numbers(self):
        for rounds in ["0", "-1", "many", "100000", ""]:
            self.refused(2, ["--rounds", "1 to 1000"], "run", "--rounds=" + rounds)
        for seed in ["-1", "x", "4294967296"]:
            self.refused(2, ["--seed", "4294967295"], "run", "--seed=" + seed)
        for budget in ["10", "m", "-1m", "0s", "10d", "", "99999999999h"]:
            self.refused(2, ["--budget", "10m"], "run", "--budget=" + budget)

    def test_places(self):
        for place in ["everywhere", "explicit:", "explicit:a", "explicit:-1", ""]:
            self.refused(2, ["--place"], "run", "--place=" + place)
        self.refused(2, ["99999"], "run", "--place=explicit:99999")

    def test_knobs(self):
        for knob in ["target_ms", "target_ms=", "target_ms=0", "colour=blue", "timeout_s=x"]:
            self.refused(2, ["--set", "target_ms"] if "timeout" not in knob else ["--set"],
                         "run", "--set", knob)

    def test_folders(self):
        self.refused(7, ["resume", "nowhere"], "run", "--resume", self.folder / "nowhere")
        (self.folder / "empty").mkdir()
        self.refused(7, ["manifest.json"], "run", "--resume", self.folder / "empty")
        (self.folder / "file").write_text("")
        self.refused(7, ["file"], "run", "--out", self.folder / "file" / "below")
        self.refused(7, ["/proc"], "run", "--out", "/proc/quartet")
        self.refused(2, ["give no other flag"], "run", "--resume", self.folder / "empty",
                     "--rounds", "3")
        self.refused(2, ["--resume"], "plan", "--resume", self.folder / "empty")
        (self.folder / "bad").mkdir()
        for text in ["", "{", "[]", '{"schema": "quartet-manifest/9"}']:
            (self.folder / "bad" / "manifest.json").write_text(text)
            self.refused(7, ["manifest.json"], "run", "--resume", self.folder / "bad")

    def test_unwritable_folder(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        locked = self.folder / "locked"
        locked.mkdir(0o500)
        self.refused(7, ["locked"], "run", "--out", locked / "campaign")

    def test_the_child_is_not_for_people(self):
        self.refused(2, ["child"], "child", "{}")

    def test_google_benchmark_flags(self):
        done = self.bench("--benchmark_filter=nothing_of_that_name")
        self.assertEqual(done.returncode, 4)
        self.refused(2, ["benchmark_frobnicate"], "--benchmark_frobnicate=1")
        self.refused(2, ["benchmark_format"], "--benchmark_format=tea")

    def test_a_machine_without_sys_is_no_noise(self):
        self.environment["HWLOC_FSROOT"] = str(self.folder)
        done = self.bench("plan", "--workers", "1", "--place", "none")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("hwloc", done.stderr)

    def test_help_names_every_verb(self):
        done = self.bench("help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for verb in "run list plan topo doctor report plot help".split():
            self.assertIn(f"\n  {verb} ", done.stdout)
        for verb, flag in [("run", "--workloads"), ("plan", "--place"), ("list", "--json")]:
            done = self.bench(verb, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(flag, done.stdout)
        self.assertNotIn("--against", done.stdout)

    def test_a_build_that_is_not_fit_refuses(self):
        manifest = self.run_campaign("--workloads", "better", "--rounds", "1")
        self.assertEqual(manifest.returncode, 0)
        import json
        unfit = json.loads((self.out / "manifest.json").read_text())["unfit"]
        if unfit == "":
            self.skipTest("this build is fit to measure")
        del self.environment["QUARTET_ALLOW_DEBUG"]
        self.refused(6, ["not fit to measure", unfit], "run", "--out", self.folder / "other")
        self.refused(6, ["not fit to measure", unfit], "--benchmark_filter=better")


if __name__ == "__main__":
    main()
