"""Makes campaign folders like those that `run` writes, with figures that look like real ones.

    python3 fixtures.py OUT     writes OUT/results/<machine>/<campaign>/ for each fixture,
                                and OUT/bad/<name>/ for each folder that must be refused

All figures come from a seeded generator: the same folders on every machine.
"""
import json
import os
import random
import sys

WORKLOADS = ["ping_pong", "fan_in", "mandelbrot"]

# ns per op on one worker, and the speed-up on many workers as a share of the ideal.
COST = {
    "sequential": {"ping_pong": None, "fan_in": None, "mandelbrot": (151e3, 0)},
    "actors": {"ping_pong": (98, -0.05), "fan_in": (34, -0.3), "mandelbrot": (152e3, 0.98)},
    "csp": {"ping_pong": (118, -0.1), "fan_in": (36, -0.2), "mandelbrot": (152.3e3, 0.97)},
    "csp+unbuffered": {"fan_in": (131, -0.2)},
    "eventloop": {"ping_pong": (410, 0), "fan_in": (160, 0), "mandelbrot": (153e3, 0)},
    "gil": {"ping_pong": (121e3, -0.4), "fan_in": (2600, -0.4), "mandelbrot": (155e3, -0.01)},
    "erlang": {"ping_pong": (560, -0.2), "fan_in": (210, -0.5), "mandelbrot": (2.9e6, 0.95)},
    "go": {"ping_pong": (270, -0.2), "fan_in": (72, -0.4), "mandelbrot": (161e3, 0.96)},
    "node": {"ping_pong": (940, 0), "fan_in": (480, 0), "mandelbrot": (171e3, 0)},
    "python": {"ping_pong": (151e3, -0.3), "fan_in": (9800, -0.3), "mandelbrot": (9.1e6, -0.02)},
    "ruby": {"ping_pong": (19e3, -0.2), "fan_in": (1450, -0.3), "mandelbrot": (4.4e6, -0.02)},
}
PEERS = ["erlang", "go", "node", "python", "ruby"]
ONE_THREAD = {"sequential", "eventloop", "node"}
FINGERPRINT = {
    "cpu": {"model": "AMD EPYC 7R13 Processor", "microcode": "0xa0011d1", "mhz": 2650},
    "topology": {"synthetic": "pack:1 l3:1 core:2 pu:1", "cores": 2, "pus": 2,
                 "allowed_cpus": "0-1", "caches": [{"level": 2, "bytes": 2097152, "count": 2}]},
    "memory_bytes": 8243589120, "kernel": "6.1.0-25-cloud-amd64",
    "governor": "not exposed", "turbo": "not exposed", "smt": "off", "hypervisor": "kvm",
    "clock_source": "kvm-clock", "thp": "madvise",
    "mitigations": {"spectre_v2": "Mitigation: Retpolines", "meltdown": "Not affected"},
    "libc": "glibc 2.36",
}


def interval(values):
    values = sorted(values)
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    return median, values[0], values[-1]


def metric(values, unit, better="lower"):
    median, low, high = interval(values)
    return {"median": median, "low": low, "high": high, "unit": unit, "better": better}


def key(workload, label, workers, build="release", placement="one-per-core"):
    model, _, variant = label.partition("+")
    return {"workload": workload, "model": model, "variant": variant, "peer": model in PEERS,
            "build": build, "workers": workers, "placement": placement, "size": 0,
            "params": {}, "knobs": {}}


def speed_up(workers, share):
    if share >= 0:
        return 1 + (workers - 1) * share
    return 1 / (1 - share * (workers - 1) ** 0.5)


def make_cell(rng, workload, label, workers, rounds, build="release"):
    """One cell and its samples."""
    base, share = COST[label][workload]
    cell = key(workload, label, workers, build)
    noise = 0.012 if workers == 1 else 0.03
    each = [base / speed_up(workers, share) * rng.lognormvariate(0, noise) for _ in range(rounds)]
    cpu = [v * (min(workers, 8) if share > 0 else 1.1) for v in each]
    rss = [rng.uniform(3.0, 3.4) * 2 ** 20 * (12 if cell["peer"] else 1) for _ in each]
    ops = max(8, int(60e6 / each[0]) // 8 * 8)
    cell.update(status="ok", reason="", n=rounds, ops=ops, covers=0.969, counters={"switches": ops * 2})
    cell["metrics"] = {
        "ns_per_op": metric(each, "ns"),
        "ops_per_s": metric([1e9 / v for v in each], "1/s", "higher"),
        "cpu_ns_per_op": metric(cpu, "ns"),
        "max_rss_bytes": metric(rss, "B"),
        "start_ns": metric([rng.uniform(60e3, 90e3) for _ in each], "ns"),
        "stop_ns": metric([rng.uniform(30e3, 50e3) for _ in each], "ns"),
    }
    samples = []
    for number, value in enumerate(each):
        sample = key(workload, label, workers, build)
        sample.update(round=number + 1, attempt=1, status="ok", reason="", ops=ops, units=2,
                      messages=2 * ops, bytes=16 * ops, checksum=2 * ops,
                      wall_ns=int(value * ops), warmup_ns=20_000_000, start_ns=70_000,
                      stop_ns=40_000, user_ns=int(cpu[number] * ops), sys_ns=100_000,
                      max_rss_bytes=int(rss[number]), switches_voluntary=12,
                      switches_involuntary=3, foreign_cpu_ns=0, steal_ns=0, counters={})
        samples.append(sample)
    return cell, samples


def other_size(made, size):
    made[0]["size"] = size
    for sample in made[1]:
        sample["size"] = size
    return made


def with_figures(made):
    """What a workload may measure beside time: a latency and a mere number."""
    made[0]["figures"] = {
        "lateness_p99_ns": dict(metric([1.5e6, 2e6, 2.5e6], "ns"), n=3),
        "share": dict(metric([-0.5, 0.25, 0.75], "", "higher"), n=3)}
    return made


def no_cell(workload, label, workers, status, reason):
    cell = key(workload, label, workers)
    cell.update(status=status, reason=reason, n=0, ops=0, metrics={}, counters={})
    sample = key(workload, label, workers)
    sample.update(round=1, attempt=1, status=status, reason=reason)
    return cell, [sample]


def write(folder, machine, name, cells, fingerprint=FINGERPRINT, rounds=6, mode="quick",
          verb="run"):
    os.makedirs(folder, exist_ok=True)
    ratio = {"measured_ns": 61_000_000_000, "warmup_ns": 28_000_000_000,
             "wall_ns": 101_000_000_000, "ratio": 0.881}
    summary = {"schema": "quartet-summary/1", "machine": machine, "campaign": name,
               "fingerprint": fingerprint, "commit": name[17:24] + "0" * 33, "dirty": "dirty" in name,
               "rounds": rounds, "rounds_planned": rounds, "interrupted": False, "mode": mode,
               "placement": "one-per-core", "seed": 7,
               "quiet": {"pressure": 1.2, "waited_ns": 0, "noisy": False},
               "efficiency": ratio, "aa": [], "cells": [c for c, _ in cells]}
    with open(os.path.join(folder, "summary.json"), "w") as out:
        json.dump(summary, out, indent=1)
    manifest = {"schema": "quartet-manifest/1", "created": "2026-11-22T13:06:21Z",
                "machine": machine, "seed": 7, "commit": summary["commit"],
                "flags": [verb, "--" + mode, "--workers", "1,2", "--peers"],
                "dirty": summary["dirty"],
                "build": {"compiler": "gcc 12.2.0", "flags": "-O2 -DNDEBUG"}, "unfit": "",
                "plan": {"mode": mode, "rounds": rounds, "target_ns": 60_000_000,
                         "warmup_ns": 20_000_000, "placement": "one-per-core", "knobs": {}},
                "fingerprint": fingerprint}
    with open(os.path.join(folder, "manifest.json"), "w") as out:
        json.dump(manifest, out, indent=1)
    with open(os.path.join(folder, "samples.jsonl"), "w") as out:
        for _, samples in cells:
            for sample in samples:
                out.write(json.dumps(sample) + "\n")


def campaign(rng, workers, rounds, twins=True, peers=True, workloads=WORKLOADS, spoil=None):
    cells = []
    for workload in workloads:
        for label in COST:
            if workload not in COST[label] or (label in PEERS and not peers):
                continue
            for count in workers:
                if COST[label][workload] is None:
                    if count == 1:
                        cells.append(no_cell(workload, label, 1, "n/a",
                                             "the plain solution has nobody to talk to"))
                    continue
                if count > 1 and label in ONE_THREAD:
                    if label != "sequential":
                        cells.append(no_cell(workload, label, count, "n/a",
                                             "single-threaded by design: at most 1 worker"))
                    continue
                why = (spoil or {}).get((workload, label, count))
                cells.append(no_cell(workload, label, count, *why) if why else
                             make_cell(rng, workload, label, count, rounds))
    if twins:
        for label in ("actors", "csp", "eventloop", "gil"):
            cells.append(make_cell(rng, workloads[0], label, 1, rounds, "release-again"))
    return cells


def good(out):
    rng = random.Random(7)
    results = os.path.join(out, "results")

    def place(machine, name):
        return os.path.join(results, machine, name), machine, name

    spoil = {
        ("ping_pong", "gil", 2): ("failed", "checksum 41998 instead of 42000 in round 3"),
        ("mandelbrot", "python", 2): ("skipped", "python3 is not installed: "
                                      "sudo apt-get install python3"),
        ("mandelbrot", "erlang", 2): ("timeout", "no answer within 30 s"),
    }
    write(*place("amd-epyc-7r13-2c-2t-8g", "20261122T130621Z-f7e7b96"),
          campaign(rng, [1, 2], 6, spoil=spoil))
    big = dict(FINGERPRINT, cpu={"model": "Intel(R) Xeon(R) Platinum 8488C @ 2.40GHz"},
               topology={"cores": 16, "pus": 32, "allowed_cpus": "0-31"})
    write(*place("intel-xeon-platinum-8488c-16c-32t-64g", "20261120T081500Z-0a1b2c3-dirty"),
          campaign(rng, [1, 2, 3, 4, 6, 8, 12, 16, 32], 20), big, 20, "publish")
    write(*place("single-cell-1c-1t-1g", "20261119T080000Z-1111111"),
          [with_figures(make_cell(rng, "ping_pong", "actors", 1, 6))], {"cpu": "unknown"})
    write(*place("all-failed-2c-2t-8g", "20261118T080000Z-2222222"),
          [no_cell(w, m, 1, "crashed", "killed by signal 11 (core dumped)")
           for w in WORKLOADS for m in ("actors", "csp", "gil")])
    # More variants than a matrix is wide, twelve decades, up to 1,024 workers.
    for number in range(22):
        COST["csp+variant_number_%d" % number] = {"ping_pong": (100 * 1.06 ** number, 0.5)}
    common = COST["gil"]["ping_pong"]
    COST["gil"]["ping_pong"] = (5e11, -0.1)
    write(*place("extremes-64c-64t-256g", "20261113T080000Z-8888888"),
          campaign(rng, [2 ** n for n in range(11)], 6, workloads=["ping_pong"])
          + [other_size(make_cell(rng, "fan_in", "actors", 2, 6), n) for n in (1, 64, 4096)])
    COST["gil"]["ping_pong"] = common
    for number in range(22):
        del COST["csp+variant_number_%d" % number]
    # Three repetitions: an interval exists, a winner does not. And no second worker count.
    write(*place("few-rounds-2c-2t-8g", "20261117T080000Z-3333333"),
          campaign(rng, [1], 3, twins=False, peers=False), rounds=3)
    # Many workloads and long names: pages, narrow columns, wrapped titles.
    for number in range(7):
        for label in COST:
            if "mandelbrot" in COST[label] and COST[label]["mandelbrot"]:
                COST[label]["a_service_with_a_long_name_%d" % number] = (
                    COST[label]["mandelbrot"][0] * rng.lognormvariate(0, 1.2),
                    COST[label]["mandelbrot"][1])
    names = WORKLOADS + ["a_service_with_a_long_name_%d" % n for n in range(7)]
    write(*place("many-workloads-8c-8t-32g", "20261116T080000Z-4444444"),
          campaign(rng, [1, 4, 8], 10, workloads=names), rounds=10)
    # Text from outside that would be markup, a formula or a gnuplot command.
    evil = "<script>alert(1)</script>\"'&|`rm`$(x)\\n{a}_^@ =1+1 \u202e"
    hostile = [make_cell(rng, "ping_pong", "actors", 1, 6), make_cell(rng, "ping_pong", "csp", 1, 6),
               no_cell("ping_pong", "gil", 1, "failed", evil)]
    for cell, _ in hostile:
        cell["workload"] = "=ping" + evil[:40]
    hostile[1][0]["variant"] = "<b>\"bold\"</b>"
    write(*place("hostile-1c-1t-1g", "20261115T080000Z-5555555"), hostile,
          {"cpu": {"model": evil}, evil: evil})
    # Interrupted while a sample was being written.
    folder, machine, name = place("interrupted-2c-2t-8g", "20261114T080000Z-6666666")
    write(folder, machine, name, campaign(rng, [1], 6, twins=False, peers=False), verb="")
    with open(os.path.join(folder, "samples.jsonl"), "a") as samples:
        samples.write('{"workload": "fan_in", "mod')


def bad(out):
    rng = random.Random(8)

    def case(name, change=None, text=None, drop=None, samples=None, manifest=None):
        folder = os.path.join(out, "bad", name)
        write(folder, "bad", "20261101T000000Z-7777777",
              [make_cell(rng, "ping_pong", "actors", 1, 6)])
        path = os.path.join(folder, "summary.json")
        if change:
            with open(path) as source:
                summary = json.load(source)
            change(summary)
            text = json.dumps(summary)
        if text is not None:
            with open(path, "w") as target:
                target.write(text)
        if drop:
            os.remove(os.path.join(folder, drop))
        for file, content in (("samples.jsonl", samples), ("manifest.json", manifest)):
            if content is not None:
                with open(os.path.join(folder, file), "w") as target:
                    target.write(content)

    case("no_summary", drop="summary.json")
    case("empty_summary", text="")
    case("half_summary", text='{"schema": "quartet-summary/1", "cells": [')
    case("array", text="[]")
    case("other_schema", lambda s: s.update(schema="quartet-summary/9"))
    case("no_cells", lambda s: s.pop("cells"))
    case("cell_is_text", lambda s: s.update(cells=["x"]))
    case("no_model", lambda s: s["cells"][0].pop("model"))
    case("workers_text", lambda s: s["cells"][0].update(workers="two"))
    case("workers_zero", lambda s: s["cells"][0].update(workers=0))
    case("no_metrics", lambda s: s["cells"][0].update(metrics={}))
    case("upside_down", lambda s: s["cells"][0]["metrics"]["ops_per_s"].update(low=9e99))
    case("figure_without_unit", lambda s: s["cells"][0].update(
        figures={"share": {"median": 1, "low": 1, "high": 1, "better": "higher"}}))
    case("figures_text", lambda s: s["cells"][0].update(figures="none"))
    case("zero_rate", lambda s: s["cells"][0]["metrics"]["ops_per_s"].update(low=0))
    case("twice", lambda s: s["cells"].append(s["cells"][0]))
    case("bad_sample", samples="{}\n{}\n")
    case("bad_manifest", manifest="{")


if __name__ == "__main__":
    good(sys.argv[1])
    bad(sys.argv[1])
