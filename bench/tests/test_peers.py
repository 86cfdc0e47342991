"""A peer that is absent, lies, crashes, hangs or prints garbage: told, and the rest goes on.

A shell script plays Ruby; no other runtime is in PATH.
"""
import json
import os

import bench_case
from bench_case import BenchCase, main

GOOD = {"schema": "quartet-peer/1", "ops": 8, "units": 2, "messages": 16, "bytes": 128,
        "checksum": 16, "elapsed_ns": 1000, "warmup_ns": 1000}


class Peers(BenchCase):
    def setUp(self):
        super().setUp()
        bench_case.BENCH = os.environ["QUARTET_BENCH_REAL"]
        self.environment.update(PATH=str(self.path), XDG_CACHE_HOME=str(self.folder))

    def play_ruby(self, action):
        self.program("ruby", "if [ \"$1\" = -e ]; then echo 3.9.9; echo \"$0\"; exit; fi\n"
                     + action)

    def run_ruby(self, action, code, *flags):
        self.play_ruby(action)
        self.run_campaign("--only-peers", "--models", "ruby", "--workloads", "ping_pong",
                          "--rounds", "2", *flags, code=code)
        self.assertEqual(len(self.summary()["cells"]), 1)
        return self.summary()["cells"][0]

    def answer(self, **changes):
        return "echo '" + json.dumps(dict(GOOD, **changes)) + "'"

    def test_good(self):
        cell = self.run_ruby(self.answer(), 0)
        self.assertEqual((cell["status"], cell["n"], cell["peer"]), ("ok", 2, True))
        self.assertAlmostEqual(cell["metrics"]["ns_per_op"]["median"], 125)

    def test_the_table_compares_models_with_the_best_model(self):
        self.play_ruby(self.answer(elapsed_ns=1))  # faster than any model
        done = self.run_campaign("--peers", "--models", "ruby,actors", "--workloads",
                                 "ping_pong", "--rounds", "6")
        lines = {line.split()[0]: line for line in done.stdout.splitlines()
                 if line.endswith("  ok")}
        self.assertEqual(set(lines), {"real:ruby", "actors"})
        self.assertIn(" 1.00x", lines["actors"])
        self.assertNotIn(" 1.00x", lines["real:ruby"])

    def test_garbage(self):
        for action in ["echo rubbish", ":", self.answer(schema="other/1"), "echo '[]'",
                       "printf '\\377\\376\\n'", "while :; do echo 0123456789; done | "
                       "while read x; do echo $x; n=$((n+1)); [ $n -gt 200000 ] && exit; done"]:
            self.setUp()
            with self.subTest(action=action):
                cell = self.run_ruby(action, 3)
                self.assertEqual((cell["status"], cell["metrics"]), ("failed", {}))
                self.assertTrue(cell["reason"])

    def test_each_wrong_field_is_named(self):
        for field in ["units", "messages", "bytes", "checksum"]:
            self.setUp()
            with self.subTest(field=field):
                cell = self.run_ruby(self.answer(**{field: 3}), 3)
                self.assertEqual(cell["status"], "failed")
                self.assertIn(f"{field} is 3 instead of {GOOD[field]}", cell["reason"])

    def test_other_ops_than_asked_for(self):
        self.play_ruby("")
        cell = self.run_ruby('[ -e "$XDG_CACHE_HOME/twice" ] && ' + self.answer(
            ops=10, messages=20, bytes=160, checksum=20) + ' && exit\n: > "$XDG_CACHE_HOME'
            '/twice"\n' + self.answer(), 3)
        self.assertIn("10 ops instead of 8", cell["reason"])

    def test_more_time_than_passed(self):
        cell = self.run_ruby(self.answer(elapsed_ns=10**15), 3)
        self.assertEqual(cell["status"], "failed")
        self.assertIn("more time than", cell["reason"])

    def test_crash(self):
        cell = self.run_ruby("echo oh dear >&2; kill -SEGV $$", 3)
        self.assertEqual(cell["status"], "crashed")
        self.assertIn("SIGSEGV", cell["reason"])
        self.assertIn("oh dear", cell["reason"])

    def test_failed_self_check(self):
        cell = self.run_ruby("echo tiny case: 3 instead of 4 >&2; exit 3", 3)
        self.assertEqual(cell["status"], "crashed")
        self.assertIn("exit status 3: tiny case", cell["reason"])

    def test_hang(self):
        cell = self.run_ruby("while :; do :; done", 3, "--set", "timeout_s=3")
        self.assertEqual(cell["status"], "timeout")
        self.assertEqual(len(self.samples()), 1)

    def test_absent_runtimes_are_skipped_with_the_command_that_installs_them(self):
        self.play_ruby(self.answer())
        done = self.run_campaign("--only-peers", "--workloads", "ping_pong", "--rounds", "1")
        cells = {cell["model"]: cell for cell in self.summary()["cells"]}
        self.assertEqual(set(cells), {"erlang", "go", "node", "python", "ruby"})
        self.assertEqual(cells["ruby"]["status"], "ok")
        self.assertEqual(cells["go"]["status"], "skipped")
        self.assertIn("golang-go", cells["go"]["reason"])
        self.assertIn("golang-go", done.stderr)

    def test_a_peer_without_the_flag_is_explained(self):
        done = self.bench("run", "--models", "ruby")
        self.assert_one_line(done, 2, "unknown model 'ruby'", "--peers")


if __name__ == "__main__":
    main()
