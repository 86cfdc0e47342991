// answers_sync.go - see answers.go.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// --- sync ---

func mutex() string {
	var m sync.Mutex
	c := make(chan bool)
	m.Lock()
	s := fmt.Sprintf("locked %d", b(m.TryLock()))
	m.Unlock()
	s += fmt.Sprintf(" unlocked %d", b(m.TryLock()))
	m.Unlock()
	entered := 0
	for i := 0; i < 10; i++ {
		go func() {
			for i := 0; i < 1000; i++ {
				if i%3 == 0 {
					if m.TryLock() {
						entered++
						m.Unlock()
					}
					continue
				}
				m.Lock()
				entered++
				m.Unlock()
			}
			c <- true
		}()
	}
	receive(c, 10)
	return s + fmt.Sprintf(" all %d", b(entered >= 6660 && entered <= 10000))
}

func mutexFairness() string {
	var m sync.Mutex
	stop, done := make(chan bool), make(chan bool, 1)
	defer close(stop)
	go func() {
		for {
			m.Lock()
			time.Sleep(100 * time.Microsecond)
			m.Unlock()
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	go func() {
		for i := 0; i < 10; i++ {
			time.Sleep(100 * time.Microsecond)
			m.Lock()
			m.Unlock()
		}
		done <- true
	}()
	select {
	case <-done:
		return "acquired 1"
	case <-time.After(50 * time.Second):
		return "acquired 0"
	}
}

func parallelReaders() string {
	s := ""
	for _, n := range []int{1, 3, 4} {
		var m sync.RWMutex
		locked, unlock, done := make(chan bool), make(chan bool), make(chan bool)
		for i := 0; i < n; i++ {
			go func() {
				m.RLock()
				locked <- true
				<-unlock
				m.RUnlock()
				done <- true
			}()
		}
		receive(locked, n)
		for i := 0; i < n; i++ {
			unlock <- true
		}
		receive(done, n)
		s += fmt.Sprintf("%d readers ", n)
	}
	return s
}

func rwmutex() string {
	var m sync.RWMutex
	m.Lock()
	s := fmt.Sprintf("locked %d", b(m.TryLock()))
	s += fmt.Sprintf(" %d", b(m.TryRLock()))
	m.Unlock()
	s += fmt.Sprintf(" free %d", b(m.TryLock()))
	m.Unlock()
	s += fmt.Sprintf(" free %d", b(m.TryRLock()))
	s += fmt.Sprintf(" read %d", b(m.TryRLock()))
	s += fmt.Sprintf(" %d", b(m.TryLock()))
	m.RUnlock()
	m.RUnlock()
	return s
}

func rlocker() string {
	var m sync.RWMutex
	read, written := make(chan bool, 1), make(chan bool, 1)
	go func() {
		for i := 0; i < 10; i++ {
			m.RLock()
			m.RLock()
			read <- true
			m.Lock()
			written <- true
		}
	}()
	early := 0
	ready := func(c chan bool) int {
		select {
		case <-c:
			return 1
		default:
			return 0
		}
	}
	for i := 0; i < 10; i++ {
		<-read
		m.RUnlock()
		early += ready(written)
		m.RUnlock()
		<-written
		early += ready(read)
		m.Unlock()
	}
	return fmt.Sprintf("too early %d", early)
}

func writerPreference() string {
	var m sync.RWMutex
	events := make(chan string, 4)
	m.RLock()
	go func() {
		m.Lock()
		events <- "w"
		m.Unlock()
	}()
	for m.TryRLock() {
		m.RUnlock()
		runtime.Gosched()
	}
	for i := 0; i < 3; i++ {
		go func() {
			m.RLock()
			events <- "r"
			m.RUnlock()
		}()
	}
	runtime.Gosched()
	m.RUnlock()
	return <-events + <-events + <-events + <-events
}

func once() string {
	var o sync.Once
	c := make(chan bool)
	times := 0
	for i := 0; i < 10; i++ {
		go func() {
			o.Do(func() { runtime.Gosched(); times++ })
			c <- true
		}()
	}
	receive(c, 10)
	return fmt.Sprintf("times %d", times)
}

func oncePanic() string {
	var o sync.Once
	times, recovered := 0, false
	func() {
		defer func() { recovered = recover() != nil }()
		o.Do(func() { times++; panic("failed") })
	}()
	o.Do(func() { times++ })
	return fmt.Sprintf("recovered %d times %d", b(recovered), times)
}

func onceGoexit() string {
	var o sync.Once
	times, done := 0, make(chan bool)
	go func() {
		defer close(done)
		o.Do(func() { times++; runtime.Goexit() })
	}()
	<-done
	o.Do(func() { times++ })
	return fmt.Sprintf("times %d", times)
}

func waitGroup() string {
	var first, second sync.WaitGroup
	soon := 0
	for round := 0; round < 8; round++ {
		exited := make(chan bool, 16)
		first.Add(16)
		second.Add(16)
		for i := 0; i < 16; i++ {
			go func() {
				first.Done()
				second.Wait()
				exited <- true
			}()
		}
		first.Wait()
		for i := 0; i < 16; i++ {
			soon += len(exited)
			second.Done()
		}
		receive(exited, 16)
	}
	return fmt.Sprintf("too soon %d", soon)
}

func waitGroupRace() string {
	wrong := 0
	for i := 0; i < 1000; i++ {
		var g sync.WaitGroup
		var n int32
		for j := 0; j < 2; j++ {
			g.Add(1)
			go func() { atomic.AddInt32(&n, 1); g.Done() }()
		}
		g.Wait()
		wrong += b(n != 2)
	}
	return fmt.Sprintf("wrong %d", wrong)
}

func waitGroupAlign() string {
	var x struct {
		x byte
		g sync.WaitGroup
	}
	x.x = 1
	x.g.Add(1)
	go x.g.Done()
	x.g.Wait()
	return fmt.Sprintf("x %d", x.x)
}

func condSignal() string {
	var m sync.Mutex
	c := sync.NewCond(&m)
	running, awake := make(chan bool, 2), make(chan bool, 2)
	for i := 0; i < 2; i++ {
		go func() { m.Lock(); running <- true; c.Wait(); awake <- true; m.Unlock() }()
	}
	receive(running, 2)
	many := 0
	for n := 2; n > 0; n-- {
		many += len(awake)
		m.Lock()
		c.Signal()
		m.Unlock()
		<-awake
		many += len(awake)
	}
	return fmt.Sprintf("too many %d", many)
}

func condGenerations() string {
	var m sync.Mutex
	c := sync.NewCond(&m)
	running, awake := make(chan bool, 100), make(chan int, 100)
	wrong := 0
	for i := 0; i < 100; i++ {
		go func(i int) { m.Lock(); running <- true; c.Wait(); awake <- i; m.Unlock() }(i)
		if i > 0 {
			wrong += b(<-awake != i-1)
		}
		<-running
		m.Lock()
		c.Signal()
		m.Unlock()
	}
	return fmt.Sprintf("out of order %d", wrong)
}

func condBroadcast() string {
	var m sync.Mutex
	c := sync.NewCond(&m)
	const n = 100
	running, awake := make(chan int, n), make(chan int, n)
	exit, wrong := false, 0
	for i := 0; i < n; i++ {
		go func(g int) {
			m.Lock()
			for !exit {
				running <- g
				c.Wait()
				awake <- g
			}
			m.Unlock()
		}(i)
	}
	for round := 0; round < n; round++ {
		for i := 0; i < n; i++ {
			<-running
		}
		wrong += len(awake)
		m.Lock()
		exit = round == n-1
		c.Broadcast()
		m.Unlock()
		var seen [n]bool
		for i := 0; i < n; i++ {
			g := <-awake
			wrong += b(seen[g])
			seen[g] = true
		}
	}
	return fmt.Sprintf("wrong %d", wrong+len(running))
}

func race() string {
	x := 0
	c := sync.NewCond(&sync.Mutex{})
	done := make(chan bool)
	lockWhen := func(y, z int) {
		c.L.Lock()
		for x != y && x != z {
			c.L.Unlock()
			runtime.Gosched()
			c.L.Lock()
		}
	}
	go func() {
		c.L.Lock()
		x = 1
		c.Wait()
		x = 3
		c.Signal()
		c.L.Unlock()
		done <- true
	}()
	go func() { lockWhen(1, 1); x = 2; c.Signal(); c.L.Unlock(); done <- true }()
	go func() {
		lockWhen(2, 3)
		if x == 2 {
			c.Wait()
		}
		c.L.Unlock()
		done <- true
	}()
	receive(done, 3)
	return fmt.Sprintf("x %d", x)
}

func condSignalStealing() string {
	lost := 0
	for i := 0; i < 500; i++ {
		var m sync.Mutex
		cond := sync.NewCond(&m)
		ch := make(chan bool)
		go func() {
			m.Lock()
			ch <- true
			cond.Wait()
			m.Unlock()
			ch <- true
		}()
		<-ch
		m.Lock()
		m.Unlock()
		done := false
		go cond.Broadcast()
		go func() {
			m.Lock()
			for !done {
				cond.Wait()
			}
			m.Unlock()
		}()
		select {
		case <-ch:
		case <-time.After(20 * time.Second):
			lost++
		}
		m.Lock()
		done = true
		m.Unlock()
		cond.Broadcast()
	}
	return fmt.Sprintf("lost %d", lost)
}
