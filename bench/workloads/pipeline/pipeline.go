// pipeline: items pass four goroutines that compute; one op is one item.
package main

import "quartet/peer"

const (
	stages = 4
	places = 16
	rounds = 4096
	values = 256
	mask   = 1<<20 - 1
)

type item struct {
	number, value uint32
}

// work is rounds of xorshift32.
func work(value uint32) uint32 {
	for i := 0; i < rounds; i++ {
		value ^= value << 13
		value ^= value >> 17
		value ^= value << 5
	}
	return value
}

func first(items uint64, out chan<- item) {
	for i := uint64(0); i < items; i++ {
		out <- item{uint32(i), work(uint32(i%values) + 1)}
	}
	close(out)
}

func stage(in <-chan item, out chan<- item) {
	for it := range in {
		it.value = work(it.value)
		out <- it
	}
	close(out)
}

// run is the collector.
func run(ops uint64) peer.Answer {
	last := make(chan item, places)
	go first(ops, last)
	for i := 1; i < stages; i++ {
		in := last
		last = make(chan item, places)
		go stage(in, last)
	}
	var sum, index uint64
	for it := range last {
		if it.number == uint32(index) {
			sum += uint64(it.value & mask)
		}
		index++
	}
	return answer(index, sum)
}

func answer(ops, sum uint64) peer.Answer {
	return peer.Answer{Units: stages + 1, Messages: stages * ops, Bytes: 8 * stages * ops,
		Checksum: sum}
}

func main() {
	peer.Play(peer.Program{
		Quantum: 1,
		Run:     run,
		TinyOps: 8,
		Tiny:    answer(8, 5077880),
	})
}
