package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// long asks for the full size of what is tested: EHLO_TEST_LONG=1.
func long() bool { return os.Getenv("EHLO_TEST_LONG") != "" }

// takesAll is a server that takes a message of any length.
const takesAll = "S: 220 a\nC: EHLO client.example\nS: 250 a\nC: MAIL FROM:<alice@client.example>\nS: 250 ok\n" +
	"C: RCPT TO:<bob@x.example>\nS: 250 ok\nC: DATA\nS: 354 go\nC: x\nC: .\nS: 250 ok\nC: QUIT\nS: 221 bye\n"

// TestKilledManyTimes: whenever in a long message the program is killed, the
// transcript can be read, and of the content so much is there as it says.
func TestKilledManyTimes(t *testing.T) {
	dir := t.TempDir()
	mail := filepath.Join(dir, "long.eml")
	if err := os.WriteFile(mail, []byte("Subject: x\r\n\r\n"+strings.Repeat("a line of text\r\n", 1<<19)), 0o600); err != nil {
		t.Fatal(err)
	}
	server, _ := serveInProcess(t, written(t, "server.smtp", takesAll))
	times := 12
	if long() {
		times = 300
	}
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	within := 0
	for i := 0; i < times || within == 0 && i < 20*times; i++ { // a busy machine looks away at the wrong moment
		file := filepath.Join(dir, fmt.Sprintf("%d.smtp", i))
		cmd := process(t, send("--quiet", "--transcript", file, "--message", mail, "--to", "bob@x.example", server)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The moment: as soon as so many octets are on the disk.
		most := int64(r.IntN(2_000))
		if i%2 == 0 {
			most = int64(r.IntN(7 << 20))
		}
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		for alive := true; alive && size(file)+size(file+".d/0001") < most; {
			select {
			case <-done:
				alive = false
			default:
			}
		}
		_ = cmd.Process.Kill()
		<-done
		if _, err := os.Stat(file); err != nil {
			continue // too early for a file
		}
		tr, err := transcript.ReadFile(file)
		if err != nil {
			text, _ := os.ReadFile(file)
			t.Fatalf("killed at %d octets: %v\n%s", most, err, text)
		}
		var st session.State
		var content int64
		for _, e := range tr.Events() {
			if st = st.Apply(e); e.Bulk != nil {
				content += e.Bulk.Octets
			}
		}
		if side := size(file + ".d/0001"); content > side || content < side-2<<20 {
			t.Errorf("killed at %d octets: the file tells of %d octets of content, %d are there", most, content, side)
		}
		if content > 0 && st.Accepted == 0 {
			within++
		}
		_ = transcript.Remove(file)
	}
	if within == 0 {
		t.Errorf("none of %d was killed within the content", 20*times)
	}
}

func size(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// limited runs the program where no file may be longer than so many blocks of
// 512 octets: what a full disk is, without one.
func limited(t *testing.T, blocks int, args ...string) (code int, out string) {
	t.Helper()
	cmd := process(t, args...)
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks), cmd.Path}, args...)
	both, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(both)
}

// TestReplayDiskFull: a new run that cannot be kept is told of, and its exit
// code does not say that all is well.
func TestReplayDiskFull(t *testing.T) {
	dir := t.TempDir()
	old, again := filepath.Join(dir, "old.smtp"), filepath.Join(dir, "new.smtp")
	if code, _, stderr := ehlo(t, "", send("--quiet", "--transcript", old, "--to", "bob@x.example", "practice")...); code != exitDone {
		t.Fatal(stderr)
	}
	code, out := limited(t, 1, "replay", old, "--against", "practice", "--record", again)
	if code != exitUsage || !strings.Contains(out, "ehlo: write the transcript of "+old+": ") || !strings.Contains(out, "same: ") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

// TestDiskFull: the mail goes out all the same, somebody is told why the
// recording ends, and what was recorded can be read.
func TestDiskFull(t *testing.T) {
	mail := written(t, "long.eml", "Subject: x\r\n\r\n"+strings.Repeat("a line of text\r\n", 20_000))
	for _, blocks := range []int{1, 2, 64} {
		file := filepath.Join(t.TempDir(), "x.smtp")
		code, out := limited(t, blocks, send("--quiet", "--transcript", file, "--message", mail, "--to", "bob@x.example", "practice")...)
		text, _ := os.ReadFile(file)
		if told := out + string(text); code != 0 || !strings.Contains(told, "file too large") || !strings.Contains(out, "ehlo: write the transcript "+file) {
			t.Errorf("%d blocks: exit code %d, %s", blocks, code, out)
		}
		tr, err := transcript.ReadFile(file)
		if err != nil || len(tr.Events()) < 3 {
			t.Errorf("%d blocks: %v\n%s", blocks, err, text)
		}
	}
	// A file that is written again is the old one until the new one is whole.
	file := written(t, "y.smtp", strings.Repeat("S: 250-a line of a reply\n", 2000)+"S: 250 end\n")
	before := size(file)
	if code, out := limited(t, 8, "fmt", "-w", file); code == 0 || size(file) != before {
		t.Errorf("exit code %d, %d octets, %s", code, size(file), out)
	}
	if rest, _ := os.ReadDir(filepath.Dir(file)); len(rest) != 1 {
		t.Errorf("it left %v behind", rest)
	}
}

// TestNowhereToWrite: what cannot be recorded is told before anything is sent.
func TestNowhereToWrite(t *testing.T) {
	dir := t.TempDir()
	file := written(t, "letter.txt", "Dear Bob,\n")
	for name, want := range map[string]string{
		dir:                                    "is not a regular file",
		file:                                   "exists and is no transcript",
		filepath.Join(dir, "no", "x"):          "no such file",
		"/proc/x.smtp":                         "no such file",
		filepath.Join(file, "x"):               "not a directory",
		"/dev/full":                            "is not a regular file",
		dir + "/" + strings.Repeat("long", 80): "file name too long",
	} {
		code, out, stderr := ehlo(t, "", send("--transcript", name, "--to", "bob@x.example", "practice")...)
		if code != exitUsage || out != "" || !strings.Contains(stderr, "write the transcript") || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %q, %s", name, code, out, stderr)
		}
	}
	readOnly := filepath.Join(dir, "read-only")
	if err := os.Mkdir(readOnly, 0o500); err != nil || os.Geteuid() == 0 {
		return // nothing is read-only for root
	}
	if code, _, stderr := ehlo(t, "", send("--transcript", readOnly+"/x", "--to", "b@x.example", "practice")...); code != exitUsage || !strings.Contains(stderr, "permission denied") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestResident: long content is recorded, played, formatted and searched in
// memory that does not grow with it.
func TestResident(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system is asked as Linux is")
	}
	if racing {
		t.Skip("the race detector's own memory would be measured; go test without it measures")
	}
	octets := int64(96 << 20)
	if long() {
		octets = 1 << 30
	}
	dir := t.TempDir()
	mail, file := filepath.Join(dir, "long.eml"), filepath.Join(dir, "x.smtp")
	if err := writeLong(mail, octets); err != nil {
		t.Fatal(err)
	}
	server, _ := serveInProcess(t, written(t, "server.smtp", takesAll))
	resident(t, send("--quiet", "--transcript", file, "--message", mail, "--to", "bob@x.example", server)...)
	for _, args := range [][]string{{"play", "--speed", "0", file}, {"show", file}, {"fmt", file}, {"lint", file}} {
		resident(t, args...)
	}
	// Served: the client sends as much again.
	server, memory := serveInProcess(t, file)
	resident(t, send("--quiet", "--message", mail, "--to", "bob@x.example", server)...)
	lean(t, "serve", memory())
}

// serveInProcess serves a file in a process of its own; end ends it and says
// how much memory it had.
func serveInProcess(t *testing.T, file string) (addr string, end func() int) {
	t.Helper()
	server, memory := measured(t, "serve", file, "--listen", "127.0.0.1:0")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			_ = server.Process.Signal(os.Interrupt)
			_ = server.Wait() // the code says that clients left early
		})
	}
	t.Cleanup(stop)
	return listening.FindString(line), func() int { stop(); return memory() }
}

// listening is where a server says that it is.
var listening = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// measured is a process that says at its end how much memory it had, in KiB.
func measured(t *testing.T, args ...string) (cmd *exec.Cmd, memory func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "memory")
	cmd = process(t, args...)
	cmd.Env = append(cmd.Env, "EHLO_TEST_MEMORY="+file)
	return cmd, func() int {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// measuredMain is the program, and at its end how much memory it has had: what
// wait4 tells counts the process that began it.
func measuredMain() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	status, _ := os.ReadFile("/proc/self/status")
	if m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status); m != nil {
		_ = os.WriteFile(os.Getenv("EHLO_TEST_MEMORY"), m[1], 0o600)
	}
	os.Exit(code)
}

// resident runs the program and looks at how much memory it had.
func resident(t *testing.T, args ...string) {
	t.Helper()
	cmd, memory := measured(t, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%.1000s", args[0], err, out)
	}
	t.Logf("%s: %s", args[0], cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	lean(t, args[0], memory())
}

func lean(t *testing.T, what string, memory int) {
	t.Helper()
	t.Logf("%s: %d KiB", what, memory)
	if memory > 64<<10 {
		t.Errorf("%s: %d KiB resident", what, memory)
	}
}

func writeLong(name string, octets int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.WriteString(f, "Subject: x\r\n\r\n"); err != nil {
		return err
	}
	lines := strings.Repeat("a line of text that is about as long as lines of text are\r\n", 1000)
	for ; octets > 0; octets -= int64(len(lines)) {
		if _, err := io.WriteString(f, lines); err != nil {
			return err
		}
	}
	return f.Close()
}

// TestHostileFile: nothing of a file reaches the terminal as it is.
func TestHostileFile(t *testing.T) {
	const evil = "\x1b[2J\u202e\u0085\a"
	quoted := strings.NewReplacer("\x1b", `\x1b`, "\u202e", `\xe2\x80\xae`, "\u0085", `\xc2\x85`, "\a", `\x07`).Replace(evil)
	strict := "= smtp-transcript 1\n= connect host=\"" + quoted + "\"\nS\"220 " + quoted + "\\r\\n\"\nC\"AUTH PLAIN " + quoted + "\\r\\n\"\n@ break\nS\"334 YQ" + quoted + "==\\r\\n\"\n= note \"" + quoted + "\"\n"
	loose := "S: 220 " + evil + "\n" + evil + " prose\n# " + evil + "\nC: <" + evil + " connection>\nC: AUTH LOGIN " + evil + "\n(" + evil + ")\nS: 334\n  " + evil + "\nC: MAIL FROM:<a@" + evil + ".com>\n"
	damaged := "= smtp-transcript 1\nS: " + evil + "\nC" + evil + "\n"
	for _, text := range []string{strict, loose, damaged} {
		file := written(t, evil+".smtp", text)
		for _, args := range [][]string{{"show"}, {"show", "--keep-going"}, {"play", "--speed", "0"}, {"play", "--plain"}, {"fmt"}, {"fmt", "--redact=mask,user"}, {"fmt", "-l"}, {"lint", "--addresses"}} {
			_, out, stderr := ehlo(t, "", append(args, file)...)
			for line := range strings.Lines(strings.ReplaceAll(out+stderr, file, "FILE")) {
				if line = strings.TrimSuffix(line, "\n"); session.Escape(line) != line {
					t.Errorf("%q: %q", args, line)
				}
			}
		}
	}
}
