// yield: two goroutines that call runtime.Gosched; one op is one call.
package main

import (
	"runtime"

	"quartet/peer"
)

const yielders = 2

func yielder(number, turns uint64, collector chan<- uint64) {
	var weighed uint64
	for i := uint64(0); i < turns; i++ {
		runtime.Gosched()
		weighed += number
	}
	collector <- weighed
}

// run is the collector.
func run(ops uint64) peer.Answer {
	collector := make(chan uint64)
	for number := uint64(1); number <= yielders; number++ {
		go yielder(number, ops/yielders, collector)
	}
	answer := peer.Answer{Units: yielders + 1}
	for ; answer.Messages < yielders; answer.Messages++ {
		answer.Checksum += <-collector
	}
	answer.Bytes = 8 * answer.Messages
	return answer
}

func main() {
	peer.Play(peer.Program{
		Quantum: yielders,
		Run:     run,
		TinyOps: 10,
		Tiny:    peer.Answer{Units: 3, Messages: 2, Bytes: 16, Checksum: 15},
	})
}
