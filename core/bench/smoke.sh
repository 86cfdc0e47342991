#!/bin/sh
# smoke.sh PROGRAM - a build with assertions or a sanitizer refuses with 6 and one line; any
# other prints each figure with rounds enough, and every figure is positive.
err=$("$@" 1 2>&1 >/dev/null)
out=$("$@" 1 2>/dev/null)
rc=$?
if [ $rc -eq 6 ]; then
    [ -z "$out" ] || { echo "refused, yet printed: $out"; exit 1; }
    case $err in
    core_bench:*) echo "refused: $err"; exit 0 ;;
    esac
    echo "refused without a reason"
    exit 1
fi
[ $rc -eq 0 ] || { echo "exit $rc: $err"; exit 1; }
for name in context_switch_pair floor_switch_pair switch_ratio lock_take_give mpsc_push_pop \
    pool_take_give now_ns; do
    echo "$out" | grep -q "\"name\":\"$name\",.*\"median\":[0-9.]*[1-9]" ||
        { echo "no figure for $name in: $out"; exit 1; }
done
"$@" 0 2>/dev/null
[ $? -eq 2 ] || { echo "a round of 0 ms was accepted"; exit 1; }
