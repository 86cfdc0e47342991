// answers.go - the cases of test_packages.c on a real Go: prints one line a case, to be
// compared by answers.sh. With a name of a misuse it does that, and dies of it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

const ms = time.Millisecond

type answer struct {
	name string
	run  func() string
}

func b(x bool) int {
	if x {
		return 1
	}
	return 0
}

func receive(c chan bool, times int) {
	for i := 0; i < times; i++ {
		<-c
	}
}

var answers = []answer{
	{"Mutex", mutex}, {"MutexFairness", mutexFairness}, {"ParallelReaders", parallelReaders},
	{"RWMutex", rwmutex}, {"RLocker", rlocker}, {"WriterPreference", writerPreference},
	{"Once", once}, {"OncePanic", oncePanic}, {"OnceGoexit", onceGoexit}, {"WaitGroup", waitGroup}, {"WaitGroupRace", waitGroupRace},
	{"WaitGroupAlign", waitGroupAlign}, {"CondSignal", condSignal},
	{"CondSignalGenerations", condGenerations}, {"CondBroadcast", condBroadcast}, {"Race", race},
	{"CondSignalStealing", condSignalStealing},
	{"Sleep", sleep}, {"AfterFunc", afterFunc}, {"AfterFuncMany", afterFuncMany},
	{"AfterStress", afterStress}, {"After", after}, {"AfterTick", afterTick},
	{"AfterStop", afterStop}, {"AfterQueuing", afterQueuing}, {"TimerStopStress", timerStopStress},
	{"SleepZero", sleepZero}, {"Reset", reset}, {"OverflowSleep", overflowSleep},
	{"OverflowPeriod", overflowPeriod}, {"ZeroTimer", zeroTimer}, {"Ticker", ticker},
	{"TickerStopNothing", tickerStopNothing}, {"Teardown", teardown},
	{"Background", background}, {"WithCancel", withCancel},
	{"ParentFinishesChild", parentFinishesChild}, {"ChildFinishesFirst", childFinishesFirst},
	{"Deadline", deadline}, {"Timeout", withTimeout}, {"CanceledTimeout", canceledTimeout},
	{"Values", values}, {"SimultaneousCancels", simultaneousCancels},
	{"InterlockedCancels", interlockedCancels}, {"LayersCancel", layersCancel},
	{"LayersTimeout", layersTimeout}, {"WithCancelCanceledParent", canceledParent},
	{"DeadlineExceededSupportsTimeout", supportsTimeout}, {"ContextDeep", deep},
}

// --- misuse ---

type misuse struct {
	name string
	run  func()
}

func reusedGroup() {
	runtime.GOMAXPROCS(1)
	var g sync.WaitGroup
	g.Add(1)
	go g.Wait()
	time.Sleep(2 * ms)
	g.Done()
	g.Add(1)
	time.Sleep(2 * ms)
}

func copiedCond() {
	c := sync.Cond{L: &sync.Mutex{}}
	c.Signal()
	copied := c
	copied.Signal()
}

var nilParent context.Context

var misuses = []misuse{
	{"Mutex.Unlock", func() { new(sync.Mutex).Unlock() }},
	{"Mutex.Unlock2", func() { var m sync.Mutex; m.Lock(); m.Unlock(); m.Unlock() }},
	{"RWMutex.Unlock", func() { new(sync.RWMutex).Unlock() }},
	{"RWMutex.Unlock2", func() { var m sync.RWMutex; m.RLock(); m.Unlock() }},
	{"RWMutex.Unlock3", func() { var m sync.RWMutex; m.Lock(); m.Unlock(); m.Unlock() }},
	{"RWMutex.RUnlock", func() { new(sync.RWMutex).RUnlock() }},
	{"RWMutex.RUnlock2", func() { var m sync.RWMutex; m.Lock(); m.RUnlock() }},
	{"RWMutex.RUnlock3", func() { var m sync.RWMutex; m.RLock(); m.RUnlock(); m.RUnlock() }},
	{"WaitGroupMisuse", func() { var g sync.WaitGroup; g.Add(1); g.Done(); g.Done() }},
	{"WaitGroupReused", reusedGroup},
	{"OnceRecursion", func() { var o sync.Once; o.Do(func() { o.Do(func() {}) }) }},
	{"MutexTwice", func() { var m sync.Mutex; m.Lock(); m.Lock() }},
	{"CondAlone", func() { c := sync.NewCond(&sync.Mutex{}); c.L.Lock(); c.Wait() }},
	{"CondCopy", copiedCond},
	{"ZeroTimerResetPanics", func() { new(time.Timer).Reset(1) }},
	{"ZeroTimerStopPanics", func() { new(time.Timer).Stop() }},
	{"NewTickerZeroDuration", func() { time.NewTicker(0) }},
	{"NewTickerLtZeroDuration", func() { time.NewTicker(-1) }},
	{"TickerResetLtZeroDuration", func() { time.NewTicker(time.Second).Reset(0) }},
	{"ZeroTickerReset", func() { new(time.Ticker).Reset(1) }},
	{"InvalidDerivedFail.WithCancel", func() { context.WithCancel(nilParent) }},
	{"InvalidDerivedFail.WithDeadline", func() { context.WithDeadline(nilParent, time.Now()) }},
	{"InvalidDerivedFail.WithValue", func() { context.WithValue(nilParent, key(0), 0) }},
	{"WithValueChecksKey", func() { context.WithValue(context.Background(), nil, 0) }},
}

// How a process ends that does nothing else: its status and its first line.
func die(name string) string {
	command := exec.Command(os.Args[0], name)
	var stderr strings.Builder
	command.Stderr = &stderr
	command.Run()
	line := strings.SplitN(stderr.String(), "\n", 2)[0]
	return fmt.Sprintf("%d %s", command.ProcessState.ExitCode(), line)
}

func main() {
	for _, m := range misuses {
		if len(os.Args) == 2 && os.Args[1] == m.name {
			m.run()
			os.Exit(0)
		}
	}
	for _, a := range answers {
		fmt.Printf("%s: 0 %s\n", a.name, a.run())
	}
	for _, m := range misuses {
		fmt.Printf("%s: %s\n", m.name, die(m.name))
	}
}
