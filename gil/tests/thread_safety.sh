#!/bin/sh
# thread_safety.sh CLANG SOURCE INCLUDE...: clang must accept SOURCE, and refuse it, for the
# thread-safety rule alone, with each of the mistakes it holds. Exit 77: no clang.
clang=$1
source=$2
shift 2
if ! command -v "$clang" >/dev/null 2>&1; then
    echo "skipped: clang is not installed"
    exit 77
fi
for folder in "$@"; do
    set -- "$@" "-I$folder"
    shift
done

compile() {
    "$clang" -std=c17 -D_GNU_SOURCE -fsyntax-only -Wall -Wthread-safety -Werror "$@" 2>&1
}

if ! output=$(compile -DWRONG=0 "$@" "$source"); then
    printf '%s\n' "the right program is refused:" "$output"
    exit 1
fi
for mistake in 1 2 3 4 5; do
    if output=$(compile -DWRONG=$mistake "$@" "$source"); then
        echo "mistake $mistake is accepted"
        exit 1
    fi
    case $output in
    *-Wthread-safety-analysis*) echo "mistake $mistake is refused" ;;
    *)
        printf '%s\n' "mistake $mistake is refused for another reason:" "$output"
        exit 1
        ;;
    esac
done
