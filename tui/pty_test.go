package tui

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestScreenUnderTest is no test: it is the program that the benchmarks and
// tests of this file start in a terminal, with a session of so many rows.
func TestScreenUnderTest(t *testing.T) {
	rows, err := strconv.Atoi(os.Getenv("EHLO_TEST_ROWS"))
	if err != nil {
		return
	}
	m := offline(t, "dark")
	m.ctx = context.Background()
	if rows > 0 {
		m.live.take(long(rows))
	}
	if _, err := m.showOn(os.Stdout); err != nil {
		t.Fatal(err)
	}
}

// terminal is a program in a pseudo-terminal.
type terminal struct {
	t      testing.TB
	file   *os.File
	cmd    *exec.Cmd
	frames chan []byte // what was written, cut behind each frame
}

// inTerminal starts the program under test.
func inTerminal(t testing.TB, rows, w, h int) *terminal {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestScreenUnderTest$")
	cmd.Env = append(os.Environ(), "EHLO_TEST_ROWS="+strconv.Itoa(rows), "TERM=xterm-256color")
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
	late := time.After(30 * time.Second)
	for {
		select {
		case f, ok := <-p.frames:
			if !ok {
				p.t.Fatal("the program has ended")
			}
			if bytes.Contains(f, []byte(text)) {
				return
			}
		case <-late:
			p.t.Fatalf("waited in vain for a frame with %q", text)
		}
	}
}

// BenchmarkKeyToFrame is one key, from the write into the terminal to the last
// octet of the frame that it causes.
func BenchmarkKeyToFrame(b *testing.B) {
	for _, rows := range []int{100, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
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
