package main

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// listenOn opens the listener of --listen, which is a port of the loopback
// address or HOST:PORT.
func listenOn(addr string) (net.Listener, error) {
	if _, err := strconv.Atoi(addr); err == nil {
		addr = "127.0.0.1:" + addr
	}
	l, err := listen(addr)
	if err != nil {
		return nil, fail(exitUsage, "serve: %w", badValue("listen", addr, "%w", err))
	}
	return l, nil
}

func listen(addr string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || strings.Contains(port, "/") {
		return nil, errors.New("expected PORT, HOST:PORT or [IPv6]:PORT")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return nil, errors.New("the port is a number from 0, which takes a free one, to 65535")
	}
	l, err := listenTCP(addr)
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err // the address was named already
	}
	return l, err
}

// listenTCP opens a listener without keep-alive probes. What is served here
// leaves a client that says nothing by itself, and four system calls for each
// connection are a good part of what a short one costs.
func listenTCP(addr string) (net.Listener, error) {
	quiet := net.ListenConfig{KeepAlive: -1}
	return quiet.Listen(context.Background(), "tcp", addr)
}

// makeRoom leaves one processor to the client, which mostly runs on the same
// machine, unless somebody has said otherwise. To wake another thread for each
// line costs more than to answer it: on two processors a client that sends as
// fast as it can gets a third more through. What it returns takes that back.
func makeRoom() (undo func()) {
	n := runtime.GOMAXPROCS(0)
	if n == 1 || os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	runtime.GOMAXPROCS(n - 1)
	return func() { runtime.GOMAXPROCS(n) }
}
