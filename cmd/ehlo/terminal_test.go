package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// terminal is the program in a pseudo-terminal, with folders of its own.
type terminal struct {
	t     testing.TB
	cmd   *exec.Cmd
	file  *os.File
	state string // $XDG_STATE_HOME

	mu   sync.Mutex
	out  bytes.Buffer
	look *screenful
	part string        // of a sequence
	more chan struct{} // something was written
	done chan struct{} // nothing more will be
}

func inTerminal(t testing.TB, env []string, args ...string) *terminal {
	t.Helper()
	cmd := process(t, args...)
	p := &terminal{t: t, cmd: cmd, look: newScreenful(120, 36), state: t.TempDir(), more: make(chan struct{}, 1), done: make(chan struct{})}
	cmd.Env = append(append(cmd.Env, "COLORTERM=truecolor", "NO_COLOR=", "XDG_STATE_HOME="+p.state, "XDG_CONFIG_HOME="+t.TempDir()), env...)
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 36})
	if err != nil {
		t.Skip("no terminal to start in: ", err)
	}
	p.file = file
	go p.read()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		_ = file.Close()
	})
	return p
}

// BenchmarkFirstFrame is the time from the start of the program to its first
// frame, with the process above it that sees to the terminal, in a terminal
// that answers no questions.
func BenchmarkFirstFrame(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		p := inTerminal(b, nil, "practice").see("Compose")
		took = append(took, time.Since(began))
		p.press("\x03").left(exitDone)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "first-frame-ms")
	b.ReportMetric(float64(took[0].Microseconds())/1000, "fastest-ms")
}

func (p *terminal) read() {
	defer close(p.done)
	buf := make([]byte, 64<<10)
	for {
		n, err := p.file.Read(buf)
		p.mu.Lock()
		p.out.Write(buf[:n])
		p.part = p.look.write(p.part + string(buf[:n]))
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// text is the end of what was written since the last see, without colours.
func (p *terminal) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := ansi.Strip(p.out.String())
	return text[max(len(text)-1500, 0):]
}

// screen is what stands on the terminal.
func (p *terminal) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.look.String()
}

// see waits until a text was written, and forgets all before it.
func (p *terminal) see(text string) *terminal {
	p.t.Helper()
	late := time.After(time.Minute)
	for {
		p.mu.Lock()
		_, after, ok := bytes.Cut(bytes.Clone(p.out.Bytes()), []byte(text))
		if ok {
			p.out.Reset()
			p.out.Write(after)
		}
		p.mu.Unlock()
		if ok {
			return p
		}
		select {
		case <-p.more:
		case <-p.done:
			p.mu.Lock()
			ok := bytes.Contains(p.out.Bytes(), []byte(text))
			p.mu.Unlock()
			if ok {
				continue
			}
			p.t.Fatalf("the program ended without %q:\n%q", text, p.text())
		case <-late:
			p.t.Fatalf("waited in vain for %q:\n%q", text, p.text())
		}
	}
}

// rest waits for a text, and then until nothing is awaited: the footer says so.
func (p *terminal) rest(text string) *terminal {
	p.t.Helper()
	return p.see(text).see("reconnect")
}

func (p *terminal) press(keys string) *terminal {
	p.t.Helper()
	if _, err := p.file.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// left waits for the end of the program.
func (p *terminal) left(code int) string {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		p.t.Fatalf("the program does not end:\n%q", p.text())
	}
	_ = p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d, not %d:\n%q", got, code, p.text())
	}
	return p.text()
}

// kept is the transcript of the only session.
func (p *terminal) kept() string {
	p.t.Helper()
	files, _ := filepath.Glob(filepath.Join(p.state, "ehlo", "sessions", "*.smtp"))
	if len(files) != 1 {
		p.t.Fatalf("kept: %q", files)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

const normalScreen = "\x1b[?1049l"

func TestTerminalSession(t *testing.T) {
	p := inTerminal(t, nil, "practice")
	p.see("connect").press("\r").rest("220").press("n").rest("SIZE").press("n").rest("250").press("n").rest("250")
	p.press("q").see("q again").press("q")
	p.see(normalScreen).see("transcript: " + filepath.Join(p.state, "ehlo", "sessions"))
	p.left(exitDone)
	if text := p.kept(); !strings.Contains(text, "C: RCPT TO:<bob@example.com>") || !strings.Contains(text, "= closed by=client") {
		t.Errorf("the transcript is\n%s", text)
	}
}

func TestTerminalGoesAway(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			p := inTerminal(t, nil, "practice")
			p.see("connect").press("\r").rest("220").press("n").rest("SIZE")
			if err := p.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			p.see(normalScreen).see("transcript: ")
			p.left(exitInterrupted)
			if text := p.kept(); !strings.Contains(text, "= closed by=client") {
				t.Errorf("the transcript is\n%s", text)
			}
		})
	}
}

// TestGuardIsKilled: the process below does not live on behind a shell.
func TestGuardIsKilled(t *testing.T) {
	p := inTerminal(t, nil, "practice")
	p.see("connect").press("\r").rest("220").press("n").rest("SIZE")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.see(normalScreen).see("transcript: ")
	if text := p.kept(); !strings.Contains(text, "= closed by=client") {
		t.Errorf("the transcript is\n%s", text)
	}
}

// TestCrash: a panic in a goroutine that nobody watches.
func TestCrash(t *testing.T) {
	fuse := filepath.Join(t.TempDir(), "fuse")
	if err := syscall.Mkfifo(fuse, 0o600); err != nil {
		t.Skip("no named pipes: ", err)
	}
	p := inTerminal(t, []string{"EHLO_TEST_CRASH=" + fuse}, "practice")
	p.see("connect").press("\r").rest("220").press("n").rest("SIZE")
	if err := os.WriteFile(fuse, []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	p.see(normalScreen).see("the program has crashed: panic: the fuse has blown").see("report: ").see("transcript: ")
	p.left(exitCrash)
	if text := p.kept(); !strings.Contains(text, "C: EHLO laptop.example") {
		t.Errorf("the transcript is\n%s", text)
	}
	reports, _ := filepath.Glob(filepath.Join(p.state, "ehlo", "crash-*.txt"))
	if len(reports) != 1 {
		t.Fatalf("reports: %q", reports)
	}
	if data, err := os.ReadFile(reports[0]); err != nil || !strings.Contains(string(data), "the fuse has blown") || !strings.Contains(string(data), "goroutine") {
		t.Errorf("%v\n%s", err, data)
	}
}

func TestJournal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "journal")
	p := inTerminal(t, []string{"EHLO_DEBUG=" + name}, "practice")
	p.see("connect").press("\r").rest("220").press("n").rest("SIZE")
	p.press(":").see("Raw line").press("A").press("\x1b[200~UTH PLAIN secretly\x1b[201~").see("secretly").press("\r").rest("538")
	p.press(":").see("Raw line").press("N").press("\x1b[200~OOP at last\x1b[201~").see("at last").press("\r").see("2.0.0 Ok")
	// What is seen from here on was drawn because of the size.
	if err := pty.Setsize(p.file, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	p.see("State").press("\x03")
	p.left(exitDone)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"key: n\n", "events: generation 1", "size: 80×24", "key: typing, 1 characters", "key: ctrl+c", `sent "AUTH PLAIN ********\r\n"`, `sent "NOOP at last\r\n"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the journal does not say %q:\n%s", want, data)
		}
	}
	if n := strings.Count(string(data), `sent "EHLO`); n != 1 {
		t.Errorf("EHLO was sent once, and is %d times in the journal:\n%s", n, data)
	}
	if strings.Contains(string(data), "secretly") {
		t.Errorf("a secret is in the journal:\n%s", data)
	}
	if code, _, stderr := ehlo(t, "", "list", "themes"); code != 0 {
		t.Error(stderr)
	}
}

// TestNobodyWouldWakeIt: the program is the first of its session.
func TestNobodyWouldWakeIt(t *testing.T) {
	p := inTerminal(t, nil, "practice")
	p.see("connect").press("\x1a").see("there is no shell").press("\x03")
	p.left(exitDone)
}
