#!/bin/sh
# answers.sh SOURCE-DIR PROGRAM... - asks a real Go the cases of test_packages.c, and
# compares its answers with ours, line by line, exit codes included. Exit 77 without Go.
#
# Go is not asked
#   what 1.23 changed in timers: StoppedHasNoValue, TimerChannelLooksUnbuffered,
#       TickerDrops, TickerResetHasNoValue, StopResetStress, TimerModifiedEarlier and
#       AdjustTimers, whose Go form drains channels in the old way
#   what an older one lacks: OnceValue, Cause, CancelRemoves (by its causes),
#       ContextAfterFunc, WithoutCancel
#   what its library has not: Errgroup*, Monitor*, ContextReleaseStress (references),
#       CondBuffer (needs no other opinion than the sum),
#       CancelBackground, AfterFuncNil (Go dies of it in a runtime that has no words)
set -u
source=$1
shift # what is left runs ours, perhaps under an emulator
not_asked='AdjustTimers AfterFuncNil CancelBackground CancelRemoves Cause CondBuffer
    ContextAfterFunc ContextReleaseStress ErrgroupGoNil ErrgroupGoexit ErrgroupLimit ErrgroupModifyLimit ErrgroupPipeline
    ErrgroupTryGo ErrgroupWithContext ErrgroupZero MonitorOfWorkers MonitorOwns OnceValue
    StopResetStress StoppedHasNoValue TickerDrops TickerResetHasNoValue
    TimerChannelLooksUnbuffered TimerModifiedEarlier WithoutCancel'
if ! command -v go >/dev/null 2>&1; then
    echo 'skipped: no go here (apt-get install golang-go)'
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
GOCACHE=${GOCACHE:-$work/cache} GO111MODULE=off \
    go build -o "$work/answers" "$source"/answers*.go || exit 1
"$work/answers" >"$work/go" || exit 1
"$@" --answers >"$work/all" || exit 1
echo "$not_asked" | tr -s ' ' '\n' | sed '/^$/d; s/$/:/' >"$work/not_asked"
grep -vFf "$work/not_asked" "$work/all" >"$work/ours"
sort -o "$work/go" "$work/go"
sort -o "$work/ours" "$work/ours"
if ! diff "$work/go" "$work/ours"; then
    echo 'Go says what is marked <, and we what is marked >'
    exit 1
fi
asked=$(wc -l <"$work/go")
if [ "$asked" -lt 70 ]; then
    echo "Go answered only $asked cases"
    exit 1
fi
echo "$asked answers agree with $(go version)"
