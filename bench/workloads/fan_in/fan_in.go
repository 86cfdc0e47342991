// fan_in: eight goroutines send into one channel; one op is one message.
package main

import (
	"sync"

	"quartet/peer"
)

const (
	producers = 8
	buffer    = 128
	mask      = 1<<20 - 1
)

type message struct {
	value uint64
}

func produce(p, ops uint64, out chan<- message) {
	for i := uint64(0); i < ops/producers; i++ {
		out <- message{(i*producers + p) & mask}
	}
}

func consume(in <-chan message, done chan<- peer.Answer) {
	answer := peer.Answer{Units: producers + 1}
	for m := range in {
		answer.Checksum += m.value
		answer.Messages++
	}
	answer.Bytes = 8 * answer.Messages
	done <- answer
}

func run(ops uint64) peer.Answer {
	messages, done := make(chan message, buffer), make(chan peer.Answer)
	var group sync.WaitGroup
	go consume(messages, done)
	for p := uint64(0); p < producers; p++ {
		group.Add(1)
		go func(p uint64) {
			defer group.Done()
			produce(p, ops, messages)
		}(p)
	}
	group.Wait()
	close(messages)
	return <-done
}

func main() {
	peer.Play(peer.Program{
		Quantum: producers,
		Run:     run,
		TinyOps: 16,
		Tiny:    peer.Answer{Units: 9, Messages: 16, Bytes: 128, Checksum: 120},
	})
}
