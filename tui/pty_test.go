package tui

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"ehlo/session"
)

// TestScreenUnderTest is no test: it is the program that the benchmarks and
// tests of this file start in a terminal, with a session of so many rows.
func TestScreenUnderTest(t *testing.T) {
	rows, err := strconv.Atoi(os.Getenv("EHLO_TEST_ROWS"))
	if err != nil {
		return
	}
	if rows == echoes {
		echo(t)
		return
	}
	m := offline(t, "dark")
	m.ctx = context.Background()
	if rows > 0 {
		m.live.take(long(rows))
	}
	if os.Getenv("EHLO_TEST_FLOOD") != "" {
		m.o.Dial = flood
	}
	if _, err := m.showOn(os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// echoes is the number of rows with which the program under test is none, but
// answers each key with a line at once: what a terminal takes by itself.
const echoes = -1

func echo(t *testing.T) {
	old, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer term.Restore(int(os.Stdin.Fd()), old)
	fmt.Print("Conversation" + home)
	buf := make([]byte, 64)
	for {
		n, err := os.Stdin.Read(buf)
		if err != nil || buf[0] == 3 {
			return
		}
		fmt.Printf("%d octets"+home, n)
	}
}

// flood is a server that says 100,000 lines and goes on.
func flood(context.Context, session.Target, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		line := strings.Repeat("x", 40) + "\r\n"
		for n := 0; ; n += 100 {
			var b strings.Builder
			for i := range 100 {
				fmt.Fprintf(&b, "220 %d %s", n+i, line)
			}
			if _, err := server.Write([]byte(b.String())); err != nil {
				return
			}
		}
	}()
	return client, nil
}

// terminal is a program in a pseudo-terminal.
type terminal struct {
	t      testing.TB
	file   *os.File
	cmd    *exec.Cmd
	frames chan []byte // what was written, cut behind each frame
}

// inTerminal starts the program under test.
func inTerminal(t testing.TB, rows, w, h int, env ...string) *terminal {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestScreenUnderTest$")
	cmd.Env = append(append(os.Environ(), "EHLO_TEST_ROWS="+strconv.Itoa(rows), "TERM=xterm-256color"), env...)
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
	if err != nil {
		t.Skip("no terminal to start in: ", err)
	}
	p := &terminal{t: t, file: file, cmd: cmd, frames: make(chan []byte, 1<<16)}
	go p.read()
	t.Cleanup(func() {
		_, _ = file.WriteString("\x03")
		_ = cmd.Wait()
		_ = file.Close()
	})
	return p
}

func (p *terminal) read() {
	defer close(p.frames)
	var all []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := p.file.Read(buf)
		all = append(all, buf[:n]...)
		for {
			end := bytes.Index(all, []byte(home))
			if end < 0 {
				break
			}
			p.frames <- bytes.Clone(all[:end])
			all = all[end+len(home):]
		}
		if err != nil {
			return
		}
	}
}

// frame waits for one frame that holds a text.
func (p *terminal) frame(text string) {
	p.t.Helper()
	last := []byte(nil)
	late := time.After(time.Minute)
	for {
		select {
		case f, ok := <-p.frames:
			if !ok {
				p.t.Fatal("the program has ended")
			}
			if last = f; bytes.Contains(f, []byte(text)) {
				return
			}
		case <-late:
			p.t.Fatalf("waited in vain for a frame with %q; the last one is %q", text, last)
		}
	}
}

func (p *terminal) press(key string) {
	p.t.Helper()
	if _, err := p.file.WriteString(key); err != nil {
		p.t.Fatal(err)
	}
}

// TestFloodLeavesTheKeysAlive: while a server talks without an end, help
// comes and goes, rows are gone to, and the program can be left.
func TestFloodLeavesTheKeysAlive(t *testing.T) {
	p := inTerminal(t, 0, 120, 36, "EHLO_TEST_FLOOD=1")
	p.frame("Conversation")
	p.press("\r")
	p.frame("xxxx")
	const help, up, end = "\x1bOP", "\x1b[A", "\x1b[F" // no letters: those at once are a paste
	for range 3 {
		began := time.Now()
		p.press(help)
		p.frame("the server said")
		p.press(help)
		p.press(up)
		p.frame("at row")
		p.press(end)
		if d := time.Since(began); d > 30*time.Second {
			t.Errorf("the keys took %s", d)
		}
	}
	began := time.Now()
	p.press("\x03")
	if err := p.cmd.Wait(); err != nil || time.Since(began) > 30*time.Second {
		t.Errorf("left after %s, %v", time.Since(began), err)
	}
}

// BenchmarkKeyToFrame is one key, from the write into the terminal to the last
// octet of the frame that it causes.
func BenchmarkKeyToFrame(b *testing.B) {
	for _, rows := range []int{echoes, 100, 100_000, 1_000_000} {
		name := fmt.Sprintf("rows=%d", rows)
		if rows == echoes {
			name = "echo"
		}
		b.Run(name, func(b *testing.B) {
			p := inTerminal(b, rows, 120, 36)
			p.frame("Conversation")
			keys := []string{"k", "k", "\x1b[5~", "j", "g", "G"}
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				if _, err := p.file.WriteString(keys[i%len(keys)]); err != nil {
					b.Fatal(err)
				}
				p.frame("")
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkFirstFrame is the time from the start of the program to its first
// frame.
func BenchmarkFirstFrame(b *testing.B) {
	for b.Loop() {
		p := inTerminal(b, 0, 120, 36)
		p.frame("Conversation")
	}
}

// BenchmarkIdle is how much of a processor the program takes in a second in
// which nothing happens.
func BenchmarkIdle(b *testing.B) {
	p := inTerminal(b, 1000, 120, 36)
	p.frame("Conversation")
	spent := func() float64 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		if err != nil {
			b.Skip("no /proc to look it up in")
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		return float64(user+system) * 10 // a tick is 10 ms
	}
	before, n := spent(), 0
	for b.Loop() {
		time.Sleep(time.Second)
		n++
	}
	b.ReportMetric((spent()-before)/float64(n), "cpu-ms/s")
}
