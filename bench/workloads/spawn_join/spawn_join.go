// spawn_join: children, so many at a time, each sends a number and ends; one op is one
// child.
package main

import "quartet/peer"

const mask = 1<<20 - 1

// run is the parent.
func run(ops, group uint64) peer.Answer {
	heard := make(chan uint64, group)
	var sum uint64
	for made := uint64(0); made < ops; made += group {
		for i := made; i < made+group; i++ {
			go func(value uint64) { heard <- value }(i & mask)
		}
		for i := uint64(0); i < group; i++ {
			sum += <-heard
		}
	}
	return answer(ops, sum)
}

func answer(ops, sum uint64) peer.Answer {
	return peer.Answer{Units: ops + 1, Messages: ops, Bytes: 8 * ops, Checksum: sum}
}

func main() {
	peer.Play(peer.Program{
		Quantum: 1,
		Sized:   run,
		TinyOps: 16,
		Tiny:    answer(16, 120),
	})
}
