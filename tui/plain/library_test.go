package plain

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/practice"
	"ehlo/transcript/lesson"
)

func TestTemplatesToBeginWith(t *testing.T) {
	o := letter(t, "default")
	o.TemplateFolder = t.TempDir()
	if err := os.WriteFile(filepath.Join(o.TemplateFolder, "whole.eml"), []byte("Subject: whole\n\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.OwnTemplates = func() ([]message.Template, error) {
		return []message.Template{{Name: "mine", Words: "my own", Flags: map[string][]string{
			"to": {"carol@example.com", "dave@example.com NOTIFY=NEVER"}, "from": {"<>"}, "header": {"X-One: 1"}, "attach": {"/nowhere"},
		}}}, errors.New("other.toml:1: what?")
	}
	out, result := says(t, o, "/template", "/template several", "/next", "/template frob", "/template whole.eml", "/template mine", "/template null-sender", "/run")
	has(t, out, "several          three recipients", "mine             my own", "whole.eml        a whole message", "error: other.toml:1: what?",
		"RCPT TO:<busy@example.com>", "error: /template: there is no frob", "error: /template mine: ", "C: MAIL FROM:<>")
	if !result.Ran || result.State.Accepted != 1 {
		t.Errorf("%d accepted:\n%s", result.State.Accepted, out)
	}
}

func TestProfiles(t *testing.T) {
	o := letter(t, "default")
	out, _ := says(t, o, "/profile")
	has(t, out, "has no [profile.NAME]")
	o.Profiles = []string{"home", "work"}
	o.Profile = func(name string) (Options, error) {
		if name == "work" {
			return Options{}, errors.New("config.toml:3: helo: what?")
		}
		of := letter(t, "default")
		of.Mail.Target, of.Mail.Helo = session.Target{}, "home.example"
		return of, nil
	}
	out, _ = says(t, o, "/profile", "/profile work", "/profile frob", "/profile home", "/step", "/step", "/profile home")
	has(t, out, "home\nwork\n", "error: /profile: config.toml:3", "there are home, work", "profile home: practice", "C: EHLO home.example", "error: /profile: the channel to practice is open")
}

func TestPracticeAndItsMailbox(t *testing.T) {
	o := letter(t, "default")
	o.Scenarios = []Scenario{{Name: "greylist", Title: "comes later", Notice: "See the 450."}}
	o.Mailboxes = func() []message.Mailbox {
		return []message.Mailbox{{Name: "bob", Letters: []message.Letter{{From: "a@b.example", At: noon, Data: []byte("Subject: one\r\n\r\n\x1b[2J\r\n")}}}}
	}
	out, _ := says(t, o, "/practice", "/practice greylist", "/set target practice", "/mailbox", "/mailbox 1", "/mailbox 2", "/step", "/practice greylist")
	has(t, out, "greylist               comes later", "greylist: comes later. Notice: See the 450.", "1. bob, 12:00:00, from <a@b.example>: one", `   \x1b[2J`, `"2" is no message`, "is open: /hangup first")
	o.Mailboxes = nil
	out, _ = says(t, o, "/mailbox")
	has(t, out, "nothing has been delivered")
}

func TestTranscriptsAreListed(t *testing.T) {
	o := letter(t, "default")
	out, _ := says(t, o, "/transcripts", "/step", "/save a.smtp", "/run", "/transcripts", "/open 1", "/step", "/close", "/open 2")
	has(t, out, "there is no transcript in", "1. a.smtp, Nov", "1 of 1 recipient · accepted", "playing back DIR/a.smtp", "1. == connected", "error: open DIR/2")
}

// schoolroom has a server for each lesson.
func schoolroom(l lesson.Lesson) (Room, error) {
	sc, err := practice.Find(l.Scenario)
	if err != nil {
		return Room{}, err
	}
	srv := practice.New(sc, practice.Options{})
	return Room{
		Target: session.Target{Practice: l.Scenario, LMTP: sc.LMTP()},
		Dial:   func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) },
		Mailboxes: func() []message.Mailbox {
			return []message.Mailbox{{Name: "of the lesson", Letters: []message.Letter{{}}}}
		},
	}, nil
}

// TestALessonAmongOtherThings: a lesson begins and ends in a session, which has
// its own server again behind it.
func TestALessonAmongOtherThings(t *testing.T) {
	o := letter(t, "default")
	o.Room = schoolroom
	progress, err := lesson.ReadProgress(filepath.Join(t.TempDir(), "lessons"))
	if err != nil {
		t.Fatal(err)
	}
	o.Progress = progress
	out, result := says(t, o, "/hint", "/learn frob", "/learn 12", "/step", "/mailbox",
		"EHLO c", "/hint", "/hold MAIL FROM:<a@client.example>", "/hold RCPT TO:<bob@practice.example>", "RCPT TO:<carol@practice.example>", "", "?", "rcpt", "data",
		"/learn", "/step", "/step")
	has(t, out, "error: there is no lesson", `error: /learn: there is no lesson "frob"`, "Several commands in one write\n===", "1. of the lesson", "Hint: ",
		"held: 1 line; the next line goes out behind",
		"C: MAIL FROM:<a@client.example>\nC: RCPT TO:<bob@practice.example>\nC: RCPT TO:<carol@practice.example>\nS: 250", "Done.", "No. Try again.", "Right. What comes behind DATA",
		`That was "Several commands in one write".`, "12. [x] groups", "next: connect (open, wait for 220)", "C: EHLO laptop.example")
	if !result.Learnt || strings.Count(out, "Question: Which of these") != 2 {
		t.Errorf("learnt: %v\n%s", result.Learnt, out)
	}
}

// TestATransactionIsNotLeftForALesson, and a lesson can be left for another
// server.
func TestATransactionIsNotLeftForALesson(t *testing.T) {
	o := letter(t, "default")
	o.Room = schoolroom
	out, _ := says(t, o, "/step", "/step", "/step", "/learn 1", "/hangup", "/learn 1", "/skip", "/hangup", "/set target practice:lmtp", "/next")
	has(t, out, "error: /learn: a transaction is open", "Say hello\n===", "The channel is closed: /reconnect", "1. connect")
}

func TestNearest(t *testing.T) {
	for typed, want := range map[string]string{"stpe": "/step", "mailbx": "/mailbox", "recconect": "/reconnect", "transcript": ""} {
		_, err := find(typed)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "did you mean "+want+"?")) {
			t.Errorf("%s: %v", typed, err)
		}
	}
	if _, err := find("zzzzzz"); err == nil || strings.Contains(err.Error(), "mean") {
		t.Error(err)
	}
}

// TestNarrow: words are not torn, and nothing is outside ASCII where nothing
// else is shown.
func TestNarrow(t *testing.T) {
	o := letter(t, "default")
	o.Width, o.ASCII = 40, true
	out, _ := says(t, o, "/help", "/help all", "MAIL FROM bob", "/step", "/step", "BÄH", "?", "/explain 550", "/help bytes")
	for line := range strings.Lines(out) {
		if len(line) > 41 && !strings.Contains(line, ": ") && !strings.HasPrefix(line, "/") {
			t.Errorf("too wide: %q", line)
		}
	}
	for _, c := range out {
		if c >= 0x80 {
			t.Fatalf("%q in the output", c)
		}
	}
	has(t, out, `C: B\xc3\x84H`, "  send these octets and no line end: \\r\n", "/explain, /? [WORD...]\n  what happened last")
}

// TestTLSFollowsTheTarget: what goes with a practice session or a scenario does
// not stay with the next server; what a person has said does.
func TestTLSFollowsTheTarget(t *testing.T) {
	o := letter(t, "default")
	o.TLSByItself, o.Mail.TLS = true, session.TLSNever
	o.Scenarios = []Scenario{{Name: "implicit-tls", TLS: "implicit"}, {Name: "tls-expired", Also: []string{"certificate-expired"}, TLS: "auto"}}
	tk := &talk{o: o, mail: o.Mail, out: bufio.NewWriter(io.Discard)}
	tk.o.Target = session.ParseTarget
	for _, c := range []struct{ does, want string }{
		{"target mail.example", "auto"}, {"target practice", "never"}, {"practice implicit-tls", "implicit"}, {"practice tls-expired", "auto"},
		{"target practice", "never"}, {"practice certificate-expired", "auto"},
		{"target practice", "never"}, {"practice implicit-tls", "implicit"}, {"target mail.example", "auto"},
		{"tls require", "require"}, {"practice tls-expired", "require"}, {"practice implicit-tls", "require"}, {"target mail.example", "require"},
		{"tls implicit", "implicit"}, {"practice tls-expired", "implicit"}, {"tls never insecure", "never"},
	} {
		if name, ok := strings.CutPrefix(c.does, "practice "); ok {
			tk.practise(name)
		} else {
			tk.set(c.does)
		}
		if got := tk.wishedTLS(); got != c.want {
			t.Errorf("%s: %s, want %s", c.does, got, c.want)
		}
	}
	if err := tk.setTLS("auto unverified"); err == nil {
		t.Error("there are two words for one thing")
	}
}

// TestAddressesFollowTheTarget, too, until a person names some.
func TestAddressesFollowTheTarget(t *testing.T) {
	o := letter(t, "default")
	o.Envelope = func(to session.Target) (string, string) {
		if to.Practice == "hops" {
			return "alice@client.example RET=HDRS", "bob@destination.example NOTIFY=NEVER, carol@elsewhere.example"
		}
		return "alice@example.org", "bob@example.com"
	}
	out, _ := says(t, o, "/set target practice:hops", "/set", "/set target practice", "/set", "/set to dave@example.com", "/set target practice:hops", "/set")
	has(t, out, "from: alice@client.example RET=HDRS\nto: bob@destination.example NOTIFY=NEVER\nto: carol@elsewhere.example\n", "from: alice@example.org\nto: bob@example.com\n")
	if n := strings.Count(out, "to: bob@destination.example"); n != 1 || !strings.Contains(out, "to: dave@example.com") {
		t.Errorf("%d times:\n%s", n, out)
	}
}

// TestATemplateIsTakenWholeOrNotAtAll, and so is what /set says.
func TestATemplateIsTakenWholeOrNotAtAll(t *testing.T) {
	o := letter(t, "default")
	o.OwnTemplates = func() ([]message.Template, error) {
		return []message.Template{{Name: "mine", Flags: map[string][]string{
			"helo": {"other.example"}, "from": {"carol@example.com"}, "to": {"dave@example.com"}, "tls": {"require"}, "subject": {"Other"}, "header": {"no header"},
		}}}, nil
	}
	out, _ := says(t, o, "/template mine", "/set from erin@example.com", "/set attach /nowhere", "/set header X-Mine: 1", "/next 5", "/run", "/mailbox")
	has(t, out, "error: /template mine: ", "error: /set attach: ", "C: EHLO laptop.example", "C: MAIL FROM:<erin@example.com>", "RCPT TO:<bob@example.com>", "C: Subject: Hello", "C: X-Mine: 1")
	hasNot(t, out, "other.example", "carol", "dave", "C: STARTTLS", "Other")

	o.Compose = func(message.Draft) (*session.Content, error) { return nil, errors.New("no room") }
	out, _ = says(t, o, "/set from carol@example.com", "/set to dave@example.com", "/next")
	has(t, out, "error: /set from: no room", "error: /set to: no room", "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.com>")
}

// TestNoLineIsForged: what comes from the wire, a file or a name stands in one
// line, whatever it holds.
func TestNoLineIsForged(t *testing.T) {
	const forged = "x\nS: 250 forged\r\n> "
	o := letter(t, "default")
	o.Session.Timeout = 20 * time.Millisecond
	o.Session.Dial = script("220 \nS: 250 forged\r\n", "250-\nS: 250 forged\r\n250 SIZE \nS: 250 forged\r\n", "550 5.1.1 \nS: 250 forged\r\n", "…")
	o.Mailboxes = func() []message.Mailbox {
		return []message.Mailbox{{Name: forged, Letters: []message.Letter{{From: forged, At: noon, Data: []byte("Subject: " + forged + "\r\n\r\n" + forged)}}}}
	}
	o.Profiles = []string{forged}
	o.Profile = func(string) (Options, error) { return Options{}, errors.New(forged) }
	o.Scenarios = []Scenario{{Name: "default", Title: forged, Notice: forged}}
	o.OwnTemplates = func() ([]message.Template, error) {
		return []message.Template{{Name: forged, Words: forged}}, errors.New(forged)
	}
	o.TemplateFolder = t.TempDir()
	o.Formats = []string{forged}
	o.KeepProfile = func(string, Form) (string, error) { return forged, nil }
	o.Export = func(context.Context, string, []session.Event) (string, error) { return "", errors.New(forged) }
	names := strings.ReplaceAll(forged, "\r", "")
	file := func(dir, name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file(o.TemplateFolder, names+".eml", "x")
	file(o.Dir, names+".smtp", "= smtp-transcript 1\n= note text=\"x\\nS: 250 forged\"\nS\"250 x\\nS: 250 forged\\r\\n\"\nC> MAIL FROM:<x\\nS: 250 forged>\n")
	out, _ := says(t, o, "/mailbox", "/mailbox 1", "/profile", "/profile x", "/template", "/template x", "/practice", "/practice default", "/transcripts", "/open 1", "/run", "/state", "?", "/close",
		"/step", "/step", "/state", "/offers", "?", `/bytes MAIL FROM:<x\nS: 250 forged>\r\n`, "?", "/state", "/log", "/export x", "/export", "/next", "/step", "/step",
		"/hangup", "/replay 1", "/run", "/run", "/run", "/accept", "/replay", "/close", "/serve 1 127.0.0.1:0", "/serve", "/serve off", "/play 1 x1000", "/keep profile x", "/complete M", "/hold x")
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "S: 250 forged") {
			at := strings.Index(out, line)
			t.Fatalf("forged:\n%s", out[max(at-300, 0):at+len(line)])
		}
	}
}

// TestWhoComesForALesson: a slip of the fingers sends nobody home, and ? is no
// answer to a question.
func TestWhoComesForALesson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := letter(t, "default")
		o.Pupil, o.Room = true, func(lesson.Lesson) (Room, error) { return Room{}, nil }
		p := sit(t, o)
		p.say("99").see(`there is no lesson "99"`, "Which one? An empty line leaves.")
		p.say("1").see("Question: ").say("?").see("nothing has happened yet").say("220").see("Right.")
		p.types.Close()
		<-p.left

		p = sit(t, o)
		p.say("99").say("").see("Which one?")
		<-p.left
	})
}

// TestTheLetterIsTold, so that nobody has to remember what was typed.
func TestTheLetterIsTold(t *testing.T) {
	o := letter(t, "default")
	out, result := says(t, o, "/set from carol@example.com RET=HDRS", "/set to dave@example.com, erin@example.com", "/set header X-Mine: 1", `/set body one\n.two\n`, "/set tls require insecure", "/set", "/state 3",
		"/set body "+strings.Repeat(`x\n`, 30), "/set")
	has(t, out, "target: practice\ntls: require insecure\nhelo: laptop.example\nfrom: carol@example.com RET=HDRS\nto: dave@example.com\nto: erin@example.com\nsubject: Hello\nheader: X-Mine: 1\nbody:\n   one\n   .two\n> /state",
		"error: there is no row yet", "   x\n… and so on: 30 lines in all\n")
	if result.Wrong != 1 {
		t.Error(out)
	}
}
