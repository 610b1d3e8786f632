package replay

import (
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

const mailTo = `S: 220 mx.example
C: EHLO old.example
S: 250 mx.example greets old.example
C: MAIL FROM:<alice@old.example> SIZE=100
S: 250 ok
C: RCPT TO:<bob@old.example> NOTIFY=NEVER
S: 250 <bob@old.example> ok
C: RCPT TO: <eve@other.example>
S: 250 <eve@other.example> ok
C: DATA
S: 354 go
C: Date: Mon, 23 Nov 2026 19:50:12 +0100
C: Message-ID: <old.1@old.example>
C: Content-Type: multipart/mixed;
C"\tboundary=\"==old=1\"\r\n"
C:
C: --==old=1
C: Date: Mon, 23 Nov 2026 19:50:12 +0100
C: --==old=1--
C: .
S: 250 ok
C: QUIT
S: 221 bye
`

// TestRewrite: other names, paths and dates go out, and nothing else changes.
func TestRewrite(t *testing.T) {
	played := parse(t, mailTo)
	o := Options{
		Rewrite: Rewrite{
			Helo: "new.example", From: "carol@new.example", Refresh: []string{RefreshDate, RefreshMessageID, RefreshBoundary},
			Rcpt: []Mapping{{"@old.example", "@new.example"}, {"*", "sink@new.example"}},
		},
		Compare: CompareOptions{Level: transcript.ByText},
		Rand:    rand.New(rand.NewPCG(1, 2)),
	}
	now := time.Date(2027, 1, 5, 12, 0, 0, 0, time.UTC)
	o.Session.Now = func() time.Time { return now }
	served := parse(t, strings.NewReplacer("greets old", "greets new", "S: 250 <bob@old", "S: 250 <bob@new", "S: 250 <eve@other", "S: 250 <sink@new").Replace(mailTo))
	rep, problems := between(t, served, played, o)
	if !rep.Same || len(problems) > 0 {
		t.Errorf("%q\n%s", problems, text(t, rep))
	}
	sent := sentBy(rep)
	got := strings.Join(sent, "\n")
	for _, want := range []string{
		"EHLO new.example", "MAIL FROM:<carol@new.example> SIZE=100", "RCPT TO:<bob@new.example> NOTIFY=NEVER", "RCPT TO: <sink@new.example>",
		"Date: Tue, 05 Jan 2027 12:00:00 +0000\nMessage-ID: <",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, gone := range []string{"old.1@", "==old=1"} {
		if strings.Contains(got, gone) {
			t.Errorf("%q is left in\n%s", gone, got)
		}
	}
	_, rest, _ := strings.Cut(got, "boundary=\"")
	boundary, _, _ := strings.Cut(rest, "\"")
	if boundary == "" || !strings.Contains(got, "\n--"+boundary+"\n") || !strings.Contains(got, "\n--"+boundary+"--\n") {
		t.Errorf("the boundary is %q in\n%s", boundary, got)
	}
	if strings.Count(got, "Mon, 23 Nov 2026") != 1 {
		t.Errorf("a date in the body was changed:\n%s", got)
	}
}

func TestMapping(t *testing.T) {
	for _, c := range []struct{ flag, path, want string }{
		{"a@b=c@d", "a@b", "c@d"}, {"a@b=c@d", "x@b", "x@b"}, {"@b=@d", "x@B", "x@d"}, {"@b=c@d", "x@b", "c@d"},
		{"*=c@d", "x", "c@d"}, {"*=@d", "x@b", "x@d"}, {"a=b@c=d@e", "a=b@c", "d@e"},
	} {
		m, err := ParseMapping(c.flag)
		if got, _ := m.apply(c.path); err != nil || got != c.want {
			t.Errorf("%s of %s: %q, %v", c.flag, c.path, got, err)
		}
	}
	for _, bad := range []string{"", "a", "=b", "a@b=@c", "a=b>\r\nDATA", "a="} {
		if _, err := ParseMapping(bad); err == nil {
			t.Errorf("%q is a mapping", bad)
		}
	}
}

// FuzzRenewer: what is not to be changed comes through, whatever it is.
func FuzzRenewer(f *testing.F) {
	f.Add([]byte("Subject: x\r\n\r\nbody\r\n.\r\n"))
	f.Add([]byte("Date: 1 Jan 2026 00:00 +0000\r\nMessage-ID: <a@b>\r\n\r\n"))
	f.Add([]byte("Content-Type: a; boundary=b\r\n\r\n--b\r\n--b--\r\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		w := &rewriter{Rewrite: Rewrite{Refresh: refreshes}, renew: renewal{now: time.Now, rand: rand.New(rand.NewPCG(1, 2))}}
		got, err := io.ReadAll(w.content(io.NopCloser(strings.NewReader(string(p)))))
		if err != nil {
			t.Fatal(err)
		}
		lower := strings.ToLower(string(p))
		touched := false
		for _, word := range []string{"date", "message-id", "boundary"} {
			touched = touched || strings.Contains(lower, word)
		}
		if !touched && string(got) != string(p) {
			t.Errorf("%q became %q", p, got)
		}
		counted, err := io.ReadAll(w.renewed(strings.NewReader(string(p)), true))
		if err != nil || len(counted) != len(p) {
			t.Errorf("%d octets that a BDAT counts became %d: %q, %q, %v", len(p), len(counted), p, counted, err)
		}
	})
}

// TestRefreshInChunks: a message in chunks is made anew as a whole, wherever the
// chunks were cut, inner boundaries too; each chunk is as long as it was.
func TestRefreshInChunks(t *testing.T) {
	const mail = "Date: Mon, 23 Nov 2026 19:50:12 +0100\r\nMessage-ID: <old.1@old.example>\r\nContent-Type: multipart/mixed;\r\n boundary=\"outer-1\"\r\n\r\n" +
		"--outer-1\r\nContent-Type: multipart/alternative; boundary=inner-2\r\nDate: Mon, 23 Nov 2026 19:50:12 +0100\r\n\r\n--inner-2\r\n\r\nx\r\n--inner-2--\r\n--outer-1--\r\n"
	now := time.Date(2027, 1, 5, 12, 0, 0, 0, time.UTC)
	for _, size := range []int{1, 7, 40, 100, len(mail)} {
		var b strings.Builder
		b.WriteString("S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 CHUNKING\nC: MAIL FROM:<>\nS: 250 c\nC: RCPT TO:<d@a.example>\nS: 250 e\n")
		for at := 0; at < len(mail); at += size {
			chunk := mail[at:min(at+size, len(mail))]
			last := ""
			if at+size >= len(mail) {
				last = " LAST"
			}
			fmt.Fprintf(&b, "C: BDAT %d%s\n", len(chunk), last)
			if at%2 == 1 {
				b.WriteString("+ 0.1\n") // a write of its own
			}
			fmt.Fprintf(&b, "C\"%s\"\n", strings.NewReplacer("\r", "\\r", "\n", "\\n", "\"", "\\\"").Replace(chunk))
			b.WriteString("S: 250 f\n")
		}
		tr := parse(t, b.String())
		o := Options{Rewrite: Rewrite{Refresh: refreshes}, Rand: rand.New(rand.NewPCG(1, 2))}
		o.Session.Now = func() time.Time { return now }
		rep, problems := between(t, tr, tr, o)
		if !rep.Same || len(problems) > 0 {
			t.Fatalf("%d: %q\n%s", size, problems, text(t, rep))
		}
		var got strings.Builder
		for _, e := range rep.Events {
			if e.Kind == session.Sent {
				got.Write(e.Data)
			}
		}
		_, content, _ := strings.Cut(got.String(), "TO:<d@a.example>\r\n")
		content = regexp.MustCompile(`BDAT \d+( LAST)?\r\n`).ReplaceAllString(content, "")
		form := regexp.MustCompile(`^Date: Tue, 05 Jan 2027 12:00:00 \+0000\r\nMessage-ID: <(?:[a-z0-9]{3})\.[a-z0-9]@old\.example>\r\nContent-Type: multipart/mixed;\r\n boundary="([a-z0-9]{5}-[a-z0-9])"\r\n\r\n` +
			`--([a-z0-9-]{7})\r\nContent-Type: multipart/alternative; boundary=([a-z0-9-]{7})\r\nDate: Mon, 23 Nov 2026 19:50:12 \+0100\r\n\r\n--([a-z0-9-]{7})\r\n\r\nx\r\n--([a-z0-9-]{7})--\r\n--([a-z0-9-]{7})--\r\n$`)
		m := form.FindStringSubmatch(content)
		if m == nil || m[1] == "outer-1" || m[3] == "inner-2" || m[2] != m[1] || m[6] != m[1] || m[4] != m[3] || m[5] != m[3] {
			t.Errorf("%d: %q, %q", size, m, content)
		}
	}
}

// TestDateOfALength: a date that is counted keeps its length.
func TestDateOfALength(t *testing.T) {
	now := time.Date(2027, 1, 25, 12, 0, 0, 0, time.UTC)
	r := renewer{w: &rewriter{renew: renewal{now: func() time.Time { return now }}}, counted: true}
	for then, want := range map[string]string{
		"Mon, 23 Nov 2026 19:50:12 +0100": "Mon, 25 Jan 2027 12:00:00 +0000",
		"Mon, 3 Nov 2026 19:50:12 +0100":  "Mon,25 Jan 2027 12:00:00 +0000",
		"3 Nov 2026 19:50:12 +0100":       "25 Jan 2027 12:00    +0000",
		"23 Nov 2026 19:50 +0100":         "25 Jan 2027 12:00 +0000",
		"3 Nov 2026 19:50 +0100":          "3 Nov 2026 19:50 +0100",
	} {
		if got := r.date(then); len(want) == len(then) && got != want || len(got) != len(then) {
			t.Errorf("%q: %q, want %q", then, got, want)
		}
	}
}

// TestTiming: with Timing a replay waits as its client did.
func TestTiming(t *testing.T) {
	const file = "= smtp-transcript 1\n= recorded 2026-11-23T18:50:12Z by=test\n= connect host=a addr=a:25 from=b:1 tls=none\n+ 0.000\nS: 220 a\n+ 0.060\nC: NOOP\n+ 0.000\nS: 250 ok\n"
	tr := parse(t, file)
	for timing, want := range map[bool]time.Duration{false: 0, true: 60 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			rep, _ := between(t, tr, tr, Options{Timing: timing})
			var asked time.Duration
			for _, e := range rep.Events {
				if e.Kind == session.Sent {
					asked = e.At.Sub(rep.Events[0].At)
				}
			}
			if !rep.Same || asked != want {
				t.Errorf("timing %v: said after %s, not %s\n%s", timing, asked, want, text(t, rep))
			}
		})
	}
}
