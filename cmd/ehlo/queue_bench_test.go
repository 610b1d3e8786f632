package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/outbox"
)

// BenchmarkQueueRun sends 10,000 small messages from an outbox to Postfix'
// smtp-sink, beside Postfix' smtp-source with as many connections to the same
// sink. smtp-source keeps nothing on a disk. Its default is a connection for
// each message; with -d it sends all of them on the connections it has.
//
// A run waits for the disk before each final dot, which smtp-source does not: the
// more connections, the more messages share one fsync.
//
// On ext4 TMPDIR should be where nothing was deleted in the last minutes, as for
// the benchmark of adding.
func BenchmarkQueueRun(b *testing.B) {
	for _, conns := range []int{20, 60, 100} {
		b.Run(fmt.Sprintf("connections=%d", conns), func(b *testing.B) { queueRun(b, conns) })
	}
}

func queueRun(b *testing.B, conns int) {
	const messages = 10_000
	addr := startSink(b)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	hoard()
	crowd()
	for b.Loop() {
		b.StopTimer()
		s, err := outbox.Open(filepath.Join(b.TempDir(), "outbox"), outbox.Options{})
		if err != nil {
			b.Fatal(err)
		}
		e := outbox.Envelope{From: session.Envelope{Path: "alice@test.example"}, To: session.To("bob@test.example"), Target: addr,
			Settings: []string{"--tls=never", "--helo=client.example"}}
		c := session.BytesContent([]byte("Subject: small\r\n\r\n" + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 14)))
		devnull, _ := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err := addCopies(s, e, c, messages, streams{nil, devnull, devnull}); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		_ = exec.Command("sync").Run() // the disk has done with what was added
		b.StartTimer()
		began, cpu := time.Now(), cpuTime()
		r := outbox.NewRunner(s, outbox.RunOptions{Plan: planner(nil, nil), Record: recordAttempt, Connections: conns})
		sum, err := r.Pass(b.Context())
		if err != nil || sum.Accepted != messages {
			b.Fatal(sum, err)
		}
		took, cpu := time.Since(began), cpuTime()-cpu
		b.StopTimer()
		s.Close()
		once, all := smtpSource(b, addr, messages, conns), smtpSource(b, addr, messages, conns, "-d")
		b.ReportMetric(messages/took.Seconds(), "messages/s")
		b.ReportMetric(float64(cpu.Microseconds())/messages, "cpu-µs/message")
		b.ReportMetric(messages/once.Seconds(), "smtp-source/s")
		b.ReportMetric(messages/all.Seconds(), "smtp-source-d/s")
		b.ReportMetric(once.Seconds()/took.Seconds(), "ratio")
		b.ReportMetric(all.Seconds()/took.Seconds(), "ratio-d")
		b.StartTimer()
	}
}

// cpuTime is what this process has used of the processors, which others who use
// them change less than how long something takes.
func cpuTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// startSink starts smtp-sink, of the Postfix that make servers installs.
func startSink(b *testing.B) (addr string) {
	b.Helper()
	port := freePort(b)
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	cmd := postfixTool(b, "smtp-sink", "-u", "nobody", addr, "200")
	if err := cmd.Start(); err != nil {
		b.Skipf("smtp-sink: %v", err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Skip("smtp-sink does not listen")
	return ""
}

func freePort(tb testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// postfixTool is a program of Postfix, in its own root.
func postfixTool(b *testing.B, name string, args ...string) *exec.Cmd {
	store := os.Getenv("EHLO_SERVERS")
	if store == "" {
		store = "/var/cache/ehlo-servers"
	}
	root := filepath.Join(store, "postfix")
	if _, err := os.Stat(filepath.Join(root, "usr/sbin", name)); err != nil || os.Getuid() != 0 {
		b.Skipf("%s is not there; make servers installs it, and root runs it", name)
	}
	return exec.Command("chroot", append([]string{root, "/usr/sbin/" + name}, args...)...)
}

// smtpSource sends messages with smtp-source and returns how long that took.
func smtpSource(b *testing.B, addr string, messages, conns int, more ...string) time.Duration {
	b.Helper()
	args := append(more, "-s", fmt.Sprint(conns), "-m", fmt.Sprint(messages), "-l", "1000", "-f", "alice@test.example", "-t", "bob@test.example", addr)
	began := time.Now()
	if out, err := postfixTool(b, "smtp-source", args...).CombinedOutput(); err != nil {
		b.Fatalf("smtp-source: %v: %s", err, out)
	}
	return time.Since(began)
}
