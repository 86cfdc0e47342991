"""The real program: every model plays every workload it is written for, and answers rightly."""
import json
import os

import bench_case
from bench_case import BenchCase, main


class Models(BenchCase):
    def test_all_answers_are_right(self):
        bench_case.BENCH = os.environ["QUARTET_BENCH_REAL"]
        entries = json.loads(self.bench("list", "--json").stdout)
        self.assertTrue(entries)
        done = self.bench("run", "--out", self.out, "--rounds", "2", "--workers", "1,2",
                          "--set", "target_ms=5", "--set", "quiet_s=0", timeout=280)
        self.assertEqual(done.returncode, 0, done.stderr)
        cells = self.summary()["cells"]
        self.assertEqual({(cell["workload"], cell["model"], cell["variant"]) for cell in cells},
                         {(entry["workload"], entry["model"], entry["variant"])
                          for entry in entries})
        with open(bench_case.BENCH, "rb") as program:  # where no call can be planted
            cannot_stop_loops = b"__tsan_init" in program.read()
        for cell in cells:
            if cannot_stop_loops and cell["workload"] == "fairness" and cell["size"] > 0:
                self.assertEqual(cell["status"], "n/a")
                continue
            self.assertEqual((cell["status"], cell["n"]), ("ok", 2))
        self.assertLessEqual({sample["placed"] for sample in self.samples()
                              if sample["status"] == "ok"},
                             {"verified", "within", "unbound"})


if __name__ == "__main__":
    main()
