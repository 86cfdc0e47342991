// fairness: a hundred goroutines that are due each 10 ms, beside goroutines that hog the
// CPU; one op is one tick.
package main

import (
	"sync"
	"sync/atomic"
	"time"

	"quartet/peer"
)

const (
	tickers = 100
	period  = 10 * time.Millisecond
)

type done struct {
	value uint64
}

// What the latest run has written down.
var latest struct {
	lateness []uint64 // ticker after ticker, tick after tick
	work     []uint64 // how far each hog has counted
}

func tick(begin time.Time, number uint64, lateness []uint64, out chan<- done) {
	ticks := uint64(0)
	for due := begin.Add(period); ticks < uint64(len(lateness)); due = due.Add(period) {
		time.Sleep(time.Until(due))
		lateness[ticks] = uint64(time.Since(due))
		ticks++
	}
	out <- done{(number + 1) * ticks}
}

func hog(over *uint32, work *uint64) {
	loops := uint64(0)
	for atomic.LoadUint32(over) == 0 {
		loops++
	}
	*work = loops
}

func run(ops, hogs uint64) peer.Answer {
	ticks := ops / tickers
	latest.lateness, latest.work = make([]uint64, ops), make([]uint64, hogs)
	out := make(chan done)
	var over uint32
	var left sync.WaitGroup
	answer := peer.Answer{Units: 1}
	begin := time.Now()
	for i := uint64(0); i < tickers; i++ {
		go tick(begin, i, latest.lateness[i*ticks:(i+1)*ticks], out)
		answer.Units++
	}
	for i := uint64(0); i < hogs; i++ {
		left.Add(1)
		go func(work *uint64) {
			defer left.Done()
			hog(&over, work)
		}(&latest.work[i])
		answer.Units++
	}
	for ; answer.Messages < tickers; answer.Messages++ {
		answer.Checksum += (<-out).value
		answer.Bytes += 8
	}
	atomic.StoreUint32(&over, 1)
	left.Wait()
	return answer
}

// figures has Jain's index of the hogs' work.
func figures() map[string]float64 {
	sum, squares := 0.0, 0.0
	for _, work := range latest.work {
		sum += float64(work)
		squares += float64(work) * float64(work)
	}
	if len(latest.work) < 2 || squares == 0 {
		return nil
	}
	return map[string]float64{
		"hog_share_jain": sum * sum / (float64(len(latest.work)) * squares),
	}
}

func main() {
	peer.Play(peer.Program{
		Quantum: tickers,
		Sized:   run,
		AnySize: true,
		TinyOps: tickers,
		Tiny:    peer.Answer{Units: 101, Messages: 100, Bytes: 800, Checksum: 5050},
		Figures: figures,
		Values:  func() []uint64 { return latest.lateness },
	})
}
