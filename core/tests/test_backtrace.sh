#!/bin/sh
# test_backtrace.sh PROGRAM FOLDER - gdb finds the caller at every instruction of core_switch.
command -v gdb >/dev/null 2>&1 || { echo 'skipped: no gdb here (apt-get install gdb)'; exit 77; }
python=$(gdb -nx -batch -ex 'python print(6 * 7)' 2>/dev/null)
[ "$python" = 42 ] || { echo 'skipped: this gdb has no Python'; exit 77; }
out=$(gdb -nx -batch -x "$2/backtrace.py" "$1" 2>&1 </dev/null)
case $out in
*'ptrace: Operation not permitted'* | *'Could not trace'*)
    echo 'skipped: no process may be traced here'
    exit 77
    ;;
esac
echo "$out"
case $out in
*'BACKTRACES RIGHT'*) exit 0 ;;
esac
exit 1
