// skynet: trees of goroutines, ten children each; one op is one leaf.
package main

import "quartet/peer"

const (
	children = 10
	smallest = 1000
)

// grow makes ten children and adds up what they send.
func grow(first, leaves uint64) (sum uint64) {
	below := leaves / children
	parts := make(chan uint64)
	for i := uint64(0); i < children; i++ {
		go node(parts, first+i*below, below)
	}
	for i := 0; i < children; i++ {
		sum += <-parts
	}
	return sum
}

func node(parent chan<- uint64, first, leaves uint64) {
	if leaves == 1 {
		parent <- first
	} else {
		parent <- grow(first, leaves)
	}
}

// run is the root of the last tree, and who has the others planted.
func run(ops, leaves uint64) peer.Answer {
	var sum, units uint64
	trees := make(chan uint64)
	for planted := leaves; planted < ops; planted += leaves {
		go node(trees, 0, leaves)
		sum += <-trees
	}
	sum += grow(0, leaves)
	for level := uint64(1); level <= leaves; level *= children {
		units += ops / leaves * level
	}
	return answer(units, sum)
}

func answer(units, sum uint64) peer.Answer {
	return peer.Answer{Units: units, Messages: units - 1, Bytes: 8 * (units - 1),
		Checksum: sum}
}

func main() {
	peer.Play(peer.Program{
		Quantum: smallest,
		Sized:   run,
		TinyOps: 2 * smallest,
		Tiny:    answer(2222, 999000),
	})
}
