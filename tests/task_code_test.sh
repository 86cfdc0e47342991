#!/bin/sh
# task_code_test.sh OBJDUMP LIST GOOD BAD... - the registered task objects are clean, and the
# checker sees what is wrong with each planted one.
set -u
checker=$(dirname "$0")/task_code.sh
objdump=$1
list=$2
good=$3
shift 3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

sh "$checker" "$objdump" "$list" || failures=1

echo "$good" >"$work/list"
if ! sh "$checker" "$objdump" "$work/list" >"$work/out"; then
    echo "FAILED: refused a clean object" && cat "$work/out"
    failures=1
fi
for bad; do
    echo "$bad" >"$work/list"
    case $bad in
    *errno*) reason='reads errno' ;;
    *thread_local*) reason='reads a thread-local' ;;
    *) reason='outside quartet_task' ;;
    esac
    if sh "$checker" "$objdump" "$work/list" >"$work/out" ||
        ! grep -qF "$reason" "$work/out"; then
        echo "FAILED: did not see that $bad $reason" && cat "$work/out"
        failures=1
    fi
done
[ "$failures" -eq 0 ]
