// language.go - the cases of test_language.c on a real Go: one line a case, to be compared
// by language.sh.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func b(x bool) int {
	if x {
		return 1
	}
	return 0
}

var counter, shift uint

func value() uint { counter++; return 1 << shift }

func sendBoth(x, y chan uint) int {
	for sent := 0; ; sent++ {
		select {
		case x <- value():
			x = nil
		case y <- value():
			y = nil
		default:
			return sent
		}
		shift++
	}
}

func selects() string {
	x, y := make(chan uint, 1), make(chan uint, 1)
	both := sendBoth(x, y)
	bits := <-x | <-y
	one := sendBoth(x, nil)
	return fmt.Sprintf("sent %d bits %d sent %d evaluated %d", both, bits, one, counter)
}

func sender(c, idle chan int, n int) {
	for i := 0; i < n; i++ {
		select {
		case c <- i:
		case idle <- i:
		case idle <- i:
		}
	}
}

func receiver(c, idle chan int, n int, done chan bool) {
	for i := 0; i < n; i++ {
		select {
		case <-c:
		case <-idle:
		case <-idle:
		}
	}
	done <- true
}

func select2() string {
	var before, after runtime.MemStats
	c, idle, done := make(chan int), make(chan int), make(chan bool)
	run := func(n int) { go receiver(c, idle, n, done); sender(c, idle, n); <-done }
	run(1000)
	runtime.GC()
	runtime.ReadMemStats(&before)
	run(100000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	return fmt.Sprintf("leaks %d", b(int64(after.Alloc)-int64(before.Alloc) > 110*1024))
}

func select4() string {
	full, empty := make(chan int, 1), make(chan int)
	chosen, v, other := -1, 0, -7
	full <- 42
	select {
	case other = <-empty:
		chosen = 0
	case v = <-full:
		chosen = 1
	}
	return fmt.Sprintf("chosen %d value %d other %d", chosen, v, other)
}

func select7() string {
	receivers := []func(chan int){
		func(c chan int) { <-c },
		func(c chan int) {
			select {
			case <-c:
			}
		},
		func(c chan int) {
			select {
			case <-c:
			case <-make(chan int):
			}
		},
	}
	senders := []func(chan int){
		func(c chan int) { c <- 1 },
		func(c chan int) {
			select {
			case c <- 1:
			}
		},
		func(c chan int) {
			select {
			case c <- 1:
			case make(chan int) <- 1:
			}
		},
	}
	passed := 0
	for _, send := range senders {
		for _, recv := range receivers {
			c := make(chan int)
			go recv(c)
			runtime.Gosched()
			send(c)
			passed++
		}
	}
	return fmt.Sprintf("passed %d", passed)
}

func sieve2() string {
	line := ""
	for n := 2; n < 98; n++ {
		prime := true
		for d := 2; d*d <= n; d++ {
			prime = prime && n%d != 0
		}
		if prime {
			line += fmt.Sprint(n, " ")
		}
	}
	return line
}

func kenChan() string {
	passed := 0
	for _, capacity := range []int{0, 5, 10} {
		for way := 0; way < 4; way++ {
			var chans [3]chan int
			var wg sync.WaitGroup
			for l := range chans {
				chans[l] = make(chan int, capacity)
			}
			wg.Add(2)
			go func() {
				defer wg.Done()
				var in sync.WaitGroup
				if way&1 == 0 {
					for l := range chans {
						in.Add(1)
						go func(l int) {
							for i := 0; i < 50; i++ {
								chans[l] <- 1000*l + i
							}
							in.Done()
						}(l)
					}
					in.Wait()
					return
				}
				next, c := [3]int{}, chans
				for i := 0; i < 150; i++ {
					l := 0
					select {
					case c[0] <- next[0]:
						l = 0
					case c[1] <- 1000 + next[1]:
						l = 1
					case c[2] <- 2000 + next[2]:
						l = 2
					}
					if next[l]++; next[l] == 50 {
						c[l] = nil
					}
				}
			}()
			go func() {
				defer wg.Done()
				next, c := [3]int{}, chans
				for i := 0; i < 150; i++ {
					v := 0
					select {
					case v = <-c[0]:
					case v = <-c[1]:
					case v = <-c[2]:
					}
					l := v / 1000
					if v%1000 != next[l] {
						panic("order")
					}
					if next[l]++; next[l] == 50 {
						c[l] = nil
					}
				}
			}()
			wg.Wait()
			passed++
		}
	}
	return fmt.Sprintf("passed %d", passed)
}

func kenChan1() string {
	var seen [1000]int32
	var next int32 = -1
	var senders, receivers sync.WaitGroup
	c := make(chan int)
	for i := 0; i < 10; i++ {
		receivers.Add(1)
		go func() {
			for v := range c {
				atomic.AddInt32(&seen[v], 1)
			}
			receivers.Done()
		}()
	}
	for i := 0; i < 2; i++ {
		senders.Add(1)
		go func() {
			for v := atomic.AddInt32(&next, 1); v < 1000; v = atomic.AddInt32(&next, 1) {
				c <- int(v)
			}
			senders.Done()
		}()
	}
	senders.Wait()
	close(c)
	receivers.Wait()
	once := 0
	for _, n := range seen {
		once += b(n == 1)
	}
	return fmt.Sprintf("once %d", once)
}

type mt struct{}

func sendInterface() string {
	c := make(chan any, 1)
	c <- mt{}
	first, second, third := 1, 1, 1
	select {
	case c <- mt{}:
		first = 0
	default:
	}
	select {
	case c <- mt{}:
		second = 0
	case c <- &mt{}:
		second = 0
	default:
	}
	<-c
	select {
	case c <- mt{}:
	case c <- &mt{}:
	default:
		third = 0
	}
	return fmt.Sprintf("default %d %d then %d", first, second, third)
}

func barrier(selects bool) string {
	var wg sync.WaitGroup
	for o := 0; o < 100; o++ {
		wg.Add(1)
		go func() {
			for i := 0; i < 200; i++ {
				c := make(chan *[40]byte, 1)
				go func() {
					answer := &[40]byte{39: byte(i)}
					if !selects {
						c <- answer
						return
					}
					select {
					case c <- answer:
					}
				}()
				if (<-c)[39] != byte(i) {
					panic("lost")
				}
			}
			wg.Done()
		}()
	}
	wg.Wait()
	return "all 100"
}

func yieldProgress(locked bool) string {
	c, stopped := make(chan bool), make(chan bool)
	go func() {
		if locked {
			runtime.LockOSThread()
		}
		for {
			select {
			case <-c:
				stopped <- true
				return
			default:
				runtime.Gosched()
			}
		}
	}()
	time.Sleep(10 * time.Millisecond)
	c <- true
	return fmt.Sprintf("stopped %d", b(<-stopped))
}

func parallelism() string {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	tries := 0
	for ; tries < 5; tries++ {
		done := make(chan bool)
		var x uint32
		for p := 0; p < 4; p++ {
			go func(p int) {
				for i := 0; i < 3; i++ {
					mine := uint32(4*i + p)
					for atomic.LoadUint32(&x) != mine {
					}
					atomic.StoreUint32(&x, mine+1)
				}
				done <- true
			}(p)
		}
		for p := 0; p < 4; p++ {
			<-done
		}
	}
	return fmt.Sprintf("tries %d", tries)
}

func timerFairness() string {
	c, done := make(chan int), make(chan bool)
	for i := 0; i < 2; i++ {
		go func() {
			for {
				select {
				case c <- 1:
				case <-done:
					return
				}
			}
		}()
	}
	timer := time.After(20 * time.Millisecond)
	for {
		select {
		case <-c:
		case <-timer:
			close(done)
			return "fired"
		}
	}
}

func timerFairness2() string {
	c, done := make(chan int, 1), make(chan int)
	for i := 0; i < 2; i++ {
		go func() {
			timer := time.After(20 * time.Millisecond)
			for {
				select {
				case c <- 1:
				case <-c:
				case <-timer:
					done <- 1
					return
				}
			}
		}()
	}
	return fmt.Sprintf("fired %d", <-done+<-done)
}

func preemption() string {
	done := make(chan int)
	var x uint32
	for g := uint32(0); g < 2; g++ {
		go func(g uint32) {
			for i := 0; i < 5; i++ {
				for atomic.LoadUint32(&x) != g {
				}
				atomic.StoreUint32(&x, 1-g)
			}
			done <- 1
		}(g)
	}
	return fmt.Sprintf("done %d", <-done+<-done)
}

func pingPongHog() string {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	done := make(chan bool)
	hogs, lights := make(chan bool), make(chan bool)
	var hog, light int
	var wg sync.WaitGroup
	run := func(limit int, count *int, wake chan bool) {
		defer wg.Done()
		for {
			select {
			case <-done:
				return
			case <-wake:
				for i := 0; i < limit; i++ {
					*count++
				}
				select {
				case <-done:
					return
				case wake <- true:
				}
			}
		}
	}
	wg.Add(4)
	for i := 0; i < 2; i++ {
		go run(1e6, &hog, hogs)
		go run(1e3, &light, lights)
	}
	hogs <- true
	lights <- true
	time.Sleep(300 * time.Millisecond)
	close(done)
	wg.Wait()
	return fmt.Sprintf("within %d", b(hog/light < 20 && light/hog < 20))
}

func main() {
	say := func(name, line string) { fmt.Printf("%s: 0 %s\n", name, line) }
	say("chan/select", selects())
	say("chan/select2", select2())
	say("chan/select4", select4())
	say("chan/select7", select7())
	say("chan/sieve2", sieve2())
	say("ken/chan", kenChan())
	say("ken/chan1", kenChan1())
	say("TestChanSendInterface", sendInterface())
	say("TestChanSendBarrier", barrier(false))
	say("TestChanSendSelectBarrier", barrier(true))
	say("TestYieldProgress", yieldProgress(false))
	say("TestYieldLockedProgress", yieldProgress(true))
	say("TestGoroutineParallelism", parallelism())
	say("TestTimerFairness", timerFairness())
	say("TestTimerFairness2", timerFairness2())
	say("TestPreemption", preemption())
	say("TestPingPongHog", pingPongHog())
}
