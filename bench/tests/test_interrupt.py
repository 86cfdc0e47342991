"""Ctrl-C and SIGTERM: the child ends, every row is kept, the way to resume is printed."""
import fcntl
import os
import signal
import subprocess
import time

from bench_case import BENCH, BenchCase, main


class Interrupt(BenchCase):
    def start(self, *arguments):
        return subprocess.Popen([BENCH, "run", "--out", self.out, *map(str, arguments)],
                                env=self.environment, cwd=self.folder, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for(self, condition):
        for _ in range(1200):
            if condition():
                return
            time.sleep(0.02)
        self.fail("it did not happen within 24 s")

    def lines(self):
        path = self.out / "samples.jsonl"
        return path.read_text().count("\n") if path.exists() else 0

    def interrupt_and_resume(self, number):
        running = self.start("--workloads", "good", "--rounds", "10", "--workers", "1",
                             "--set", "target_ms=30", "--set", "quiet_s=0")
        self.wait_for(lambda: self.lines() >= 4)
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, stderr)
        self.assertIn(f"run --resume {self.out}", stderr)
        self.assertIn("good", stdout)
        kept = (self.out / "samples.jsonl").read_text()
        self.assertGreaterEqual(len(self.samples()), 4)
        self.assertLess(len(self.samples()), 10 * 8)
        summary = self.summary()
        self.assertTrue(summary["interrupted"])
        self.assertEqual(sum(cell["n"] for cell in summary["cells"]), len(self.samples()))
        done = self.bench("run", "--resume", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.out / "samples.jsonl").read_text().startswith(kept))
        self.assertFalse(self.summary()["interrupted"])
        self.assertTrue(all(cell["n"] == 10 for cell in self.summary()["cells"]))

    def test_sigint(self):
        self.interrupt_and_resume(signal.SIGINT)

    def test_sigterm(self):
        self.interrupt_and_resume(signal.SIGTERM)

    def test_a_hanging_child_does_not_delay_it(self):
        pid_file = self.folder / "pid"
        self.environment["FAKE_PID_FILE"] = str(pid_file)
        running = self.start("--workloads", "hang", "--set", "quiet_s=0")
        self.wait_for(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)  # its time-out would be 32 s
        self.assertEqual(running.returncode, 130)
        self.assertEqual(self.samples(), [])

    def test_the_printed_command_resumes_as_it_is(self):
        """Also from a folder whose name a shell would take apart."""
        odd = self.folder / "it's an odd $folder"
        odd.mkdir()
        program = odd / "quartet bench"
        program.symlink_to(BENCH)
        running = subprocess.Popen(
            [program, "run", "--out", odd / "my campaign", "--workloads", "good", "--rounds",
             "10", "--workers", "1", "--set", "target_ms=30", "--set", "quiet_s=0"],
            env=self.environment, cwd=self.folder, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        samples = odd / "my campaign" / "samples.jsonl"
        self.wait_for(lambda: samples.exists() and samples.read_text().count("\n") >= 4)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, stderr)
        command = stderr.rstrip().split("continue with: ")[1]
        done = subprocess.run(command, shell=True, env=self.environment, cwd=self.folder,
                              capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(all(cell["n"] == 10
                            for cell in self.summary(odd / "my campaign")["cells"]))

    def test_the_front_door_is_named_where_it_was_used(self):
        self.environment["QUARTET_COMMAND"] = "./quartet"
        running = self.start("--workloads", "good", "--rounds", "10", "--workers", "1",
                             "--set", "target_ms=30", "--set", "quiet_s=0")
        self.wait_for(lambda: self.lines() >= 1)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=60)
        self.assertIn(f"continue with: ./quartet run --resume {self.out}\n", stderr)

    def test_killed_outright_it_resumes_too(self):
        running = self.start("--workloads", "good", "--rounds", "10", "--workers", "1",
                             "--set", "target_ms=30", "--set", "quiet_s=0")
        self.wait_for(lambda: self.lines() >= 4)
        running.kill()
        running.communicate(timeout=20)
        self.assertFalse((self.out / "summary.json").exists())
        done = self.bench("run", "--resume", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(all(cell["n"] == 10 for cell in self.summary()["cells"]))

    def test_a_second_campaign_waits_and_can_be_interrupted(self):
        with open(self.folder / "quartet-bench.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            running = self.start("--workloads", "better", "--set", "quiet_s=0")
            said = ""
            while "another campaign" not in said:
                line = running.stderr.readline()
                self.assertTrue(line, said)
                said += line
            self.assertEqual(self.lines(), 0)
            running.send_signal(signal.SIGTERM)
            _, stderr = running.communicate(timeout=20)
        self.assertEqual(running.returncode, 130, stderr)
        self.assertIn("--resume", stderr)


if __name__ == "__main__":
    main()
