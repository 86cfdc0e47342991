"""A campaign that ended early continues where it was: same plan, order and ops."""
import json

from bench_case import BenchCase, key, main


class Resume(BenchCase):
    def setUp(self):
        super().setUp()
        self.run_campaign("--workloads", "good,better", "--rounds", "4", "--seed", "5")
        self.whole = self.samples()
        self.file = self.out / "samples.jsonl"

    def keep(self, count, tail=""):
        lines = self.file.read_text().splitlines(keepends=True)
        self.file.write_text("".join(lines[:count]) + tail)
        return self.file.read_text()

    def resume(self, code=0):
        done = self.bench("run", "--resume", self.out)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def assert_whole(self):
        samples = self.samples()
        self.assertEqual([key(sample) for sample in samples],
                         [key(sample) for sample in self.whole])
        ops = {}
        for sample in samples:
            self.assertEqual(ops.setdefault(key(sample)[:-1], sample["ops"]), sample["ops"])
        self.assertTrue(all(cell["n"] == 4 for cell in self.summary()["cells"]))

    def test_what_is_there_stays_and_the_rest_follows_in_the_same_order(self):
        for kept in [0, 1, 13, len(self.whole) - 1]:
            with self.subTest(kept=kept):
                before = self.keep(kept)
                self.resume()
                self.assertTrue(self.file.read_text().startswith(before))
                self.assert_whole()

    def test_nothing_left_to_do(self):
        before = self.file.read_text()
        self.resume()
        self.assertEqual(self.file.read_text(), before)

    def test_torn_last_line_is_measured_again(self):
        half = json.dumps(self.whole[9])[:100]
        self.keep(9, half)
        done = self.resume()
        self.assertIn("torn", done.stderr)
        self.assertEqual((self.out / "samples.jsonl.torn").read_text(), half + "\n")
        self.assert_whole()

    def test_whole_last_line_without_newline_is_kept(self):
        text = self.keep(9).rstrip("\n")
        self.file.write_text(text)
        self.resume()
        self.assertTrue(self.file.read_text().startswith(text + "\n"))
        self.assert_whole()

    def test_damage_elsewhere_is_named_and_left(self):
        text = self.file.read_text().splitlines(keepends=True)
        text[3] = "rubbish\n"
        self.file.write_text("".join(text))
        self.assert_one_line(self.bench("run", "--resume", self.out), 7, "samples.jsonl:4")
        self.assertEqual(self.file.read_text(), "".join(text))

    def test_sample_of_another_campaign_is_named(self):
        alien = dict(self.whole[0], workload="alien")
        self.keep(2, json.dumps(alien) + "\n")
        self.assert_one_line(self.bench("run", "--resume", self.out), 7, "samples.jsonl:3")

    def change_manifest(self, change):
        path = self.out / "manifest.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))

    def test_other_machine_commit_or_plan_do_not_mix(self):
        original = (self.out / "manifest.json").read_text()
        self.change_manifest(lambda manifest: manifest.update(machine="pdp-11"))
        self.assert_one_line(self.bench("run", "--resume", self.out), 2, "pdp-11")
        (self.out / "manifest.json").write_text(original)
        self.change_manifest(lambda manifest: manifest.update(commit="0" * 40))
        self.assert_one_line(self.bench("run", "--resume", self.out), 2, "0000000")
        (self.out / "manifest.json").write_text(original)
        self.change_manifest(lambda manifest: manifest["plan"]["cells"].pop())
        self.assert_one_line(self.bench("run", "--resume", self.out), 7, "cells")
        (self.out / "manifest.json").write_text(original)
        self.change_manifest(lambda manifest: manifest["plan"].update(rounds=0))
        self.assert_one_line(self.bench("run", "--resume", self.out), 7, "damaged")

    def test_a_second_campaign_does_not_overwrite(self):
        before = self.file.read_text()
        done = self.bench("run", "--out", self.out, "--workloads", "better")
        self.assert_one_line(done, 2, "--resume")
        self.assertEqual(self.file.read_text(), before)


class Seeds(BenchCase):
    def order(self, seed, name):
        self.out = self.folder / name
        self.run_campaign("--workloads", "good", "--rounds", "3", "--seed", seed)
        return [key(sample) for sample in self.samples()]

    def test_same_seed_same_order(self):
        first = self.order(42, "a")
        self.assertEqual(first, self.order(42, "b"))
        self.assertNotEqual(first, self.order(43, "c"))
        rounds = [[cell[:-1] for cell in first if cell[-1] == round] for round in (1, 2, 3)]
        self.assertEqual(len({tuple(sorted(cells)) for cells in rounds}), 1)
        self.assertEqual(len({tuple(cells) for cells in rounds}), 3)


if __name__ == "__main__":
    main()
