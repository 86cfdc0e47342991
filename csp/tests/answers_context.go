// answers_context.go - see answers.go.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// --- context ---

func end(c context.Context) string {
	done := 0
	select {
	case <-c.Done():
		done = 1
	default:
	}
	if c.Err() == nil {
		return fmt.Sprintf("[%d nil]", done)
	}
	return fmt.Sprintf("[%d %v]", done, c.Err())
}

func has(c context.Context) int {
	_, ok := c.Deadline()
	return b(ok)
}

func background() string {
	c := context.Background()
	return end(c) + fmt.Sprintf(" nil %d deadline %d", b(c.Done() == nil), has(c))
}

func withCancel() string {
	c1, cancel := context.WithCancel(context.Background())
	c2, cancel2 := context.WithCancel(c1)
	defer cancel2()
	s := end(c1) + end(c2)
	cancel()
	return s + end(c1) + end(c2)
}

type key int

func parentFinishesChild() string {
	parent, cancel := context.WithCancel(context.Background())
	child, stop := context.WithCancel(parent)
	defer stop()
	value := context.WithValue(parent, key(0), "value")
	timer, stop2 := context.WithTimeout(value, time.Hour)
	defer stop2()
	s := end(parent) + end(child) + end(value) + end(timer)
	cancel()
	late := context.WithValue(parent, key(0), "value")
	return s + end(parent) + end(child) + end(value) + end(timer) + end(late)
}

func childFinishesFirst() string {
	cancelable, stop := context.WithCancel(context.Background())
	defer stop()
	s := ""
	for _, parent := range []context.Context{context.Background(), cancelable} {
		child, cancel := context.WithCancel(parent)
		s += end(child)
		cancel()
		s += end(child) + end(parent)
	}
	return s
}

func await(c context.Context, cancel func()) string {
	<-c.Done()
	s := end(c)
	cancel()
	return s
}

func deadline() string {
	bg := context.Background()
	s := await(context.WithDeadline(bg, time.Now().Add(2*ms)))
	outer, cancel := context.WithDeadline(bg, time.Now().Add(2*ms))
	defer cancel()
	s += await(context.WithDeadline(outer, time.Now().Add(time.Hour)))
	s += await(context.WithDeadline(bg, time.Now().Add(-ms)))
	s += await(context.WithDeadline(bg, time.Now()))
	last, cancel2 := context.WithDeadline(bg, time.Now().Add(3*ms))
	defer cancel2()
	d, ok := last.Deadline()
	<-last.Done()
	return s + fmt.Sprintf(" has %d early %d", b(ok), b(time.Now().Before(d)))
}

func withTimeout() string {
	bg := context.Background()
	s := await(context.WithTimeout(bg, 2*ms))
	outer, cancel := context.WithTimeout(bg, 2*ms)
	defer cancel()
	s += await(context.WithTimeout(outer, time.Hour))
	s += await(context.WithTimeout(bg, 0))
	return s + await(context.WithTimeout(bg, -time.Hour))
}

func canceledTimeout() string {
	outer, stop := context.WithTimeout(context.Background(), time.Hour/2)
	defer stop()
	inner, cancel := context.WithTimeout(outer, time.Hour)
	cancel()
	return end(inner) + end(outer)
}

func values() string {
	show := func(c context.Context) string {
		s := ""
		for i := key(0); i < 3; i++ {
			v, _ := c.Value(i).(string)
			s += v + ","
		}
		return s + " "
	}
	c := context.Background()
	s := show(c)
	for i, v := range []any{"c1k1", "c2k2", "c3k3", nil} {
		c = context.WithValue(c, key(i%3), v)
		s += show(c)
	}
	return s
}

func simultaneousCancels() string {
	const n = 101
	var contexts [n]context.Context
	var cancels [n]func()
	var g sync.WaitGroup
	contexts[0], cancels[0] = context.WithCancel(context.Background())
	for i := 1; i < n; i++ {
		contexts[i], cancels[i] = context.WithCancel(contexts[(i-1)/4])
	}
	g.Add(n)
	for i := 0; i < n; i++ {
		go func(cancel func()) { cancel(); g.Done() }(cancels[i*37%n])
	}
	done := 0
	for _, c := range contexts {
		<-c.Done()
		done += b(c.Err() == context.Canceled)
	}
	g.Wait()
	return fmt.Sprintf("done %d", done)
}

func interlockedCancels() string {
	parent, cancelParent := context.WithCancel(context.Background())
	child, cancelChild := context.WithCancel(parent)
	go func() { <-parent.Done(); cancelChild() }()
	cancelParent()
	<-child.Done()
	return end(child)
}

func layers(timeout time.Duration) (context.Context, func(), func() int) {
	c, random := context.Background(), uint32(7)
	var first func()
	var keys []*int
	for i := 0; i < 30; i++ {
		random = random*1664525 + 1013904223
		kind := uint32(i)
		if i >= 3 {
			kind = (random >> 16) % 3
		}
		cancel := func() {}
		switch kind {
		case 0:
			k := new(int)
			c = context.WithValue(c, k, k)
			keys = append(keys, k)
		case 1:
			c, cancel = context.WithCancel(c)
		case 2:
			c, cancel = context.WithTimeout(c, timeout)
		}
		if i == 1 {
			first = cancel
		}
	}
	last := c
	return last, first, func() int {
		for _, k := range keys {
			if last.Value(k) != k {
				return 0
			}
		}
		return 1
	}
}

func layersCancel() string {
	c, cancel, hold := layers(time.Hour)
	s := end(c) + fmt.Sprintf(" values %d ", hold())
	cancel()
	return s + end(c) + fmt.Sprintf(" values %d", hold())
}

func layersTimeout() string {
	c, _, hold := layers(2 * ms)
	<-c.Done()
	return end(c) + fmt.Sprintf(" values %d", hold())
}

func canceledParent() string {
	parent, cancel := context.WithCancel(context.Background())
	cancel()
	child, stop := context.WithCancel(parent)
	defer stop()
	timed, stop2 := context.WithTimeout(parent, time.Hour)
	defer stop2()
	return end(child) + end(timed)
}

func supportsTimeout() string {
	t, _ := context.DeadlineExceeded.(interface{ Timeout() bool })
	_, other := context.Canceled.(interface{ Timeout() bool })
	return fmt.Sprintf("%d %d", b(t.Timeout()), b(other))
}

func deep() string {
	top, cancel := context.WithCancel(context.Background())
	c := top
	for i := 0; i < 5000; i++ {
		deeper, stop := context.WithCancel(c)
		defer stop()
		c = deeper
	}
	cancel()
	return end(c)
}
