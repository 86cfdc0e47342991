#!/bin/sh
# style.sh CHECK ROOT - a ratchet for what reviewers tire of. Prints one line a violation.
#
#   lengths  no function over 70 lines but the scheduler loops named below; no file over 600
#            half of all functions have 10 lines or fewer
#   asserts  no room falls below the assertions in 1,000 lines that it has reached
#   orders   each memory order is explained beside it: what it pairs with, why not weaker
#   words    no notes to self
#   format   clang-format has nothing to change (version 14: others lay out differently)
#   scripts  shellcheck has nothing to say
#
# Exit 77 where the tool of a check is not installed. Works on a tree without git.
set -u
check=$1
cd "$2" || exit 1

# Functions that may be longer than 70 lines, as FILE:FUNCTION. Each is a scheduler's loop.
LONG_LOOPS=''
FUNCTION_LINES=70
MEDIAN_LINES=10
# ROOM:FLOOR, assertions in 1,000 lines of a room's C files, its tests apart. The goal is 25
# everywhere; a floor is raised when a room has risen, never lowered.
ASSERTS='core:18 actors:25 csp:25 eventloop:23 gil:27
    bench/harness:25 bench/machine:24 bench/report:26 bench/peers:20'
FILE_LINES=600

files() {
    find . -path ./build -prune -o -path './.git*' -prune -o -path ./results -prune -o \
        -type f \( "$@" \) -print | sed 's|^\./||' | sort
}

c_files() {
    files -name '*.[ch]' -o -name '*.cc'
}

# Prints what came in, then how many lines that was; fails when there were some.
verdict() {
    awk -v check="$check" '{ print } END { print check ": " NR " violations"; exit NR > 0 }'
}

need() {
    for tool; do
        command -v "$tool" >/dev/null 2>&1 && return
    done
    echo "skipped: no $1 here (apt-get install $1)"
    exit 77
}

check_lengths() {
    need universal-ctags ctags-universal ctags
    ctags=$(command -v ctags-universal || command -v ctags)
    "$ctags" --version | grep -q '^Universal Ctags' || need universal-ctags
    {
        files -name '*.[chS]' -o -name '*.cc' -o -name '*.sh' -o -name '*.awk' -o -name '*.py' \
            -o -name '*.rb' -o -name '*.go' -o -name '*.mjs' -o -name '*.erl' -o -name '*.gp' \
            -o -name '*.cmake' -o -name CMakeLists.txt -o -name quartet |
            tr '\n' '\0' | xargs -0 wc -l | awk -v most=$FILE_LINES \
            '$2 != "total" && $1 > most { print $2 ": " $1 " lines, more than " most }'
        c_files | "$ctags" -x --kinds-C=f --kinds-C++=f --fields=+ne \
            --_xformat='%F %N %n %e' -L - |
            awk -v most=$FUNCTION_LINES -v median=$MEDIAN_LINES -v loops="$LONG_LOOPS" '
                $4 - $3 + 1 > most && index(" " loops " ", " " $1 ":" $2 " ") == 0 {
                    print $1 ":" $3 ": " $2 " has " $4 - $3 + 1 " lines, more than " most
                }
                { seen[$4 - $3 + 1]++ }
                END {
                    if (NR == 0)
                        print "ctags found no function"
                    for (lines = 1; 2 * below < NR; lines++)
                        below += seen[lines]
                    if (NR >= 10 && lines - 1 > median)
                        print "half of all functions have " lines - 1 " lines, more than " median
                }'
    } | verdict
}

check_asserts() {
    for floor in $ASSERTS; do
        room=${floor%:*}
        [ -d "$room" ] || continue
        files -name '*.c' | grep "^$room/" | grep -v /tests/ | tr '\n' '\0' |
            xargs -0 -r cat | awk -v room="$room" -v floor="${floor#*:}" '
                /(^|[^A-Za-z_])(assert|_Static_assert|static_assert)[ \t]*\(/ { asserts++ }
                END {
                    if (1000 * asserts < floor * NR)
                        printf "%s: %d assertions in %d lines, fewer than %d in 1,000\n",
                            room, asserts, NR, floor
                }'
    done | verdict
}

# The reason stands within four lines above, on the statement's own lines, or once for many:
# "all below", "all relaxed" or "all accesses" speaks for the rest of the function it stands
# in, or, outside functions, for all up to the next ruler ("/* ---").
check_orders() {
    # shellcheck disable=SC2016 # the dollars are awk's
    c_files | grep -v '^core/include/core/atomic\.h$' | tr '\n' '\0' | xargs -0 awk '
        function settle() {
            if (due != "")
                print due
            due = ""
        }
        FNR == 1 { settle(); comment = -9; function_told = section_told = 0 }
        /\/\*|\*\/|\/\/|^[ \t]*\*/ {
            comment = FNR
            due = ""
            if (/[Aa]ll (below|relaxed|accesses)/ && /^[ \t][ \t]/)
                function_told = 1
            else if (/[Aa]ll (below|relaxed|accesses)/)
                section_told = 1
        }
        /^\/\* ---/ { section_told = 0 }
        /^}/ { function_told = 0 }
        /core_[a-z]+_(relaxed|acquire|release|acq_rel|seq_cst)[ \t]*\(|memory_order_[a-z]/ {
            if (FNR - comment > 4 && !function_told && !section_told)
                due = FILENAME ":" FNR ": a memory order without its reason: " $0
        }
        /atomic_(load|store|exchange|compare|fetch|flag|thread)[a-z_]*[ \t]*\(/ {
            if ($0 !~ /_explicit|_fence/)
                print FILENAME ":" FNR ": an atomic operation whose name hides its order: " $0
        }
        /[;{][ \t\\]*$/ { settle() }
        END { settle() }' | verdict
}

check_words() {
    # The words are written with a bracket so that this file does not find itself.
    files -name '*' ! -name '*.png' ! -name '*.json*' |
        tr '\n' '\0' | xargs -0 grep -nE '[T]ODO|[F]IXME|\b[X]XX\b|\b[H]ACK\b' | verdict
}

check_format() {
    need clang-format clang-format-14 clang-format
    format=$(command -v clang-format-14 || command -v clang-format)
    case $("$format" --version) in
    *'version 14.'*) ;;
    *)
        echo 'skipped: clang-format 14 is the one that judges'
        exit 77
        ;;
    esac
    # One line a file is enough; `clang-format -i` shows and mends the rest.
    c_files | tr '\n' '\0' | xargs -0 "$format" --dry-run 2>&1 |
        sed -n 's/^\([^: ]*\):[0-9]*:[0-9]*: warning:.*/\1: run clang-format -i/p' | sort -u | verdict
}

check_scripts() {
    need shellcheck
    {
        files -name '*.sh' -o -name quartet | tr '\n' '\0' | xargs -0 shellcheck -s sh -f gcc
        shellcheck -f gcc .ci/run
    } | verdict
}

case $check in
lengths | asserts | orders | words | format | scripts) "check_$check" ;;
*)
    echo "style.sh: unknown check '$check'" >&2
    exit 2
    ;;
esac
