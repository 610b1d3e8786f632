package main

import (
	"net"
	"strconv"
	"testing"
	"time"

	"ehlo/session/practice"
)

// BenchmarkMessages has Postfix's smtp-source send to its smtp-sink and to the
// practice server in turn, and reports the ratio of the messages per second:
// above 1 the practice server is the faster one.
func BenchmarkMessages(b *testing.B) {
	const messages = 5000
	l, err := listenTCP("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	sc, _ := practice.Find(practice.Default)
	srv := practice.New(sc, practice.Options{MaxConns: 2048})
	b.Cleanup(srv.Close)
	go func() { _ = srv.Serve(l) }()
	peer := "127.0.0.1:" + strconv.Itoa(freePort(b))
	sink := fromPostfix("smtp-sink", "-u", "nobody", peer, "4096")
	if sink == nil {
		b.Skip("smtp-source and smtp-sink are Postfix's, and not here; make interop installs them")
	}
	if err := sink.Start(); err != nil {
		b.Skipf("smtp-sink: %v", err)
	}
	b.Cleanup(func() { _ = sink.Process.Kill(); _ = sink.Wait() })
	for began := time.Now(); ; {
		c, err := net.Dial("tcp", peer)
		if err == nil {
			c.Close()
			break
		}
		if time.Since(began) > 5*time.Second {
			b.Skipf("smtp-sink does not listen: %v", err)
		}
	}
	for _, sessions := range []int{100, 1000} {
		b.Run(strconv.Itoa(sessions), func(b *testing.B) {
			b.Cleanup(makeRoom()) // here, since each benchmark begins with all processors
			var ours, theirs time.Duration
			run := func(addr string) time.Duration {
				began := time.Now()
				source := fromPostfix("smtp-source", "-s", strconv.Itoa(sessions), "-m", strconv.Itoa(messages), "-l", "1000",
					"-f", "a@c.example", "-t", "b@x.example", addr)
				if out, err := source.CombinedOutput(); err != nil {
					b.Fatalf("smtp-source: %v %s", err, out)
				}
				return time.Since(began)
			}
			for b.Loop() {
				theirs += run(peer)
				ours += run(l.Addr().String())
			}
			b.ReportMetric(float64(b.N*messages)/ours.Seconds(), "messages/s")
			b.ReportMetric(float64(b.N*messages)/theirs.Seconds(), "smtp-sink/s")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-smtp-sink")
		})
	}
}
