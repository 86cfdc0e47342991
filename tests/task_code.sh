#!/bin/sh
# task_code.sh OBJDUMP LIST - a preempted task may move to another worker, at any instruction.
#
# So an object file of task code (LIST names them, one a line) reads no thread-local, which
# would be another thread's after the move, and no errno, which is one; and all its code lies
# in the section that the preemption signal takes for task code. Prints one line a breach.
set -u
objdump=$1
list=$2
breaches=0
count=0

breach() {
    echo "$object: $*"
    breaches=$((breaches + 1))
}

# Sections that hold code, are not empty and are not quartet_task.
stray_sections() {
    "$objdump" -h "$1" |
        awk '$1 ~ /^[0-9]+$/ { name = $2; size = $3 }
             / CODE/ && name != "quartet_task" && size !~ /^0+$/ { print name }'
}

while IFS= read -r object; do
    [ -n "$object" ] || continue
    count=$((count + 1))
    if ! code=$("$objdump" -dr --no-show-raw-insn "$object"); then
        breach 'cannot be disassembled'
        continue
    fi
    found=$(printf '%s\n' "$code" |
        grep -E '%fs:|%gs:|tpidr_el0|__tls_get_addr|_(TLS|TPOFF|GOTTPOFF|TLSDESC)' | head -n 1)
    [ -z "$found" ] || breach "reads a thread-local: $found"
    found=$(printf '%s\n' "$code" | grep -F __errno_location | head -n 1)
    [ -z "$found" ] || breach "reads errno: $found"
    for section in $(stray_sections "$object"); do
        breach "has code in $section, outside quartet_task"
    done
    "$objdump" -h "$object" | grep -q ' quartet_task ' || breach 'has no section quartet_task'
done <"$list"
echo "$count task objects, $breaches breaches"
[ "$count" -gt 0 ] && [ "$breaches" -eq 0 ]
