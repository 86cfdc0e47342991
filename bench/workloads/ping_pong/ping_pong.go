// ping_pong: two goroutines hand a ball back and forth; one op is one round trip.
package main

import "quartet/peer"

type ball struct {
	hops uint64
}

func ping(ops uint64, there chan<- ball, back <-chan ball, done chan<- ball) {
	var b ball
	for i := uint64(0); i < ops; i++ {
		b.hops++
		there <- b
		b = <-back
	}
	done <- b
}

func pong(ops uint64, there <-chan ball, back chan<- ball) {
	for i := uint64(0); i < ops; i++ {
		b := <-there
		b.hops++
		back <- b
	}
}

func run(ops uint64) peer.Answer {
	there, back, done := make(chan ball), make(chan ball), make(chan ball)
	go ping(ops, there, back, done)
	go pong(ops, there, back)
	hops := (<-done).hops
	return peer.Answer{Units: 2, Messages: hops, Bytes: 8 * hops, Checksum: hops}
}

func main() {
	peer.Play(peer.Program{
		Quantum: 1,
		Run:     run,
		TinyOps: 3,
		Tiny:    peer.Answer{Units: 2, Messages: 6, Bytes: 48, Checksum: 6},
	})
}
