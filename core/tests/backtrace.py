# backtrace.py - run inside gdb by test_backtrace.sh: steps through two switches to a task and
# back, instruction by instruction, and unwinds at each. Prints one line a wrong backtrace.
import gdb

TASK = ["task_inner", "task_outer", "core_context_entry"]
SCHEDULER = ["scheduler_inner", "main"]
MACHINE = ("core_switch_from", "core_context_entry")


def backtrace():
    names = []
    frame = gdb.newest_frame()
    while frame is not None and len(names) < 20:
        if frame.type() != gdb.INLINE_FRAME:  # no frame of the machine's
            names.append((frame.name() or "?").split(".")[0])
            if names[-1] == "main":
                break
        frame = frame.older()
    return names


def is_right(names):
    if names[0] == "core_context_entry":
        return len(names) == 1  # the outermost frame of a fresh task
    rest = names[1:]
    # A task that was never resumed has nothing but its entry to go back to.
    return rest in (TASK, SCHEDULER, ["core_context_entry"])


def main():
    for setting in ("pagination off", "confirm off", "disable-randomization off"):
        gdb.execute("set " + setting)
    gdb.execute("set backtrace past-main off")
    gdb.execute("break core_switch_from")
    gdb.execute("run", to_string=True)
    checked, wrong, seen = 0, 0, set()
    for _ in range(4):
        while gdb.newest_frame().name() in MACHINE:
            names = backtrace()
            checked += 1
            seen.add((names[0], names[-1], len(names)))
            if not is_right(names):
                wrong += 1
                print("WRONG at %#x: %s" % (gdb.newest_frame().pc(), " < ".join(names)))
            gdb.execute("stepi", to_string=True)
        gdb.execute("continue", to_string=True)
    print("checked %d, wrong %d, kinds %s" % (checked, wrong, sorted(seen)))
    # 4 switches of 15 instructions or more, and the 2 of a fresh task's entry
    enough = checked >= 62 and ("core_context_entry", "core_context_entry", 1) in seen
    print("BACKTRACES %s" % ("RIGHT" if enough and wrong == 0 else "WRONG"))


main()
