// all_to_all: 120 goroutines ask each other at random; one op is a question and its answer.
package main

import (
	"fmt"
	"math/bits"

	"quartet/peer"
)

const (
	players = 120
	numbers = 1<<20 - 1
)

type question struct {
	from, number uint32
}

type player struct {
	number    uint32
	questions chan question // a place for each other player: nobody asks twice
	answers   chan uint64   // a place for the one answer that can come
}

type game struct {
	opening chan [players]*player
	sums    chan uint64
	end     chan uint64
}

// hear answers what the player is asked until something comes from other.
func (me *player) hear(all *[players]*player, other <-chan uint64) uint64 {
	for {
		select {
		case q := <-me.questions:
			all[q.from].answers <- uint64(q.number + me.number)
		case heard := <-other:
			return heard
		}
	}
}

func (me *player) play(g game, questions uint64) {
	all := <-g.opening
	r := newRNG(me.number)
	var sum uint64
	for i := uint64(0); i < questions; i++ {
		other := r.below(players - 1)
		if other >= me.number {
			other++
		}
		all[other].questions <- question{me.number, uint32(i & numbers)}
		sum += me.hear(&all, me.answers)
	}
	g.sums <- sum
	me.hear(&all, g.end)
}

// run is the umpire.
func run(ops uint64) peer.Answer {
	g := game{make(chan [players]*player), make(chan uint64), make(chan uint64)}
	var all [players]*player
	for i := range all {
		all[i] = &player{uint32(i), make(chan question, players-1), make(chan uint64, 1)}
		go all[i].play(g, ops/players)
	}
	for range all {
		g.opening <- all
	}
	var sum uint64
	for range all {
		sum += <-g.sums
	}
	for range all {
		g.end <- 0
	}
	return answer(ops, sum)
}

// answer counts, besides two messages of 8 bytes an op: to each player who plays, its
// sum, its end.
func answer(ops, sum uint64) peer.Answer {
	small := 2*ops + 2*players
	return peer.Answer{Units: players + 1, Messages: small + players,
		Bytes: 8*small + players*8*players, Checksum: sum}
}

// rng is xoshiro128** and its seeding, as core/rng.h.
type rng [4]uint32

func newRNG(seed uint32) *rng {
	var r rng
	for i := range r {
		seed += 0x9e3779b9
		z := (seed ^ seed>>16) * 0x85ebca6b
		z = (z ^ z>>13) * 0xc2b2ae35
		r[i] = z ^ z>>16
	}
	return &r
}

func (r *rng) next() uint32 {
	drawn := bits.RotateLeft32(r[1]*5, 7) * 9
	shifted := r[1] << 9
	r[2] ^= r[0]
	r[3] ^= r[1]
	r[1] ^= r[2]
	r[0] ^= r[3]
	r[2] ^= shifted
	r[3] = bits.RotateLeft32(r[3], 11)
	return drawn
}

func (r *rng) below(bound uint32) uint32 {
	return uint32(uint64(r.next()) * uint64(bound) >> 32)
}

// check compares with what the generator must give from the state {1, 2, 3, 4}.
func check() error {
	r := rng{1, 2, 3, 4}
	for i, published := range []uint32{11520, 0, 5927040, 70819200, 2031721883, 1637235492,
		1287239034, 3734860849, 3729100597, 4258142804} {
		if drawn := r.next(); drawn != published {
			return fmt.Errorf("generator: %d at %d, expected %d", drawn, i, published)
		}
	}
	return nil
}

func main() {
	peer.Play(peer.Program{
		Quantum: players,
		Run:     run,
		Check:   check,
		TinyOps: 10 * players,
		Tiny:    answer(10*players, 76900),
	})
}
