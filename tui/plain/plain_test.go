package plain

import (
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

var update = flag.Bool("update", false, "rewrite the conversations in testdata")

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestTalks compares whole talks with those that were kept. The lines behind
// "> " are what was typed.
func TestTalks(t *testing.T) {
	files, err := filepath.Glob("testdata/*.talk")
	if err != nil || len(files) == 0 {
		t.Fatal("no talks: ", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".talk"), "-")
			var script []string
			for line := range strings.Lines(string(data)) {
				if typed, ok := strings.CutPrefix(line, ">"); ok {
					script = append(script, strings.TrimSuffix(strings.TrimPrefix(typed, " "), "\n"))
				}
			}
			got, _ := says(t, letter(t, strings.ReplaceAll(name, "_", "-")), script...)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(data) {
				t.Errorf("the talk changed; run go test ./plain -update and look at it\n--- now\n%s\n--- kept\n%s", got, data)
			}
		})
	}
}

func TestSaveAndPlayBack(t *testing.T) {
	o := letter(t, "default")
	if err := os.WriteFile(filepath.Join(o.Dir, "there.smtp"), []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, result := says(t, o, "/save a.smtp", "/step", "/save there.smtp", "/save a.smtp", "/note why is this slow?", "/step", "/save b.smtp", "/save")
	has(t, out, "error: nothing has happened yet", "saved as DIR/a.smtp", "== why is this slow?", "error: record: create DIR/there.smtp: file already exists", "error: /save: it is being recorded already: DIR/a.smtp", "error: /save: the name")
	if len(result.Saved) != 1 || result.Wrong != 4 {
		t.Errorf("%q saved, %d wrong", result.Saved, result.Wrong)
	}
	out, _ = says(t, o, "/open a.smtp", "/step", "/step", "/state", "NOOP", "/goto 3", "/goto 300", "/run", "?", "/close", "/close", "/open nowhere.smtp")
	has(t, out, "playing back DIR/a.smtp", "1. == connected", "2. S: 220 practice.example", "phase: greeted", "error: a file is played back", "3. == why is this slow?",
		`error: "300" is no row`, "the file ends here", "250: ", "back at the session", "error: no file is played back", "error: open DIR/nowhere.smtp")
}

func TestSecretsAreNotSaid(t *testing.T) {
	o := letter(t, "default")
	o.Session.Dial = script("220 x\r\n", "250-x\r\n250 AUTH PLAIN LOGIN\r\n", "535 no\r\n", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n")
	out, _ := says(t, o, "/step", "/step", "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", "/raw AUTH LOGIN", "YWxpY2U=", "/explain", "d29uZGVybGFuZA==", "/log")
	has(t, out, "C: AUTH PLAIN ********", "> AUTH PLAIN ********", "a secret would go out in the clear", "   decoded: Password:", "334: ", "S: 235 ok")
	hasNot(t, out, "AGFsaWNl", "d29uZGVy")
}

func TestNothingFromTheWireMovesTheCursor(t *testing.T) {
	o := letter(t, "default")
	o.Session.Dial = script("220 \x1b[2Jx\x9b1m\r\n", "250-a\r\n250 \x1b]0;t\x07\r\n", "500 \x1b[31m\r\n")
	out, _ := says(t, o, "/step", "/step", "/offers", "/state", "/log", "?", "bell \a and \x1b[31m red")
	for _, c := range out {
		if c < ' ' && c != '\n' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			t.Fatalf("%q in the output:\n%q", c, out)
		}
	}
}

func TestWaitAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Session.Dial = script("220 x\r\n", "250 late\r\n", "", "…")
		p := sit(t, o)
		p.see("next: connect", "> ")
		p.say("/step").say("/step").see("S: 250 late", "next: MAIL")
		p.say("NOOP").see("C: NOOP")
		time.Sleep(slow)
		synctest.Wait()
		p.see("waiting for the reply to NOOP: at most 5m0s in all (RFC 5321, 4.5.3.2)")
		p.say("/step").see("error: a reply is awaited")
		time.Sleep(often)
		synctest.Wait()
		p.see("waiting for the reply to NOOP")
		p.say("/stop").see("stopped waiting")
		p.say("RSET").see("PIPELINING was not offered").say("RSET").see("C: RSET").say("/raw VRFY bob").see("C: VRFY bob")
		p.say("/stop").say("/quit")
		<-p.left
	})
}

// losesPatience is a server that greets, and hangs up after a minute with these
// words.
func losesPatience(words string) func(context.Context, session.Target, string) (net.Conn, error) {
	return func(context.Context, session.Target, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			_, _ = server.Write([]byte("220 x\r\n"))
			time.Sleep(time.Minute)
			_, _ = server.Write([]byte("421 " + words + "\r\n"))
			server.Close()
		}()
		return client, nil
	}
}

// TestWhatComesUnasked is heard, begins a line of its own, and so does the shell
// behind it.
func TestWhatComesUnasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Session.Dial = losesPatience("late")
		p := sit(t, o)
		p.say("/step").see("> ")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		p.see("\nS: 421 late\n", "closed by the server", "\n> ")
		p.types.Close()
		<-p.left
		if text := p.out.read(); text != "\n" {
			t.Errorf("at the end: %q", text)
		}
	})
}

func TestHalfClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, letter(t, "default"))
		p.say("/halfclose").see("error: the channel is not open")
		p.say("/step").say("/halfclose").see("== half-closed: the client sends nothing more")
		p.say("/quit")
		<-p.left
	})
}

func TestLeavingAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupt := make(chan struct{})
		o := letter(t, "default")
		o.Interrupt = interrupt
		p := sit(t, o)
		p.say("/step").say("/step").say("/step").see("state: sender given")
		p.say("/quit").see("once more leaves it").say("/state").say("/q").see("once more leaves it")
		interrupt <- struct{}{}
		<-p.left
		p.see("closed by the client")
	})
}

func TestAnEmptyLineIsContentWhereContentIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := sit(t, letter(t, "default"))
		p.say("/step").say("").see("nothing was sent")
		p.say("/step").say("/step").say("/step").say("DATA").see("S: 354")
		p.say("Subject: x").say("").say("?").say("//etc").see("C: Subject: x\n", "C: \n", "C: ?\n", "C: /etc\n")
		p.say(".").see("responsible: server")
		p.say("/quit")
		<-p.left
	})
}

func TestEveryCommandHasANameOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for _, c := range commands() {
		for _, n := range c.names {
			if seen[n] != "" {
				t.Errorf("/%s is %s and %s", n, seen[n], c.names[0])
			}
			seen[n] = c.names[0]
		}
	}
	if _, err := find("he"); err != nil {
		t.Error(err)
	}
	if _, err := find("st"); err == nil || !strings.Contains(err.Error(), "/step or /stop or /state") {
		t.Error(err)
	}
}

func TestLongLinesAreBounded(t *testing.T) {
	out, result := says(t, letter(t, "default"), "/step", strings.Repeat("x", maxTyped+1), "NOOP")
	has(t, out, "error: the line has more than", "C: NOOP")
	if result.Wrong != 1 {
		t.Errorf("%d wrong", result.Wrong)
	}
}

// FuzzHear: whatever is typed, nothing panics and nothing moves the cursor.
func FuzzHear(f *testing.F) {
	f.Add("/step\n/step\nfoo\n/bytes \\x00\n/edit\n/set to a,b\n/state 1\n?\n")
	f.Add("/open x\n/export swaks\n/log 2\n\n//x\n/goto 1\n/set subject \x1b\n")
	f.Fuzz(func(t *testing.T, input string) {
		if len(input) > 1<<12 || strings.Contains(input, "/open") || strings.Contains(input, "/save") || strings.Contains(input, "/set") {
			return // files are not for a fuzzer
		}
		o := letter(t, "default")
		o.Session.Timeout = 20 * time.Millisecond // half a line is never answered
		out, _ := says(t, o, strings.Split(input, "\n")...)
		for _, c := range out {
			if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
				t.Fatalf("%q in the output", c)
			}
		}
	})
}

// TestNoChannel: what is said to do gives a channel, before a session and
// behind its end.
func TestNoChannel(t *testing.T) {
	out, _ := says(t, letter(t, "default"), "NOOP", "/run", "NOOP", "/quit")
	for _, want := range []string{"there is no channel to send it on: /step connects", "there is no channel to send it on: /reconnect begins anew"} {
		if strings.Count(out, want) != 1 {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestWhyARunTurnsToItsEnd is said, since nobody has read what came next.
func TestWhyARunTurnsToItsEnd(t *testing.T) {
	o := letter(t, "tls-stripped")
	o.Mail.TLS = session.TLSRequire
	out, _ := says(t, o, "/run")
	has(t, out, "the plan turns to its end: ", "C: QUIT")
}

// TestHelp is short, and leads to everything.
func TestHelp(t *testing.T) {
	out, result := says(t, letter(t, "default"), "/help")
	if n := strings.Count(out, "\n"); n > 20 {
		t.Errorf("%d lines:\n%s", n, out)
	}
	for _, c := range commands() {
		has(t, out, " /"+c.names[0])
	}
	out, _ = says(t, letter(t, "default"), "/help all", "/help plan", "/help /step", "/help frobnicate")
	for _, c := range commands() {
		has(t, out, c.usage(), c.does)
	}
	if strings.Count(out, "do what comes next") != 3 || result.Wrong != 0 {
		t.Error(out)
	}
	has(t, out, "there is no command /frobnicate")
}

// TestComplete: by what was offered, behind what is held.
func TestComplete(t *testing.T) {
	out, _ := says(t, letter(t, "default"), "/complete", "/step", "/step", "/complete", "/complete AU", "/complete AUTH SC", "/hold MAIL FROM:<a@example.org>", "/complete RCPT TO:<b")
	has(t, out, "nothing is known to go on with", "> /complete\nMAIL FROM:<\n", "\nAUTH \n", "\nAUTH SCRAM-SHA-256", "\nRCPT TO:<bob@example.com>")
}

// TestExplainHalfAReply: what was said before it is not what happened last.
func TestExplainHalfAReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Session.Dial = script("220 x\r\n", "250-x\r\n250-SI", "…")
		p := sit(t, o)
		p.say("/step").say("/step").see("250-SI (no line end)")
		p.say("?").see("S: 250-SI (no line end)\nthis reply has not come to its end\n")
		p.types.Close()
		<-p.left
	})
}
