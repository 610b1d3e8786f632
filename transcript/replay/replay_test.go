package replay

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript/script"
	"ehlo/transcript/serve"
)

var conversations = []string{
	"rfc5321-d1", "rfc5321-d2", "rfc5321-d3a", "rfc5321-d3b", "rfc5321-d4", "submission", "bdat",
	"postfix", "exim", // recorded
}

var secrets = map[string]string{"secret.1": "AGFsaWNlAHdvbmRlcmxhbmQ="}

func TestServeAndReplayAgree(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			tr := readFile(t, name)
			for _, match := range []serve.Match{serve.MatchVerb, serve.MatchText, serve.MatchOctets} {
				rep, problems := against(t, serve.New(tr, serve.Options{Variables: secrets, Match: match}), tr, Options{Variables: secrets})
				if !rep.Same || len(problems) > 0 {
					t.Errorf("%s: problems %q\n%s", match, problems, text(t, rep))
				}
			}
		})
	}
}

// TestOneDigit changes one digit of one reply, in every reply of every
// conversation in turn, and wants it found at the line where it stands.
func TestOneDigit(t *testing.T) {
	for _, name := range conversations {
		original, err := os.ReadFile(filepath.Join("../testdata", name+".smtp"))
		if err != nil {
			t.Fatal(err)
		}
		played := readFile(t, name)
		for _, a := range script.New(played).Conns[0].Answer {
			lines := strings.SplitAfter(string(original), "\n")
			for i := a.Line - 1; i < len(lines) && strings.HasPrefix(lines[i], "S"); i++ {
				if len(lines[i]) > 6 && strings.Contains("2345", lines[i][3:4]) && lines[i][1] == ':' {
					lines[i] = lines[i][:5] + "9" + lines[i][6:]
				}
				if len(lines[i]) < 7 || lines[i][6] != '-' {
					break
				}
			}
			changed := strings.Join(lines, "")
			if changed == string(original) {
				continue // the reply is not written in literal lines
			}
			served := parse(t, changed)
			rep, _ := between(t, served, played, Options{Variables: secrets})
			if rep.Same {
				t.Errorf("%s: a change in line %d was not noticed", name, a.Line)
				continue
			}
			for _, s := range rep.Steps {
				if !s.Same() {
					if s.Reply != a.Line {
						t.Errorf("%s: the change is in line %d, found in line %d\n%s", name, a.Line, s.Reply, text(t, rep))
					}
					break
				}
			}
		}
	}
}

func TestReplayStopsAtAnotherClass(t *testing.T) {
	played := readFile(t, "rfc5321-d1")
	served := parse(t, `S: 220 foo.com ready
C: EHLO bar.com
S: 250-foo.com greets bar.com
S: 250-8BITMIME
S: 250-SIZE
S: 250-DSN
S: 250 HELP
C: MAIL FROM:<Smith@bar.com>
S: 451 not now
C: QUIT
S: 221 bye
`)
	rep, problems := between(t, served, played, Options{})
	if rep.Same || len(problems) > 0 {
		t.Fatalf("same %v, problems %q", rep.Same, problems)
	}
	got := text(t, rep)
	for _, line := range []string{"line 10: code differs: 250 → 451", "11 !  not played from here on: a reply differs", "- 250 OK", "+ 451 not now"} {
		if !strings.Contains(got, line) {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
}

// TestNoContentWithout354: a hostile server, and an option that says to go on.
func TestNoContentWithout354(t *testing.T) {
	for _, reply := range []string{"250 ok, send it", "554 no", "334 what?"} {
		original, _ := os.ReadFile("../testdata/rfc5321-d1.smtp")
		served := parse(t, strings.Replace(string(original), "354 Start mail input; end with <CRLF>.<CRLF>", reply, 1))
		rep, _ := between(t, served, readFile(t, "rfc5321-d1"), Options{Continue: true})
		if rep.Same {
			t.Errorf("%s: same", reply)
		}
		for _, e := range rep.Events {
			if e.Kind == session.Sent && bytes.Contains(e.Data, []byte("Blah")) {
				t.Errorf("%s: content was sent:\n%s", reply, text(t, rep))
			}
		}
	}
}

func TestContentSentEarlyWaits(t *testing.T) {
	played := parse(t, "S: 220 a\nC: MAIL FROM:<>\nC: RCPT TO:<a@b.c>\nC: DATA\nC: Subject: x\nC: .\nS: 250 ok\nS: 250 ok\nS: 554 no\n")
	served := parse(t, "S: 220 a\nC: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b.c>\nS: 250 ok\nC: DATA\nS: 554 no\n")
	rep, _ := between(t, served, played, Options{Continue: true})
	for _, e := range rep.Events {
		if e.Kind == session.Sent && bytes.Contains(e.Data, []byte("Subject")) {
			t.Errorf("content was sent:\n%s", text(t, rep))
		}
	}
}

func TestNoPlainTextAfterTLS(t *testing.T) {
	const recording = `= smtp-transcript 1
= recorded by=test
= connect host=a addr=a:25 from=b:1 tls=none
S: 220 a
C: EHLO b
S: 250-a
S: 250 STARTTLS
C: STARTTLS
S: 220 go
= tls started version=TLSv1.3
C: EHLO b
S: 250 a
C: MAIL FROM:<secret@example.com>
S: 250 ok
`
	for _, reply := range []string{"454 no", "250 ok", "334 go"} {
		served := parse(t, strings.Replace(recording, "S: 220 go", "S: "+reply, 1))
		rep, _ := between(t, served, parse(t, recording), Options{Continue: true})
		if rep.Same {
			t.Errorf("%s: same", reply)
		}
		for _, e := range rep.Events {
			if e.Kind == session.Sent && bytes.Contains(e.Data, []byte("secret")) {
				t.Errorf("%s: went out in the clear:\n%s", reply, text(t, rep))
			}
		}
	}
}

// TestSentInItsPlace: a report says what went out where that is something else.
func TestSentInItsPlace(t *testing.T) {
	tr := parse(t, "S: 220 a\nC: EHLO a\nS: 250 b\nC: MAIL FROM:<>\nS: 250 c\nC: RCPT TO:<x@y.example>\nS: 250 d\nC: QUIT\nS: 221 bye\n")
	rep, _ := between(t, tr, tr, Options{Rewrite: Rewrite{Rcpt: []Mapping{{"*", "bob@test.example"}}}})
	if got := text(t, rep); !rep.Same || !strings.Contains(got, "RCPT TO:<x@y.example> → RCPT TO:<bob@test.example>") || strings.Contains(got, "QUIT →") {
		t.Error(got)
	}
}

func TestMissingSecret(t *testing.T) {
	_, err := Run(t.Context(), readFile(t, "submission"), Options{})
	if err == nil || !strings.Contains(err.Error(), "submission.smtp:19: no value is known for ${secret.1}") {
		t.Error(err)
	}
}

func TestServeMismatch(t *testing.T) {
	served := readFile(t, "rfc5321-d2")
	played := parse(t, "S: 220 a\nC: EHLO a\nS: 250 a\nC: RCPT TO:<a@b.c>\nS: 250 ok\n")
	rep, problems := between(t, served, played, Options{})
	if len(problems) == 0 || problems[0] != "transcript line 9 expects MAIL: got RCPT TO:<a@b.c>" {
		t.Errorf("%q", problems)
	}
	if !strings.Contains(text(t, rep), "503 5.5.1 ehlo-serve: transcript line 9 expects MAIL") {
		t.Error(text(t, rep))
	}
}

// TestEarlyTalker: what went out before the greeting goes out before it again.
func TestEarlyTalker(t *testing.T) {
	tr := parse(t, "= smtp-transcript 1\n@ connect x\nC: EHLO a\nS: 220 b\nS: 250 b\nC: QUIT\nS: 221 bye\n")
	early := 0
	srv := func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			buf := make([]byte, 100)
			early, _ = server.Read(buf)
			server.Write([]byte("220 b\r\n250 b\r\n"))
			server.Read(buf)
			server.Write([]byte("221 bye\r\n"))
		}()
		return client, nil
	}
	rep, err := Run(t.Context(), tr, Options{Session: session.Options{Target: session.Target{Practice: "early"}, Dial: srv, Timeout: time.Minute}})
	if err != nil || !rep.Same || early != len("EHLO a\r\n") {
		t.Fatalf("%v, %d\n%s", err, early, text(t, rep))
	}
}

// TestPlayer drives a session with the stepper made from each conversation.
func TestPlayer(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			tr := readFile(t, name)
			srv := serve.New(tr, serve.Options{})
			defer srv.Close()
			target := session.Target{Practice: "transcript"}
			s := session.New(session.Options{Target: target, Dial: pipe(srv), Timeout: time.Minute})
			defer s.Close()
			p, err := NewPlayer(tr, Options{Session: session.Options{Target: target}, Variables: secrets})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; ; i++ {
				st, ok := p.Next(s.State())
				if !ok {
					break
				}
				if err := s.Do(t.Context(), st); err != nil || i > 50 {
					t.Fatalf("%s: %v", st, err)
				}
			}
			got, want := s.State(), tr.State(len(tr.Events()))
			if got.Responsible != want.Responsible || got.Accepted != want.Accepted || got.Last.Code != want.Last.Code {
				t.Errorf("responsible %s, accepted %d, last %s", got.Responsible, got.Accepted, got.Last)
			}
			if problems := srv.Problems(); len(problems) > 0 {
				t.Errorf("%q", problems)
			}
		})
	}
}

// TestSessionsInTurn: the n-th connection gets the n-th session, and what was
// never asked for is a problem.
func TestSessionsInTurn(t *testing.T) {
	const file = "= smtp-transcript 1\n@ connect a\nS: 220 one\nC: QUIT\nS: 221 bye\n= session 2\n@ connect a\nS: 220 two\n"
	tr := parse(t, file)
	rep, problems := between(t, tr, tr, Options{})
	if !rep.Same || len(problems) > 0 || len(rep.Steps) != 3 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	once := parse(t, "S: 220 one\nC: QUIT\nS: 221 bye\n")
	rep, problems = between(t, tr, once, Options{})
	if !rep.Same || len(problems) != 1 || problems[0] != "line 7: this session was never played" {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	rep, problems = between(t, once, tr, Options{})
	if rep.Same || len(problems) != 1 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
}

// TestUnplayed: a client that leaves early is told of.
func TestUnplayed(t *testing.T) {
	served := parse(t, "S: 220 one\nC: EHLO a\nS: 250 a\nC: QUIT\nS: 221 bye\n")
	played := parse(t, "S: 220 one\nC: EHLO a\nS: 250 a\n= closed by=client how=fin\n")
	rep, problems := between(t, served, played, Options{})
	if !rep.Same || len(problems) != 1 || problems[0] != "line 4: the client left without QUIT" {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	silent := func(context.Context, session.Target, string) (net.Conn, error) {
		client, _ := net.Pipe()
		cancel()
		return client, nil
	}
	o := Options{Session: session.Options{Target: session.Target{Practice: "silent"}, Dial: silent}}
	if _, err := Run(ctx, readFile(t, "rfc5321-d1"), o); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCannotConnect(t *testing.T) {
	refused := func(context.Context, session.Target, string) (net.Conn, error) { return nil, errors.New("refused") }
	o := Options{Session: session.Options{Target: session.Target{Practice: "none"}, Dial: refused}}
	rep, err := Run(t.Context(), readFile(t, "rfc5321-d1"), o)
	if err == nil || len(rep.Events) != 1 || rep.Events[0].Fault != session.FaultConnect {
		t.Error(err, rep)
	}
}

// TestPreambleIsNotSaid: whoever replays a transcript opens a channel of his
// own, with the preamble that belongs to it.
func TestPreambleIsNotSaid(t *testing.T) {
	tr := parse(t, `= smtp-transcript 1
= connect host=192.0.2.1 addr=192.0.2.1:25 from=192.0.2.9:1234 tls=none preamble=40
C: PROXY TCP4 192.0.2.9 192.0.2.1 1234 25
S: 220 mail.test.example
C: QUIT
S: 221 bye
`)
	rep, problems := between(t, tr, tr, Options{})
	if sent := sentBy(rep); !rep.Same || len(problems) > 0 || len(sent) != 1 || sent[0] != "QUIT" {
		t.Errorf("%q, %v\n%s", sent, problems, text(t, rep))
	}
}

// TestUnderTLSAgain serves a recorded session with STARTTLS and runs it again.
func TestUnderTLSAgain(t *testing.T) {
	tr := readFile(t, "handshake")
	srv := serve.New(tr, serve.Options{Loop: true})
	defer srv.Close()
	roots, err := srv.Roots()
	if err != nil {
		t.Fatal(err)
	}
	o := session.Options{
		Target: session.Target{Practice: "mx"}, Dial: pipe(srv), Timeout: time.Minute,
		TLS: session.TLS{Roots: roots, ServerName: "mx.example"},
	}
	rep, err := Run(t.Context(), tr, Options{Session: o})
	if err != nil || !rep.Same {
		t.Fatalf("%v\n%s", err, text(t, rep))
	}
	o.TLS.ServerName = "other.example"
	rep, err = Run(t.Context(), tr, Options{Session: o, Insecure: true})
	if err != nil || rep.Same || !strings.Contains(text(t, rep), "certificate, name: ok → bad") {
		t.Errorf("%v\n%s", err, text(t, rep))
	}
	if problems := srv.Problems(); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
	// A server that cannot prove its name, and could then, hears no more.
	rep, err = Run(t.Context(), tr, Options{Session: o, Continue: true})
	if sent := sentBy(rep); err != nil || !rep.Doubted || rep.Left == 0 || sent[len(sent)-1] != "STARTTLS" {
		t.Errorf("%v, %q\n%s", err, sent, text(t, rep))
	}
}

func TestRecordingIsNotSaidToAStranger(t *testing.T) {
	p := Wary{Player: nil}
	st, ok := p.Next(session.State{Open: true, Secure: true, Phase: session.Ready, Unverified: "certificate has expired"})
	if !ok || st.Kind != session.HangUp || !strings.Contains(st.Why, "certificate has expired") {
		t.Errorf("%v, %t", st, ok)
	}
}
