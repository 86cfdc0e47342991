// select_ready: one goroutine receives from whichever of many channels is ready; one op is
// one select.
package main

import "quartet/peer"

const (
	fewest = 2
	most   = 8
	mask   = 1<<20 - 1
)

// value is what message number index of a sender carries.
func value(index, sender, channels uint64) uint64 {
	return (index*channels + sender) & mask
}

func send(sender, channels, messages uint64, out chan<- uint64) {
	for i := uint64(0); i < messages; i++ {
		out <- value(i, sender, channels)
	}
}

// receiver adds up what comes in the right order from the right case.
type receiver struct {
	next [most]uint64 // message of each sender
	sum  uint64
}

func (r *receiver) take(v, from, channels uint64) {
	if v == value(r.next[from], from, channels) {
		r.sum += v
	}
	r.next[from]++
}

func (r *receiver) selectOf2(ops uint64, c []chan uint64) {
	c0, c1 := c[0], c[1]
	for i := uint64(0); i < ops; i++ {
		select {
		case v := <-c0:
			r.take(v, 0, 2)
		case v := <-c1:
			r.take(v, 1, 2)
		}
	}
}

func (r *receiver) selectOf8(ops uint64, c []chan uint64) {
	c0, c1, c2, c3, c4, c5, c6, c7 := c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
	for i := uint64(0); i < ops; i++ {
		select {
		case v := <-c0:
			r.take(v, 0, 8)
		case v := <-c1:
			r.take(v, 1, 8)
		case v := <-c2:
			r.take(v, 2, 8)
		case v := <-c3:
			r.take(v, 3, 8)
		case v := <-c4:
			r.take(v, 4, 8)
		case v := <-c5:
			r.take(v, 5, 8)
		case v := <-c6:
			r.take(v, 6, 8)
		case v := <-c7:
			r.take(v, 7, 8)
		}
	}
}

func run(ops, size uint64) peer.Answer {
	channels := make([]chan uint64, size)
	for i := range channels {
		channels[i] = make(chan uint64)
		go send(uint64(i), size, ops/size, channels[i])
	}
	var r receiver
	switch size {
	case 2:
		r.selectOf2(ops, channels)
	case 8:
		r.selectOf8(ops, channels)
	}
	return answer(ops, size, r.sum)
}

func answer(ops, size, sum uint64) peer.Answer {
	return peer.Answer{Units: size + 1, Messages: ops, Bytes: 8 * ops, Checksum: sum}
}

func main() {
	peer.Play(peer.Program{
		Quantum: fewest,
		Sized:   run,
		TinyOps: 16,
		Tiny:    answer(16, fewest, 120),
	})
}
