package main

import (
	"runtime"
	"time"
	"unsafe"
)

// --- panics that nobody recovers from

func panicDeferred() {
	defer second()
	panic("first")
}

func repanic() {
	defer func() {
		r := recover()
		panic(r)
	}()
	panic("first")
}

func recursivePanic() {
	func() {
		defer catch()
		func() {
			defer func() {
				if err := recover(); err != nil {
					panic("wrap: " + err.(string))
				}
			}()
			panic("bad")
		}()
	}()
	panic("again")
}

func recursivePanic2() {
	func() {
		defer catch()
		func() {
			defer second()
			defer catch()
			panic("first panic")
		}()
	}()
	panic("third panic")
}

func recursivePanic3() {
	defer func() {
		defer quiet()
		panic("second panic")
	}()
	panic("first panic")
}

func recursivePanic4() {
	defer func() {
		recover()
		panic("second panic")
	}()
	panic("first panic")
}

func recursivePanic5() {
	func() {
		defer func() {}()
		func() {
			defer func() {}()
			defer catch()
			defer func() {
				tell(recover())
				panic("second panic")
			}()
			panic("first panic")
		}()
	}()
	panic("third panic")
}

func panicTraceback() {
	func() {
		defer func() { panic("panic pt1") }()
		func() {
			defer func() { panic("panic pt2") }()
			panic("hello")
		}()
	}()
}

func signalRepanicked() {
	defer func() { panic(recover()) }()
	dereference()
}

func faultAddress() {
	defer quiet()
	address := uintptr(0x123456)
	*(*int)(*(*unsafe.Pointer)(unsafe.Pointer(&address))) = 1
}

func panicGosched() {
	go say("beside")
	defer func() {
		for i := 0; i < 100; i++ {
			runtime.Gosched()
		}
		time.Sleep(50 * time.Millisecond)
		say("deferred")
	}()
	panic("boom")
}

func panicChild() {
	go func() { panic("boom") }()
	select {}
}
