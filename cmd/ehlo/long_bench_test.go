package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkLongMessage sends 1 GiB with curl, by DATA, and with ehlo send, by
// DATA and by BDAT, in turn, to the same server in this process, which throws
// it away. The ratios are of the medians: above 1 ehlo is the faster one.
func BenchmarkLongMessage(b *testing.B) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Skip("curl is not here")
	}
	mail := filepath.Join(b.TempDir(), "long.eml")
	if err := writeLong(mail, 1<<30); err != nil {
		b.Fatal(err)
	}
	addr := startGulp(b)
	times := map[string][]time.Duration{}
	run := func(name string, cmd *exec.Cmd) {
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%.1000s", name, err, out)
		}
		times[name] = append(times[name], time.Since(began))
	}
	ours := send("--quiet", "--message", mail, "--to", "bob@x.example", addr)
	for b.Loop() {
		run("curl", exec.Command(curl, "-s", "--mail-from", "alice@x.example", "--mail-rcpt", "bob@x.example", "-T", mail, "smtp://"+addr))
		run("data", process(b, ours...))
		run("bdat", process(b, append(ours[:len(ours):len(ours)], "--chunking")...))
	}
	median := func(name string) float64 {
		slices.Sort(times[name])
		return times[name][len(times[name])/2].Seconds()
	}
	for _, name := range []string{"curl", "data", "bdat"} {
		b.ReportMetric(median(name), name+"-s")
	}
	b.ReportMetric(median("curl")/median("data"), "data-times-curl")
	b.ReportMetric(median("curl")/median("bdat"), "bdat-times-curl")
}

// startGulp starts a server that swallows content as fast as it comes.
func startGulp(tb testing.TB) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go gulp(conn)
		}
	}()
	return l.Addr().String()
}

func gulp(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 256<<10)
	_, _ = io.WriteString(conn, "220 gulp.example ESMTP\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		reply := "250 ok\r\n"
		switch verb, rest, _ := strings.Cut(strings.TrimSpace(line), " "); strings.ToUpper(verb) {
		case "EHLO":
			reply = "250-gulp.example\r\n250-SIZE\r\n250 CHUNKING\r\n"
		case "DATA":
			_, _ = io.WriteString(conn, "354 go on\r\n")
			err = swallow(r)
		case "BDAT":
			var n int
			_, _ = fmt.Sscan(rest, &n)
			_, err = r.Discard(n)
		case "QUIT":
			_, _ = io.WriteString(conn, "221 bye\r\n")
			return
		}
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, reply)
	}
}

// swallow reads to the end of data.
func swallow(r *bufio.Reader) error {
	end := []byte("\r\n.\r\n")
	var tail []byte
	for {
		if _, err := r.Peek(1); err != nil {
			return err
		}
		p, _ := r.Peek(r.Buffered())
		tail = append(tail, p[max(0, len(p)-len(end)):]...)
		tail = tail[max(0, len(tail)-len(end)):]
		if _, err := r.Discard(len(p)); err != nil {
			return err
		}
		if bytes.Equal(tail, end) {
			return nil
		}
	}
}
