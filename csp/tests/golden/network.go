// Sockets and blocking calls: the cases of tasks_network.c. NetpollDeadlock is not among them: up to
// 1.20 Go counts those that the poller woke as waiting for ever, and finds no deadlock after them.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// The innermost text: Go wraps it in the operation and its addresses.
func root(err error) string {
	if err == nil {
		return "no error"
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err.Error()
}

func pair() (l net.Listener, client, server *net.TCPConn) {
	l, _ = net.Listen("tcp", "127.0.0.1:0")
	c, _ := net.Dial("tcp", l.Addr().String())
	s, _ := l.Accept()
	return l, c.(*net.TCPConn), s.(*net.TCPConn)
}

func netErrors() {
	l, client, server := pair()
	address := l.Addr().String()
	one := make([]byte, 1)
	_, err := net.Listen("tcp", address)
	fmt.Println("listen again:", root(err))
	client.SetReadDeadline(time.Now().Add(-time.Second))
	_, err = client.Read(one)
	fmt.Println("read too late:", root(err))
	_, err = client.Read(nil)
	fmt.Println("read nothing:", root(err))
	client.SetReadDeadline(time.Time{})
	l.(*net.TCPListener).SetDeadline(time.Now().Add(5 * time.Millisecond))
	_, err = l.Accept()
	fmt.Println("accept too late:", root(err))
	_, err = net.DialTimeout("tcp", address, -1)
	fmt.Println("dial too late:", root(err))
	client.CloseWrite()
	_, err = server.Read(one)
	fmt.Println("read the end:", root(err))
	_, err = client.Write(one)
	fmt.Println("write after the end:", root(err))
	server.Write(one)
	time.Sleep(5 * time.Millisecond)
	fmt.Println("close:", root(client.Close()))
	fmt.Println("close again:", root(client.Close()))
	_, err = client.Read(one)
	fmt.Println("read closed:", root(err))
	_, err = client.Write(one)
	fmt.Println("write closed:", root(err))
	fmt.Println("deadline closed:", root(client.SetDeadline(time.Time{})))
	server.Write(one)
	time.Sleep(5 * time.Millisecond)
	_, err = server.Write(one)
	fmt.Println("write reset:", root(err))
	l.Close()
	_, err = l.Accept()
	fmt.Println("accept closed:", root(err))
	_, err = net.Dial("tcp", address)
	fmt.Println("dial nobody:", root(err))
	_, err = net.Listen("tcp", "192.0.2.1:0")
	fmt.Println("listen elsewhere:", root(err))
}

func netCloseUnblocks() {
	l, client, server := pair()
	var g sync.WaitGroup
	for i := 0; i < 3; i++ {
		g.Add(2)
		go func() {
			_, err := client.Read(make([]byte, 1))
			fmt.Println(root(err))
			g.Done()
		}()
		go func() {
			_, err := l.Accept()
			fmt.Println(root(err))
			g.Done()
		}()
	}
	time.Sleep(5 * time.Millisecond)
	client.Close()
	l.Close()
	g.Wait()
	_, err := server.Read(make([]byte, 1))
	fmt.Println(root(err))
}

func netEcho() {
	l, client, server := pair()
	go func() {
		io.Copy(server, server)
		server.Close()
	}()
	sum := 0
	buffer := make([]byte, 1000)
	for i := 0; i < 100; i++ {
		client.Write(buffer[:10*i+1])
		n, _ := io.ReadFull(client, buffer[:10*i+1])
		sum += n
	}
	client.CloseWrite()
	n, err := client.Read(buffer)
	fmt.Println(sum, n, root(err))
	l.Close()
}

func netpollNoDeadlock() {
	_, client, _ := pair()
	go func() { select {} }()
	go client.Read(make([]byte, 1))
	time.Sleep(5 * time.Millisecond)
	go func() {
		time.Sleep(50 * time.Millisecond)
		client.Close()
	}()
	_, err := client.Read(make([]byte, 1))
	fmt.Println(root(err))
}

func blocksInKernel() {
	var p [2]int
	syscall.Pipe(p[:])
	syscall.Read(p[0], make([]byte, 1))
}

func waitStates() {
	l, client, _ := pair()
	go func() { l.Accept() }()
	go client.Read(make([]byte, 1))
	time.Sleep(5 * time.Millisecond)
	go client.Read(make([]byte, 1))
	go blocksInKernel()
	time.Sleep(50 * time.Millisecond)
	var m sync.Mutex
	m.Unlock()
}

func returnsMeanwhile() {
	go blocksInKernel()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("main")
}

var networkCases = []struct {
	name string
	run  func()
}{
	{"net_errors", netErrors},
	{"net_close_unblocks", netCloseUnblocks},
	{"net_echo", netEcho},
	{"net_no_deadlock", netpollNoDeadlock},
	{"net_wait_states", waitStates},
	{"main_returns_meanwhile", returnsMeanwhile},
}

func init() {
	cases = append(cases, networkCases...)
}
