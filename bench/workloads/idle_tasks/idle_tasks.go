// idle_tasks: very many goroutines that wait; then all are woken, and all answer. One op
// is one answer.
package main

import (
	"bytes"
	"fmt"
	"os"

	"quartet/peer"
)

const (
	quantum = 1000
	values  = 1<<20 - 1
)

// What was held at the start, and when all waited in the first run of each number of
// tasks: later ones find what the earlier ones have left.
var (
	before = resident()
	parked = map[uint64]uint64{}
	last   uint64 // tasks of the last run
)

func task(number uint64, wake <-chan uint64, answers chan<- uint64) {
	answers <- number
	for round := <-wake; round > 0; round = <-wake {
		answers <- (number + round) & values
	}
}

// run is the driver.
func run(ops, tasks uint64) peer.Answer {
	answers := make(chan uint64, tasks)
	wake := make([]chan uint64, tasks)
	for i := range wake {
		wake[i] = make(chan uint64)
		go task(uint64(i), wake[i], answers)
	}
	for range wake {
		<-answers
	}
	weigh(tasks)
	var sum uint64
	for round := uint64(1); round <= ops/tasks; round++ {
		for _, c := range wake {
			c <- round
		}
		for range wake {
			sum += <-answers
		}
	}
	for _, c := range wake {
		c <- 0
	}
	return answer(tasks+1, 2*ops+2*tasks, sum)
}

func answer(units, messages, sum uint64) peer.Answer {
	return peer.Answer{Units: units, Messages: messages, Bytes: 8 * messages, Checksum: sum}
}

func weigh(tasks uint64) {
	last = tasks
	if _, known := parked[tasks]; !known {
		parked[tasks] = 0
		if now := resident(); now > before {
			parked[tasks] = now - before
		}
	}
}

// resident is the memory of the whole process.
func resident() uint64 {
	var total, pages uint64
	text, err := os.ReadFile("/proc/self/statm")
	if err == nil {
		_, err = fmt.Fscan(bytes.NewReader(text), &total, &pages)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "/proc/self/statm: %v\n", err)
		os.Exit(1)
	}
	return pages * uint64(os.Getpagesize())
}

func main() {
	peer.Play(peer.Program{
		Quantum: quantum,
		Sized:   run,
		TinyOps: 2 * quantum,
		Tiny:    answer(1001, 6000, 1002000),
		Counters: func() map[string]uint64 {
			return map[string]uint64{"parked_bytes": parked[last]}
		},
	})
}
