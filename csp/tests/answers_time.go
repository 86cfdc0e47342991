// answers_time.go - see answers.go.
package main

import (
	"fmt"
	"math"
	"time"
)

// --- time ---

func timeout(c <-chan time.Time) int {
	select {
	case <-c:
		return 0
	default:
		return 1
	}
}

func sleep() string {
	t := time.Now()
	time.Sleep(10 * ms)
	return fmt.Sprintf("long enough %d", b(time.Since(t) >= 10*ms))
}

func afterFunc() string {
	i, c := 10, make(chan bool)
	var f func()
	f = func() {
		i--
		if i >= 0 {
			time.AfterFunc(0, f)
		} else {
			c <- true
		}
	}
	time.AfterFunc(0, f)
	<-c
	return fmt.Sprintf("left %d", i)
}

func afterFuncMany() string {
	c := make(chan bool)
	for i := 0; i < 200; i++ {
		time.AfterFunc(time.Duration(i%3)*ms, func() { c <- true })
	}
	receive(c, 200)
	return "called 200"
}

func afterStress() string {
	ticker := time.NewTicker(1)
	for i := 0; i < 100; i++ {
		<-ticker.C
	}
	ticker.Stop()
	return "ticks 100"
}

func after() string {
	t := time.Now()
	end := <-time.After(10 * ms)
	return fmt.Sprintf("late %d %d", b(time.Since(t) >= 10*ms), b(end.Sub(t) >= 10*ms))
}

func afterTick() string {
	t := time.Now()
	for i := 0; i < 10; i++ {
		<-time.After(2 * ms)
	}
	return fmt.Sprintf("late %d", b(time.Since(t) >= 20*ms))
}

func afterStop() string {
	called := make(chan time.Time, 1)
	t0 := time.NewTimer(time.Hour)
	t1 := time.AfterFunc(2*time.Hour, func() { called <- time.Now() })
	later := time.After(5 * ms)
	s := fmt.Sprintf("stopped %d", b(t0.Stop()))
	s += fmt.Sprintf(" %d", b(t1.Stop()))
	<-later
	s += fmt.Sprintf(" silent %d %d", timeout(t0.C), timeout(called))
	return s + fmt.Sprintf(" again %d", b(t1.Stop()))
}

func afterQueuing() string {
	slots := []int{5, 3, 6, 6, 6, 1, 1, 2, 7, 9, 4, 8, 0}
	type arrival struct {
		slot int
		t    time.Time
	}
	result := make(chan arrival, len(slots))
	t := time.Now()
	for _, slot := range slots {
		go func(slot int, c <-chan time.Time) {
			result <- arrival{slot, <-c}
		}(slot, time.After(time.Duration(slot)*3*ms))
	}
	early, sum := 0, 0
	for range slots {
		a := <-result
		early += b(a.t.Sub(t) < time.Duration(a.slot)*3*ms)
		sum += a.slot
	}
	return fmt.Sprintf("early %d sum %d", early, sum)
}

func timerStopStress() string {
	stopped, count := make(chan bool), 0
	for i := 0; i < 100; i++ {
		go func() {
			timer := time.AfterFunc(time.Hour, func() { panic("not stopped") })
			time.Sleep(2 * ms)
			stopped <- timer.Stop()
		}()
	}
	for i := 0; i < 100; i++ {
		count += b(<-stopped)
	}
	return fmt.Sprintf("stopped %d", count)
}

func sleepZero() string {
	passes := 0
	for i := 0; i < 100; i++ {
		time.Sleep(0)
		c := make(chan bool, 1)
		c <- true
		passes += b(<-c)
	}
	time.Sleep(-1)
	return fmt.Sprintf("passes %d", passes)
}

func reset() string {
	t := time.NewTimer(time.Hour)
	s := fmt.Sprintf("pending %d", b(t.Reset(2*time.Hour)))
	time.Sleep(2 * ms)
	s += fmt.Sprintf(" early %d", 1-timeout(t.C))
	s += fmt.Sprintf(" pending %d", b(t.Reset(ms)))
	<-t.C
	s += fmt.Sprintf(" expired %d", b(t.Reset(time.Hour)))
	s += fmt.Sprintf(" stopped %d", b(t.Stop()))
	s += fmt.Sprintf(" after stop %d", b(t.Reset(ms)))
	<-t.C
	return s
}

func overflowSleep() string {
	const big = time.Duration(math.MaxInt64)
	go func() { time.Sleep(big); panic("a big sleep returned") }()
	s := ""
	select {
	case <-time.After(big):
		s = "small 0"
	case <-time.After(5 * ms):
		s = "small 1"
	}
	time.Sleep(math.MinInt64)
	select {
	case <-time.After(math.MinInt64):
		return s + " negative 1"
	case <-time.After(time.Hour):
		return s + " negative 0"
	}
}

func overflowPeriod() string {
	t := time.NewTicker(math.MaxInt64)
	t.Reset(math.MaxInt64 - 1)
	time.Sleep(ms)
	return fmt.Sprintf("silent %d", timeout(t.C))
}

func zeroTimer() string {
	for i := 0; i < 2000; i++ {
		<-time.NewTimer(time.Duration(-(i % 2))).C
	}
	return "all 1"
}

func teardown() string {
	s := ""
	for i := 0; i < 3; i++ {
		ticker := time.NewTicker(2 * ms)
		<-ticker.C
		ticker.Stop()
		s += fmt.Sprintf("%d ", i)
	}
	return s
}

func ticker() string {
	t := time.Now()
	ticker := time.NewTicker(2 * ms)
	for i := 0; i < 5; i++ {
		<-ticker.C
	}
	s := fmt.Sprintf("early %d", b(time.Since(t) < 10*ms))
	t = time.Now()
	ticker.Reset(4 * ms)
	for timeout(ticker.C) == 0 { // up to 1.22 a tick of before may be there
	}
	for i := 0; i < 5; i++ {
		<-ticker.C
	}
	s += fmt.Sprintf(" early %d", b(time.Since(t) < 20*ms))
	ticker.Stop()
	for timeout(ticker.C) == 0 { // as above
	}
	time.Sleep(8 * ms)
	return s + fmt.Sprintf(" stopped %d", timeout(ticker.C))
}

func tickerStopNothing() string {
	new(time.Ticker).Stop()
	return "stopped"
}
