// mandelbrot: eight goroutines compute rows of a picture; one op is one row.
package main

import "quartet/peer"

const (
	workers    = 8
	width      = 512
	height     = 512
	iterations = 128
	stride     = 317
	step       = 5.0 / 1024.0
)

// point counts iterations. The conversions forbid fusing a product with a sum, which Go
// does on arm64, ppc64 and s390x and which would round differently.
func point(re, im float64) uint64 {
	var zr, zi float64
	for n := uint64(0); n < iterations; n++ {
		zr2 := float64(zr * zr)
		zi2 := float64(zi * zi)
		if zr2+zi2 > 4.0 {
			return n
		}
		zi = float64(2.0*zr*zi) + im
		zr = zr2 - zi2 + re
	}
	return iterations
}

func row(y uint64) (sum uint64) {
	im := float64(step*float64(y)) - 1.25
	for x := 0; x < width; x++ {
		sum += point(float64(step*float64(x))-2.0, im)
	}
	return sum
}

func work(t, ops uint64, sums chan<- uint64) {
	var sum uint64
	for op := t; op < ops; op += workers {
		sum += row(op * stride % height)
	}
	sums <- sum
}

func collect(sums <-chan uint64, done chan<- peer.Answer) {
	answer := peer.Answer{Units: workers + 1}
	for answer.Messages < workers {
		answer.Checksum += <-sums
		answer.Messages++
	}
	answer.Bytes = 8 * answer.Messages
	done <- answer
}

func run(ops uint64) peer.Answer {
	sums, done := make(chan uint64, workers), make(chan peer.Answer)
	go collect(sums, done)
	for t := uint64(0); t < workers; t++ {
		go work(t, ops, sums)
	}
	return <-done
}

func main() {
	peer.Play(peer.Program{
		Quantum: workers,
		Run:     run,
		TinyOps: workers,
		Tiny:    peer.Answer{Units: 9, Messages: 8, Bytes: 64, Checksum: 142180},
	})
}
