#!/bin/sh
# oracle.sh SOURCE-DIR ORACLE-PROGRAM... - asks a real BEAM the oracle's cases and compares its
# verdicts with ours, name by name. Every name that the BEAM answers must be one of ours,
# and there must be 110 of them. Exit 77 without Erlang.
set -u
source=$1
shift # what is left runs ours, perhaps under an emulator
if ! command -v erlc >/dev/null 2>&1; then
    echo 'skipped: no erlang here (apt-get install erlang-base)'
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
erlc -o "$work" "$source/oracle.erl" || exit 1
erl -noshell -pa "$work" -kernel logger_level none -s oracle main >"$work/beam" || exit 1
"$@" --list >"$work/ours" || exit 1
sort -o "$work/beam" "$work/beam"
sort -o "$work/ours" "$work/ours"
beam=$(wc -l <"$work/beam")
if [ "$beam" -lt 110 ]; then
    echo "the BEAM answered only $beam cases"
    exit 1
fi
missing=$(comm -23 "$work/beam" "$work/ours")
if [ -n "$missing" ]; then
    echo 'the BEAM says, and we do not:'
    echo "$missing"
    exit 1
fi
if grep -v ' true$' "$work/beam"; then
    echo 'the BEAM itself does not hold these'
    exit 1
fi
echo "$beam verdicts agree with Erlang/OTP $(erl -noshell -eval \
    'io:put_chars(erlang:system_info(otp_release)), halt().')"
