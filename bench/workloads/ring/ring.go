// ring: a token goes round 503 goroutines; one op is one hop.
package main

import (
	"sync"

	"quartet/peer"
)

const members = 503

type token struct {
	count int64 // hops left; farewell: -1 - the holder's number
}

// pass hands the token on until the member has heard or said the farewell, and returns
// the holder's number.
func pass(me int64, t token, in <-chan token, next chan<- token) int64 {
	for t.count > 0 {
		next <- token{t.count - 1}
		t = <-in
	}
	if t.count == 0 {
		next <- token{-1 - me}
		return me
	}
	holder := -1 - t.count
	if holder != (me+1)%members {
		next <- t
	}
	return holder
}

func run(ops uint64) peer.Answer {
	var others sync.WaitGroup
	var in [members]chan token
	for i := range in {
		in[i] = make(chan token)
	}
	others.Add(members - 1)
	for i := int64(1); i < members; i++ {
		go func(me int64, in <-chan token, next chan<- token) {
			defer others.Done()
			pass(me, <-in, in, next)
		}(i, in[i], in[(i+1)%members])
	}
	holder := pass(0, token{int64(ops)}, in[0], in[1])
	others.Wait()
	return answer(ops, uint64(holder))
}

// answer counts the token's hops, and the farewell to all but the holder.
func answer(ops, holder uint64) peer.Answer {
	messages := ops + members - 1
	return peer.Answer{Units: members, Messages: messages, Bytes: 8 * messages,
		Checksum: holder}
}

func main() {
	peer.Play(peer.Program{
		Quantum: 1,
		Run:     run,
		TinyOps: 1000,
		Tiny:    answer(1000, 497),
	})
}
