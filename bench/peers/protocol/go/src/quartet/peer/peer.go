// Package peer is the Go side of the peers' protocol (bench/peers/README.md): arguments,
// self-check, warm-up, the one timed run, the one line of JSON.
package peer

import (
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Answer is what a run counted.
type Answer struct {
	Units, Messages, Bytes, Checksum uint64
}

// Program is a workload.
type Program struct {
	Quantum uint64                  // ops are a multiple of it
	Run     func(ops uint64) Answer // one run

	// In place of Run where there is a size parameter; ops are a multiple of it too, and
	// size 0 means the quantum.
	Sized func(ops, size uint64) Answer
	// Sizes may be anything, 0 too, and ops do not follow them.
	AnySize bool

	TinyOps uint64       // a case small enough to know by heart, of the smallest size ...
	Tiny    Answer       // ... and its answer
	Check   func() error // more of the self-check, or nil

	// Figures besides the answer, told after the timed run, or nil.
	Counters func() map[string]uint64
	// Figures that are no counts, or nil.
	Figures func() map[string]float64
	// The values whose histogram is told, in nanoseconds, or nil.
	Values func() []uint64
}

const growth = 8

type argument struct {
	value, limit uint64
	given        bool
}

// Play plays a program as the command line asks and ends the process.
func Play(program Program) {
	arguments := map[string]*argument{
		"ops":       {value: 0, limit: 1 << 33},
		"workers":   {value: 1, limit: 1024},
		"size":      {value: 0, limit: 1<<53 - 1},
		"target_ns": {value: 100e6, limit: 3600e9},
		"warmup_ns": {value: 1e9, limit: 3600e9},
	}
	for _, word := range os.Args[1:] {
		parse(arguments, word)
	}
	ops, workers := arguments["ops"].value, arguments["workers"].value
	target, warmup := arguments["target_ns"].value, arguments["warmup_ns"].value
	played := program.sized(arguments["size"].value)
	switch {
	case ops%played.Quantum != 0:
		fail(2, "ops=%d is not a multiple of %d", ops, played.Quantum)
	case workers == 0:
		fail(2, "workers=0: at least 1")
	case target == 0:
		fail(2, "target_ns=0: at least 1")
	}
	runtime.GOMAXPROCS(int(workers))

	selfCheck(program.sized(0))
	ops, spent := warmUp(played, ops, target, warmup)
	elapsed, answer := timed(played, ops)
	fmt.Printf("{\"schema\":\"quartet-peer/1\",\"ops\":%d,\"units\":%d,\"messages\":%d,"+
		"\"bytes\":%d,\"checksum\":%d,\"elapsed_ns\":%d,\"warmup_ns\":%d%s%s%s}\n",
		ops, answer.Units, answer.Messages, answer.Bytes, answer.Checksum, elapsed, spent,
		counters(played), figures(played), histogram(played))
	os.Exit(0)
}

// sized is the program with its size filled in.
func (program Program) sized(size uint64) Program {
	switch {
	case program.Sized == nil && size != 0:
		fail(2, "size=%d: this workload has no size", size)
	case program.Sized == nil:
		return program
	case program.AnySize:
		program.Run = func(ops uint64) Answer { return program.Sized(ops, size) }
		return program
	case size%program.Quantum != 0:
		fail(2, "size=%d is not a multiple of %d", size, program.Quantum)
	case size == 0:
		size = program.Quantum
	}
	program.Quantum = size
	program.Run = func(ops uint64) Answer { return program.Sized(ops, size) }
	return program
}

func selfCheck(program Program) {
	if program.Check != nil {
		if err := program.Check(); err != nil {
			fail(3, "%v", err)
		}
	}
	checkBuckets()
	if answer := program.Run(program.TinyOps); answer != program.Tiny {
		fail(3, "self-check of %d ops: %+v, expected %+v", program.TinyOps, answer,
			program.Tiny)
	}
}

// counters is the field of that name, or nothing.
func counters(program Program) string {
	if program.Counters == nil {
		return ""
	}
	var words []string
	for name, value := range program.Counters() {
		words = append(words, fmt.Sprintf("\"%s\":%d", name, value))
	}
	sort.Strings(words)
	return fmt.Sprintf(",\"counters\":{%s}", strings.Join(words, ","))
}

// figures is the field of that name, or nothing.
func figures(program Program) string {
	if program.Figures == nil {
		return ""
	}
	var words []string
	for name, value := range program.Figures() {
		words = append(words, fmt.Sprintf("\"%s\":%g", name, value))
	}
	sort.Strings(words)
	return fmt.Sprintf(",\"figures\":{%s}", strings.Join(words, ","))
}

// bucket is the one that the value falls into, as bench/peers/README.md has them.
func bucket(value uint64) int {
	power := max(uint64(bits.Len64(value)), 11) - 11
	return int(power<<10 + value>>power)
}

// histogram is the field of that name, or nothing.
func histogram(program Program) string {
	if program.Values == nil {
		return ""
	}
	counts := map[int]int{}
	for _, value := range program.Values() {
		counts[bucket(value)]++
	}
	buckets := make([]int, 0, len(counts))
	for b := range counts {
		buckets = append(buckets, b)
	}
	sort.Ints(buckets)
	pairs := make([]string, 0, len(counts))
	for _, b := range buckets {
		pairs = append(pairs, fmt.Sprintf("[%d,%d]", b, counts[b]))
	}
	return fmt.Sprintf(",\"histogram\":[%s]", strings.Join(pairs, ","))
}

// checkBuckets holds them against the vectors of bench/peers/README.md.
func checkBuckets() {
	for value, expected := range map[uint64]int{0: 0, 2047: 2047, 2049: 2048, 4096: 3072,
		123456789: 18267, 40000000000: 26792} {
		if bucket(value) != expected {
			fail(3, "%d falls into bucket %d, not %d", value, bucket(value), expected)
		}
	}
}

func parse(arguments map[string]*argument, word string) {
	key, digits, found := strings.Cut(word, "=")
	if !found {
		fail(2, "'%s' is not key=value", word)
	}
	known := arguments[key]
	if known == nil {
		fail(2, "unknown argument '%s'", word)
	}
	if known.given {
		fail(2, "%s is given twice", key)
	}
	if digits == "" || len(digits) > 16 || strings.Trim(digits, "0123456789") != "" {
		fail(2, "%s is not a whole number", word)
	}
	known.value, _ = strconv.ParseUint(digits, 10, 64) // 16 digits always fit
	known.given = true
	if known.value > known.limit {
		fail(2, "%s is more than %d", word, known.limit)
	}
}

// warmUp lets runs grow until one takes target_ns, and goes on until warmup_ns is spent.
// Calibrated ops rest on a run at least half as long as the timed one.
func warmUp(program Program, wanted, targetNs, warmupNs uint64) (ops, spent uint64) {
	n := program.Quantum
	for {
		elapsed, _ := timed(program, n)
		spent += elapsed
		ratio := float64(targetNs) / float64(elapsed)
		goal := uint64(float64(n)*ratio) / program.Quantum * program.Quantum
		goal = max(goal, program.Quantum)
		if spent >= warmupNs {
			if wanted > 0 {
				return wanted, spent
			}
			if goal <= 2*n {
				return goal, spent
			}
		}
		n = min(goal, growth*n)
		if wanted > 0 {
			n = min(n, wanted)
		}
	}
}

// timed runs once; a run takes at least one nanosecond.
func timed(program Program, ops uint64) (elapsedNs uint64, answer Answer) {
	start := time.Now()
	answer = program.Run(ops)
	return max(uint64(time.Since(start).Nanoseconds()), 1), answer
}

func min(a, b uint64) uint64 {
	if a < b {
		return a
	}
	return b
}

func max(a, b uint64) uint64 {
	if a > b {
		return a
	}
	return b
}

func fail(code int, format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(code)
}
