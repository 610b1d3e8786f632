package replay

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/rehearsal"
)

// agree serves a transcript and replays it against itself.
func agree(t *testing.T, tr *transcript.Transcript) (string, bool) {
	t.Helper()
	o := Options{Variables: map[string]string{}, Session: session.Options{Timeout: time.Minute}}
	for i := range 9 {
		o.Variables[fmt.Sprintf("secret.%d", i+1)] = "c2VjcmV0"
	}
	rep, problems := between(t, tr, tr, o)
	return strings.Join(problems, "\n") + "\n" + text(t, rep), rep.Same && len(problems) == 0
}

// TestDialoguesOfRFCs: what RFCs print is a transcript, as it stands there,
// and agrees with itself.
func TestDialoguesOfRFCs(t *testing.T) {
	files, err := filepath.Glob("../testdata/rfc/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			tr, err := transcript.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				if got, same := agree(t, tr); !same {
					t.Error(got)
				}
			})
		})
	}
}

// dialogue makes up a conversation: pipelining, content with dots, chunks,
// logins, TLS, refusals, replies in pieces and in many lines, and servers that
// break the rules.
type madeUp struct {
	r      *rand.Rand
	b      strings.Builder
	secure bool
}

func (d *madeUp) line(format string, args ...any) { fmt.Fprintf(&d.b, format+"\n", args...) }

func (d *madeUp) one(of ...string) string { return of[d.r.IntN(len(of))] }

func (d *madeUp) often() bool { return d.r.IntN(4) > 0 }

func (d *madeUp) gap() { d.line("+ 0.%03d", d.r.IntN(50)) }

// reply says a code in one line or several, whole or in pieces.
func (d *madeUp) reply(code string) {
	if d.r.IntN(3) == 0 {
		d.line("S: %s-%s", code, d.one("first", "2.0.0 x", "", "SIZE 5"))
	}
	switch d.r.IntN(8) {
	case 0:
		d.line(`S"%s o"`, code)
		d.gap()
		d.line(`S"k\r\n"`)
	case 1:
		d.line(`S"%s bare\n"`, code)
	default:
		d.line("S: %s %s", code, d.one("ok", "2.1.0 Ok", "5.1.1 no", "queued as ABCDEF1234"))
	}
}

func (d *madeUp) good(code string) string {
	if d.often() {
		return code
	}
	return d.one("451", "550", "503", "250")
}

func (d *madeUp) say(text string) { d.gap(); d.line("C: %s", text); d.gap() }

func (d *madeUp) conversation() string {
	d.line("= smtp-transcript 1\n= recorded 2026-11-23T18:50:12Z by=test")
	for i := range 1 + d.r.IntN(2) {
		if i > 0 {
			d.line("= session %d", i+1)
		}
		d.session()
	}
	return d.b.String()
}

func (d *madeUp) session() {
	d.line("= connect host=mx.example addr=192.0.2.1:25 from=192.0.2.2:1 tls=none")
	d.gap()
	d.reply("220")
	d.secure = false
	d.hello("client.example")
	for range d.r.IntN(6) {
		d.command()
	}
	switch d.r.IntN(4) {
	case 0:
		d.line("= closed by=%s how=fin", d.one("client", "server"))
	case 1:
		d.line("= failed what=timeout text=\"no reply\"\n= closed by=client how=fin")
	default:
		d.say("QUIT")
		d.reply("221")
		d.line("= closed by=%s how=fin", d.one("client", "server"))
	}
}

func (d *madeUp) hello(name string) {
	d.say("EHLO " + name)
	d.line("S: 250-mx.example greets %s\nS: 250-%s\nS: 250 CHUNKING", name, d.one("SIZE 100", "AUTH LOGIN", "8BITMIME", "X-ODD  a=b "[:11]))
}

func (d *madeUp) command() {
	switch d.r.IntN(8) {
	case 0:
		d.say(d.one("NOOP", "RSET", "VRFY x", "what is this", "HELP", "XYZ ${a}", "noop"))
		d.reply(d.good("250"))
	case 1:
		d.mail(false)
	case 2:
		d.mail(true)
	case 3:
		d.gap()
		d.line("= auth begin mech=LOGIN user=alice\nC: AUTH LOGIN")
		d.gap()
		d.line("S: 334 VXNlcm5hbWU6")
		d.gap()
		d.line("C> ${secret.1}")
		d.gap()
		if d.often() {
			d.line("S: 334 UGFzc3dvcmQ6")
			d.gap()
			d.line("C> ${secret.2}")
			d.gap()
		}
		d.reply(d.good("235"))
		d.line("= auth end")
	case 4:
		d.gap()
		d.line("C: MAIL FROM:<>\nC: RCPT TO:<a@b.example>\nC: BDAT 6\nC: ab.c\nC: BDAT 3 LAST\nC64 AP8N")
		d.gap()
		for range 4 {
			d.reply(d.good("250"))
		}
	case 5:
		if d.secure {
			return
		}
		d.secure = true
		d.say("STARTTLS")
		d.line("S: 220 go")
		d.line("= tls started version=TLSv1.3 sni=mx.example")
		d.hello("client.example")
	case 6:
		d.say("RCPT TO:<" + d.one("x@y.example", "x", "") + ">")
		d.reply("421")
	default:
		d.hello("again.example")
	}
}

func (d *madeUp) mail(pipelined bool) {
	say := d.say
	replies := []string{}
	answer := func(code string) { d.reply(code) }
	if pipelined {
		d.gap()
		say = func(text string) { d.line("C: %s", text) }
		answer = func(code string) { replies = append(replies, code) }
	}
	say("MAIL FROM:<alice@test.example> SIZE=100")
	answer("250")
	for range 1 + d.r.IntN(3) {
		say("RCPT TO:<bob@test.example>")
		answer(d.good("250"))
	}
	say("DATA")
	if pipelined {
		d.gap()
		for _, code := range replies {
			d.reply(code)
		}
	}
	if !d.often() {
		d.reply(d.one("554", "451", "503"))
		return
	}
	d.reply("354")
	d.gap()
	for range d.r.IntN(5) {
		d.line("%s", d.one("C: Subject: x", "C:", "C: ..", "C: ..dot", `C"bare\n"`, `C"\r"`, "C: line", `C* 3 "x\r\n"`))
	}
	d.line("C: .")
	d.gap()
	d.reply(d.good("250"))
}

// TestMadeUpDialogues: whatever two have said to each other, it agrees with
// itself.
func TestMadeUpDialogues(t *testing.T) {
	for seed := range uint64(400) {
		file := (&madeUp{r: rand.New(rand.NewPCG(seed, 1))}).conversation()
		tr, err := transcript.Parse("made-up.smtp", strings.NewReader(file))
		if err != nil {
			t.Fatalf("%d: %v\n%s", seed, err, file)
		}
		synctest.Test(t, func(t *testing.T) {
			if got, same := agree(t, tr); !same {
				t.Errorf("%d:\n%s\n%s", seed, got, file)
			}
		})
		if t.Failed() {
			_ = os.Stdout.Sync()
			return
		}
	}
}

// TestDialoguesOfOthers: what logs of other programs look like.
func TestDialoguesOfOthers(t *testing.T) {
	for name, file := range map[string]string{
		"a header of the PROXY protocol": "= connect\nC: PROXY TCP4 192.0.2.1 192.0.2.2 1 25\nS: 220 a\nC: EHLO b\nS: 250 a\nC: QUIT\nS: 221 c\n",
		"a chunk that was edited":        "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 CHUNKING\nC: MAIL FROM:<>\nS: 250 a\nC: RCPT TO:<a@b.example>\nS: 250 a\nC: BDAT 50 LAST\nC: less\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
		"another code for content":       "S: 220 a\nC: MAIL FROM:<>\nS: 250 a\nC: RCPT TO:<a@b.example>\nS: 250 a\nC: DATA\nS: 350 go\nC: x\nC: .\nS: 250 ok\n",
		"an end of data that is none":    "S: 220 a\nC: MAIL FROM:<>\nS: 250 a\nC: RCPT TO:<a@b.example>\nS: 250 a\nC: DATA\nS: 354 go\nC: x\nC\".\\n\"\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
		"AUTH in several lines":          "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250-AUTH PLAIN\nS: 250-AUTH LOGIN\nS: 250 AUTH=LOGIN\nC: QUIT\nS: 221 bye\n",
		"TLS that was never begun":       "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nS: 421 too late\n= closed by=client\n",
		"TLS before the greeting":        "= tls started\nS: 220 a\nC: QUIT\nS: 221 bye\n= closed\n= session 2\n= connect\nS: 220 a\nC: QUIT\nS: 221 bye\n",
		"an early talker under TLS":      "= connect\n= tls started\nC: QUIT\nS: 220 a\n",
		"no greeting":                    "C: EHLO b\nS: 250 a\nC: QUIT\nS: 221 bye\n",
		"both kinds of expectation":      "S: 220 a\nC: EHLO b\nS: 250 a\nS? 2xx *\nC: NOOP\nS? 250 *\nC: QUIT\nS: 221 bye\n",
		"more than a state lists":        "S: 220 a\n+ 0\nC: MAIL FROM:<>\n" + strings.Repeat("C: RCPT TO:<a@b.example>\n", 1200) + "+ 0\nS: 250 a\n" + strings.Repeat("S: 250 ok\n", 1200) + "+ 0\nC: QUIT\n+ 0\nS: 221 bye\n",
		"a bad end":                      "S: 220 a\nC: NOOP\nS\"250 o\"\n= closed by=server how=fin\n",
	} {
		t.Run(name, func(t *testing.T) {
			tr := parse(t, "= smtp-transcript 1\n"+file)
			synctest.Test(t, func(t *testing.T) {
				if got, same := agree(t, tr); !same || strings.Contains(strings.ReplaceAll(got, "note: 44 octets are not in the file", ""), "note:") {
					t.Error(got)
				}
			})
		})
	}
}

// TestScenariosAgree: a session with each scenario of the practice server,
// recorded, served and run again, agrees with itself.
func TestScenariosAgree(t *testing.T) {
	for _, name := range rehearsal.Scenarios() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := rehearsal.Scenario(t, name)
				var file strings.Builder
				o.Recorder = transcript.NewRecorder(&file)
				rehearsal.Send(t, o, []byte("Subject: x\r\n\r\n.dot\r\n"), "bob@test.example", "eve@test.example")
				tr := parse(t, file.String())
				rep, problems := between(t, tr, tr, Options{Session: session.Options{Timeout: 10 * time.Minute}})
				if !rep.Same || len(problems) > 0 {
					t.Errorf("%q\n%s\n%s", problems, text(t, rep), file.String())
				}
			})
		})
	}
}

// TestLeftWithinChunk: a client may have left before all octets of its chunk.
func TestLeftWithinChunk(t *testing.T) {
	for _, octets := range []string{"", "C: wx\n"} {
		tr := parse(t, "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 CHUNKING\nC: MAIL FROM:<>\nS: 250 c\nC: RCPT TO:<d@a.example>\nS: 250 e\nC: BDAT 9 LAST\n"+octets+"= closed by=client\n")
		rep, problems := between(t, tr, tr, Options{})
		if !rep.Same || len(problems) > 0 {
			t.Errorf("%q\n%s", problems, text(t, rep))
		}
	}
}

// TestEarlyAgrees: content and responses that went out before anybody asked for
// them. What was asked for later goes out then; what never was does not.
func TestEarlyAgrees(t *testing.T) {
	const given = "S: 220 a\nC: EHLO b\nS: 250 a\nC: MAIL FROM:<>\nC: RCPT TO:<c@a.example>\nC: DATA\nC: Subject: x\nC: MAIL from Bob\n"
	for name, c := range map[string]struct{ file, sent string }{
		"taken":      {given + "C: .\nC: QUIT\nS: 250 d\nS: 250 e\nS: 354 go\nS: 250 f\nS: 221 g\n= closed by=server\n", "Subject: x|MAIL from Bob|.|QUIT"},
		"half taken": {given + "S: 250 d\nS: 250 e\nS: 354 go\nC: .\nS: 250 f\nC: QUIT\nS: 221 g\n", "Subject: x|MAIL from Bob|.|QUIT"},
		"refused":    {given + "S: 250 d\nS: 250 e\nS: 554 too early\n= closed by=client\n", "DATA"},
		"executed":   {given + "C: .\nS: 250 d\nS: 550 e\nS: 503 f\nS: 500 g\nS: 503 h\nS: 500 i\nC: QUIT\nS: 221 j\n", "DATA|QUIT"},
		"a response": {"S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 AUTH LOGIN\n= auth begin mech=LOGIN user=alice\nC: AUTH LOGIN\nC> ${secret.1}\nS: 503 no\nS: 500 what?\nC: QUIT\nS: 221 c\n", "AUTH LOGIN|QUIT"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := parse(t, c.file)
			rep, problems := between(t, tr, tr, Options{Variables: map[string]string{"secret.1": "eA=="}})
			sent := strings.Join(sentBy(rep), "|")
			if !rep.Same || len(problems) > 0 || !strings.HasSuffix(sent, c.sent) {
				t.Errorf("%q, %q\n%s", sent, problems, text(t, rep))
			}
		})
	}
}
