#!/bin/sh
# tcp_oracle.sh SOURCE-DIR ORACLE-PROGRAM... - the same cases of sockets in Erlang (gen_tcp) and
# in C print the same lines, on one scheduler and on two. Exit 77 without Erlang.
set -u
source=$1
shift # what is left runs ours, perhaps under an emulator
if ! command -v erlc >/dev/null 2>&1; then
    echo 'skipped: no erlang here (apt-get install erlang-base)'
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
erlc -o "$work" "$source/tcp_oracle.erl" || exit 1
erl -noshell -pa "$work" -kernel logger_level none -s tcp_oracle main >"$work/beam" || exit 1
lines=$(wc -l <"$work/beam")
if [ "$lines" -lt 40 ]; then
    echo "the BEAM answered only $lines cases"
    exit 1
fi
for schedulers in 1 2; do
    "$@" $schedulers >"$work/ours" || exit 1
    if ! diff "$work/beam" "$work/ours"; then
        echo "with $schedulers schedulers: < is the BEAM's answer, > is ours"
        exit 1
    fi
done
echo "$lines answers agree with Erlang/OTP $(erl -noshell -eval \
    'io:put_chars(erlang:system_info(otp_release)), halt().')"
