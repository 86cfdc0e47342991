// The ends of goroutines and programs, as Go has them: `ends NAME` runs one case, `ends list`
// names them all. The tasks_*.c files hold the same cases for the library; golden.sh compares what
// both print and how they exit. Names in capitals are those of Go's own tests.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

func say(x any) { fmt.Println(x) }

// What recover returned, whoever called it.
func tell(r any) {
	switch v := r.(type) {
	case nil:
		fmt.Println("recovered nothing")
	case runtime.Error:
		fmt.Println("recovered runtime error:", v.Error())
	case error:
		fmt.Println("recovered error:", v.Error())
	default:
		fmt.Println("recovered:", v)
	}
}

func catch()  { tell(recover()) }
func quiet()  { recover() }
func second() { panic("second") }

func caught(body func()) {
	defer catch()
	body()
}

var zero, sink int
var nilChan chan int
var nilPointer *int

func dereference() { *nilPointer = 1 }
func divide()      { sink = 1 / zero }
func closedChan() chan int {
	c := make(chan int, 1)
	close(c)
	return c
}

// --- Goexit

func goexitDefer() {
	c := make(chan int)
	go func() {
		defer func() {
			tell(recover())
			close(c)
		}()
		defer say("deferred")
		func() {
			defer say("inner")
			runtime.Goexit()
		}()
		say("not reached")
	}()
	<-c
}

func goexitInPanic() {
	c := make(chan int)
	go func() {
		defer close(c)
		defer runtime.Goexit()
		panic("hello")
	}()
	<-c
	say("swallowed")
	runtime.Goexit()
}

func recoveredPanicAfterGoexit() {
	defer func() {
		defer catch()
		panic("hello")
	}()
	runtime.Goexit()
}

func recoverBeforePanicAfterGoexit() {
	defer catch()
	defer func() { panic("hello") }()
	runtime.Goexit()
}

func recoverBeforePanicAfterGoexit2() {
	defer say("outermost")
	func() {
		defer say("outer")
		defer catch()
		func() {
			defer func() { panic("hello") }()
			runtime.Goexit()
		}()
		say("not reached")
	}()
	say("not reached either")
}

func panicAfterGoexit() {
	defer func() { panic("hello") }()
	runtime.Goexit()
}

func goexitDeadlock() {
	go say("one")
	runtime.Goexit()
}

// --- Ends of a program

func mainReturns() {
	go func() {
		defer say("never said")
		select {}
	}()
	go func() { time.Sleep(time.Hour) }()
	runtime.Gosched()
	say("main")
}

func goNil() {
	defer quiet()
	var f func()
	go f()
	select {}
}

func deadlockStates() {
	c := make(chan int)
	go func() { c <- 1 }()
	time.Sleep(50 * time.Millisecond)
	d := make(chan int)
	go func() { <-d }()
	go func() { nilChan <- 1 }()
	go func() { <-nilChan }()
	go func() { select {} }()
	go func() {
		select {
		case <-d:
		case d <- 1:
		}
	}()
	go func() {
		var m sync.Mutex
		m.Lock()
		m.Lock()
	}()
	var g sync.WaitGroup
	g.Add(1)
	g.Wait()
}

func overflow(depth int) int {
	var frame [64]int
	frame[depth%64] = depth
	return overflow(depth+1) + frame[depth%64]
}

func stackOverflow() {
	defer quiet()
	sink = overflow(0)
}

func unlocked() {
	defer quiet()
	var m sync.Mutex
	m.Unlock()
}

func deadlockInDeferred() {
	defer func() { select {} }()
	panic("not reported")
}

func numGoroutine() {
	c := make(chan int)
	say(runtime.NumGoroutine())
	for i := 0; i < 10; i++ {
		go func() { <-c }()
	}
	say(runtime.NumGoroutine())
	close(c)
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
	say("alone")
}

// --- Threads

func crashTest(name string) {
	defer func() {
		if x := recover(); x != nil {
			fmt.Print(" recovered")
		}
		fmt.Println(" done")
	}()
	fmt.Print(name, ":")
	dereference()
}

func crashThread(name string) {
	c := make(chan bool)
	go func() {
		runtime.LockOSThread()
		crashTest(name)
		c <- true
	}()
	<-c
}

func crash() {
	runtime.LockOSThread()
	crashTest("main")
	crashThread("new-thread")
	crashThread("second-new-thread")
	crashTest("main-again")
}

func lockedDeadlock() {
	runtime.LockOSThread()
	select {}
}

func lockedDeadlock2() {
	go func() {
		runtime.LockOSThread()
		select {}
	}()
	time.Sleep(50 * time.Millisecond)
	select {}
}

func lockedPanic() {
	runtime.LockOSThread()
	runtime.LockOSThread()
	runtime.UnlockOSThread()
	panic("locked")
}

var cases = []struct {
	name string
	run  func()
}{
	{"defer_order", deferOrder},
	{"TestConditionalDefers", func() { caught(func() { conditional(8) }) }},
	{"defer_in_deferred", deferInDeferred},
	{"defer_after_recovery", deferAfterRecovery},
	{"defer_nil", deferNil},
	{"recover_without_panic", recoverWithoutPanic},
	{"recover_twice", recoverTwice},
	{"recover_nested", recoverNested},
	{"recover_inner", recoverInner},
	{"TestAbortedPanic", abortedPanic},
	{"TestRecoverMatching", recoverMatching},
	{"TestDeferWithRepeatedRepanics", repeatedRepanics},
	{"TestIssue43921", issue43921},
	{"TestIssue43920", issue43920},
	{"TestIssue43941", issue43941},
	{"many_recoveries", manyRecoveries},
	{"recoverables", recoverables},
	{"recover_blocked_sender", recoverBlockedSender},
	{"recover_wide_select", recoverWideSelect},
	{"StringPanic", func() { panic("important string message") }},
	{"panic_lines", func() { panic("two\nlines") }},
	{"panic_int", func() { panic(-42) }},
	{"panic_error", func() { panic(errors.New("an error")) }},
	{"MainGoroutineID", func() { panic("test") }},
	{"panic_nil_pointer", dereference},
	{"panic_divide", divide},
	{"panic_close_nil", func() { close(nilChan) }},
	{"panic_deferred", panicDeferred},
	{"repanic", repanic},
	{"RecursivePanic", recursivePanic},
	{"RecursivePanic2", recursivePanic2},
	{"RecursivePanic3", recursivePanic3},
	{"RecursivePanic4", recursivePanic4},
	{"RecursivePanic5", recursivePanic5},
	{"PanicTraceback", panicTraceback},
	{"signal_repanicked", signalRepanicked},
	{"fault_address", faultAddress},
	{"GoschedInPanic", panicGosched},
	{"panic_child", panicChild},
	{"GoexitDefer", goexitDefer},
	{"GoexitInPanic", goexitInPanic},
	{"PanicAfterGoexit", panicAfterGoexit},
	{"RecoveredPanicAfterGoexit", recoveredPanicAfterGoexit},
	{"RecoverBeforePanicAfterGoexit", recoverBeforePanicAfterGoexit},
	{"RecoverBeforePanicAfterGoexit2", recoverBeforePanicAfterGoexit2},
	{"GoexitDeadlock", goexitDeadlock},
	{"main_returns", mainReturns},
	{"GoNil", goNil},
	{"SimpleDeadlock", func() { select {} }},
	{"deadlock_states", deadlockStates},
	{"StackOverflow", stackOverflow},
	{"unlock_of_unlocked", unlocked},
	{"PanicDeadlockGosched", deadlockInDeferred},
	{"TestNumGoroutine", numGoroutine},
	{"Crash", crash},
	{"LockedDeadlock", lockedDeadlock},
	{"LockedDeadlock2", lockedDeadlock2},
	{"locked_panic", lockedPanic},
}

func main() {
	for _, one := range cases {
		if os.Args[1] == "list" {
			fmt.Println(one.name)
		} else if os.Args[1] == one.name {
			one.run()
			return
		}
	}
}
