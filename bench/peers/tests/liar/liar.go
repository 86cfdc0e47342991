// A peer whose tiny case comes out wrong: it must stop with exit code 3.
package main

import "quartet/peer"

func main() {
	peer.Play(peer.Program{
		Quantum: 1,
		Run:     func(ops uint64) peer.Answer { return peer.Answer{Units: 1, Checksum: ops} },
		TinyOps: 3,
		Tiny:    peer.Answer{Units: 1, Checksum: 4},
	})
}
