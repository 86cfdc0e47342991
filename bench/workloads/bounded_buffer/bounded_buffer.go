// bounded_buffer: producers and consumers with a buffered channel between them; one op is
// one item.
package main

import "quartet/peer"

const (
	most = 40 // producers, and consumers
	mask = 1<<20 - 1
)

// item is 8 bytes, as elsewhere: number<<8 | producer.
type item uint64

func (i item) producer() uint8 { return uint8(i) }
func (i item) number() uint64  { return uint64(i >> 8) }

func produce(producer uint8, items uint64, buffer chan<- item) {
	for i := uint64(0); i < items; i++ {
		buffer <- item(i<<8 | uint64(producer))
	}
}

// consume reports the sum of what it took, of each producer in ascending order.
func consume(items uint64, buffer <-chan item, reports chan<- uint64) {
	var next [most]uint64
	var sum uint64
	for ; items > 0; items-- {
		if it := <-buffer; it.number() >= next[it.producer()] {
			next[it.producer()] = it.number() + 1
			sum += it.number() & mask
		}
	}
	reports <- sum
}

func places(pairs uint64) uint64 {
	if pairs == most {
		return 50
	}
	return 128
}

func run(ops, pairs uint64) peer.Answer {
	buffer, reports := make(chan item, places(pairs)), make(chan uint64)
	for p := uint64(0); p < pairs; p++ {
		go produce(uint8(p), ops/pairs, buffer)
		go consume(ops/pairs, buffer, reports)
	}
	var sum uint64
	for p := uint64(0); p < pairs; p++ {
		sum += <-reports
	}
	return answer(ops, pairs, sum)
}

func answer(ops, pairs, sum uint64) peer.Answer {
	messages := ops + pairs
	return peer.Answer{Units: 2*pairs + 1, Messages: messages, Bytes: 8 * messages,
		Checksum: sum}
}

func main() {
	peer.Play(peer.Program{
		Quantum: 1,
		Sized:   run,
		TinyOps: 16,
		Tiny:    answer(16, 1, 120),
	})
}
