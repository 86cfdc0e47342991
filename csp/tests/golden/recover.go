package main

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// --- defer

func deferOrder() {
	for i := 0; i < 10; i++ {
		defer say(i)
	}
	say("body")
}

func conditional(n int) {
	defer say(1)
	if n > 5 {
		defer say(2)
		if n > 8 {
			defer say(3)
		} else {
			defer say(4)
		}
	}
	panic("conditional")
}

func deferInDeferred() {
	defer say("outer")
	defer func() {
		defer say("inner")
		say("deferred")
	}()
	say("body")
}

func deferAfterRecovery() {
	func() {
		defer say("first deferred")
		defer catch()
		defer say("last deferred")
		panic("x")
	}()
	say("after")
}

func deferNil() {
	defer say("still run")
	var f func()
	defer f()
}

// --- recover

func recoverWithoutPanic() {
	defer catch()
	catch()
}

func recoverTwice() {
	defer func() {
		tell(recover())
		tell(recover())
	}()
	panic("once")
}

func recoverNested() {
	defer catch()
	defer func() {
		func() { catch() }()
		func() {
			defer catch()
		}()
	}()
	panic("direct only")
}

func recoverInner() {
	defer catch()
	defer func() {
		caught(func() { panic("inner") })
	}()
	panic("outer")
}

func abortedPanic() {
	defer catch()
	defer catch()
	defer func() { panic("panic2") }()
	panic("panic1")
}

func recoverMatching() {
	defer catch()
	defer func() {
		defer catch()
	}()
	panic("panic1")
}

func interpreter(level, most, wanted int) {
	defer func() {
		e := recover()
		if e == nil {
			return
		}
		if level != e.(int) {
			panic(e)
		}
		fmt.Println("handled at", level)
	}()
	if level+1 < most {
		interpreter(level+1, most, wanted)
	} else {
		panic(wanted)
	}
}

func repeatedRepanics() {
	interpreter(0, 6, 2)
	interpreter(0, 5, 1)
	interpreter(0, 6, 3)
}

func issue43921() {
	defer catch()
	func() {
		defer func() {}()
		defer func() {
			defer catch()
			panic(4)
		}()
		panic(1)
	}()
}

func issue43920() {
	defer catch()
	defer func() {
		defer func() {
			defer catch()
			defer panic(5)
			func() { panic(4) }()
		}()
		defer catch()
		defer panic(3)
	}()
	func() {
		defer say("step 1")
		panic(1)
	}()
}

func issue43941() {
	defer func() {
		say("step 14")
		tell(recover())
	}()
	func() {
		func() {
			defer func() {
				defer catch()
				defer panic(3)
				panic(2)
			}()
			defer catch()
			defer panic(1)
		}()
		defer say("step 10")
		defer say("step 9")
		say("step 8")
	}()
	func() {
		defer say("step 13")
		defer say("step 12")
		func() {
			defer say("step 11")
			panic(4)
		}()
	}()
}

func manyRecoveries() {
	for i := 0; i < 1000; i++ {
		defer quiet()
		defer panic("again and again")
	}
	say("body")
}

// --- what can be recovered from

func recoverables() {
	caught(func() { panic("a string") })
	caught(func() { panic(42) })
	caught(func() { panic(errors.New("an error")) })
	caught(dereference)
	caught(divide)
	caught(func() { close(nilChan) })
	caught(func() { close(closedChan()) })
	caught(func() { closedChan() <- 1 })
	caught(func() {
		select {
		case closedChan() <- 1:
		default:
		}
	})
	caught(func() { n := -1; _ = make(chan int, n) })
	caught(func() { var g sync.WaitGroup; g.Done() })
}

func recoverBlockedSender() {
	c, done := make(chan int), make(chan int)
	go func() {
		defer close(done)
		defer catch()
		c <- 1
	}()
	time.Sleep(50 * time.Millisecond)
	close(c)
	<-done
}

func recoverWideSelect() {
	for i := 0; i < 3; i++ {
		caught(func() {
			var a [6]chan int
			select {
			case a[0] <- 1:
			case a[1] <- 1:
			case a[2] <- 1:
			case a[3] <- 1:
			case a[4] <- 1:
			case closedChan() <- 1:
			case <-a[5]:
			}
		})
	}
}
