package plain

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const recorded = `= smtp-transcript 1
S: 220 mx.example ready
+ 1
C: EHLO laptop.example
+ 60
S: 250-mx.example
S: 250 SIZE 1000
+ 0.5
C: QUIT
S: 221 bye
`

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPlay: rows come as late as they came; Enter pauses.
func TestPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Now = time.Now
		put(t, o.Dir, "a.smtp", recorded)
		p := sit(t, o)
		rest := func(d time.Duration) *person {
			time.Sleep(d)
			synctest.Wait()
			return p
		}
		hears := func(want string) {
			t.Helper()
			if text := p.out.read(); text != want {
				t.Errorf("%q, want %q", text, want)
			}
		}
		p.say("/play").see("error: /play: the name of the file is missing").say("/play nowhere.smtp").see("error: ")
		p.say("/play a.smtp").see("playing back", "1. == connected\n2. S: 220 mx.example ready\n")
		rest(999 * time.Millisecond)
		hears("")
		rest(time.Millisecond)
		hears("3. C: EHLO laptop.example\n")
		p.say("")
		hears("paused at row 3 of 7: /play goes on\n> ")
		rest(time.Hour)
		hears("")
		p.say("/play x4") // at once the next one
		hears("4. S: 250-mx.example\n5. S: 250 SIZE 1000\n")
		rest(125 * time.Millisecond)
		hears("6. C: QUIT\n7. S: 221 bye\nrow 7 of 7: the file ends here\n> ")
		p.say("/play").say("/stop").see("paused at row 2")
		p.say("/play").say("/state").see("paused at row 3", "phase: ")
		p.say("/play x0.1").say("/close").see("paused", "back at the session")
		p.types.Close()
		<-p.left
	})
}

// TestAScriptWaitsForTheEnd of what is played.
func TestAScriptWaitsForTheEnd(t *testing.T) {
	o := letter(t, "default")
	put(t, o.Dir, "a.smtp", recorded)
	out, _ := says(t, o, "/play a.smtp x1000", "/close")
	has(t, out, "S: 221 bye\nrow 7 of 7: the file ends here\n> /close")
}

// TestReplay: what differs is told when it comes, stops a run, and can be put
// into the file.
func TestReplay(t *testing.T) {
	o := letter(t, "default")
	file := put(t, o.Dir, "a file.smtp", strings.Replace(recorded, "C: QUIT\n", "C: VRFY bob\nS: 252 perhaps\nC: QUIT\n", 1))
	out, result := says(t, o, "/replay", "/replay a file.smtp", "/accept", "/next 2", "/run", "/set subject x", "/run", "/run", "/accept", "/accept", "/replay a file.smtp practice", "/close", "/next")
	has(t, out, "error: /replay: the name of the file is missing", "running DIR/a file.smtp again, against practice: ", "1. connect", "2. EHLO laptop.example",
		"C: EHLO laptop.example", "   differs: ", "      - 252 perhaps\n      + 250 2.1.5", "stopped: the reply differs from the recording", "C: VRFY bob\nS: 250", "   note: ", "C: QUIT", "/accept puts the new text of 4 replies",
		"error: /accept: it has not come to its end", "put into DIR/a file.smtp", "error: /accept: the file has them already", "back at the letter to practice", "1. connect")
	hasNot(t, out, "C: MAIL")
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "S: 250-PIPELINING\n") || !strings.Contains(string(data), "C: VRFY bob\n") {
		t.Errorf("%v\n%s", err, data)
	}
	if result.Ran || len(result.Differ) > 0 {
		t.Errorf("%+v", result)
	}
	out, result = says(t, o, "/replay a file.smtp practice", "/run", "/accept")
	has(t, out, ": same: ", "done\n", "no reply came that the file could take")
	hasNot(t, out, "differs")
	if len(result.Differ) > 0 {
		t.Error("it differs")
	}
}

// TestAcceptLeavesADifference: a reply that did not come cannot be put into the
// file.
func TestAcceptLeavesADifference(t *testing.T) {
	o := letter(t, "default")
	put(t, o.Dir, "a.smtp", strings.Replace(recorded, "C: QUIT\n", "S: 450 by itself\nC: QUIT\n", 1))
	out, result := says(t, o, "/replay a.smtp", "/run", "/run", "/run", "/run", "/accept")
	has(t, out, "the server said it by itself then", "replies put into DIR/a.smtp\nsomething else differs, which cannot be put there\n")
	if len(result.Differ) != 1 || filepath.Base(result.Differ[0]) != "a.smtp" {
		t.Error("all is well")
	}
}

// TestReplayTakesValues of what a recording leaves open, at the end of the line.
func TestReplayTakesValues(t *testing.T) {
	o := letter(t, "default")
	put(t, o.Dir, "a b.smtp", strings.Replace(recorded, "C: QUIT", "C> VRFY ${who}@${where}\nS? 2*\nC: QUIT", 1))
	out, result := says(t, o, "/replay a b.smtp", "/replay a b.smtp who=bob", "/replay a b.smtp practice who=bob where=practice.example", "/run", "/run", "/run")
	has(t, out, "no value is known for ${who}; who=VALUE at the end of the line gives one", "no value is known for ${where}; where=VALUE", "C: VRFY bob@practice.example")
	if result.Wrong != 2 {
		t.Errorf("%+v", result)
	}
}

// TestTwoReplays: one that differs is not forgotten because of another.
func TestTwoReplays(t *testing.T) {
	o := letter(t, "default")
	put(t, o.Dir, "a.smtp", strings.Replace(recorded, "C: QUIT", "C: VRFY bob\nS: 550 no\nC: QUIT", 1))
	put(t, o.Dir, "b.smtp", strings.Replace(recorded, "C: QUIT", "C: VRFY bob\nS: 550 no\nC: QUIT", 1))
	run := []string{"/run", "/run", "/run", "/run"}
	script := append(append(append([]string{"/replay a.smtp practice"}, run...), "/replay b.smtp practice"), append(run, "/accept")...)
	_, result := says(t, o, script...)
	if len(result.Differ) != 1 || filepath.Base(result.Differ[0]) != "a.smtp" {
		t.Errorf("%v differ", result.Differ)
	}
}

// TestReplayThatCannotBe says why, and leaves all as it was.
func TestReplayThatCannotBe(t *testing.T) {
	o := letter(t, "default")
	put(t, o.Dir, "a.smtp", strings.Replace(recorded, "C: QUIT", "C> AUTH PLAIN ${secret.1}", 1))
	out, _ := says(t, o, "/replay a.smtp", "/replay nowhere.smtp", "/replay a.smtp host:port", "/step", "/replay a.smtp", "/next")
	has(t, out, "secret.1", "--user and --password-from log in anew", "error: /replay: open ", "is no port", "error: /replay: the channel to practice is open: /hangup first", "1. EHLO laptop.example")
}

// TestServe: a client talks to the server of a recording.
func TestServe(t *testing.T) {
	o := letter(t, "default")
	put(t, o.Dir, "a.smtp", recorded)
	p := sitOutside(t, o)
	p.types.Write([]byte("/serve\n/serve a.smtp 127.0.0.1:0\n/serve\n"))
	line := p.until("serving")
	_, addr, _ := strings.Cut(line, " on ")
	addr, _, _ = strings.Cut(addr, ": nothing is forwarded")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatalf("%q: %s", addr, err)
	}
	defer c.Close()
	c.Write([]byte("EHLO there\r\nFROB \x1b[2J\r\n"))
	p.until("client 1: S: 220 mx.example ready")
	p.until("client 1: C: EHLO there")
	p.until("client 1: S: 250 SIZE 1000")
	p.until("client 1: transcript")
	p.types.Write([]byte("/serve off\n/serve off\n"))
	p.until("no longer serving")
	p.until("nothing is served")
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("it serves still")
	}
	p.types.Close()
	for range p.lines {
	}
}

// outside is a person in real time, with a server for real clients.
type outside struct {
	t     *testing.T
	types *os.File
	lines chan string
}

func sitOutside(t *testing.T, o Options) *outside {
	t.Helper()
	in, types, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &outside{t: t, types: types, lines: make(chan string, 1000)}
	o.In, o.Out = in, write
	go func() {
		if _, err := Run(t.Context(), o); err != nil {
			t.Error(err)
		}
		write.Close()
	}()
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(read); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	return p
}

// until waits for a line that begins so.
func (p *outside) until(begin string) string {
	p.t.Helper()
	var seen []string
	for {
		select {
		case line, ok := <-p.lines:
			if strings.HasPrefix(line, begin) {
				return line
			}
			if seen = append(seen, line); ok {
				continue
			}
		case <-time.After(time.Minute):
		}
		p.t.Fatalf("nobody said %q:\n%s", begin, strings.Join(seen, "\n"))
	}
}
