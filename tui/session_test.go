package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

func TestReconnectGoesOnInTheSameLog(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest()
	r.press("r").rest().see("closed by the client")
	if n := strings.Count(r.look(), "== connected to"); n != 2 {
		t.Errorf("%d connections:\n%s", n, r.look())
	}
	r.press("n").rest().press("n").rest().see("sender given")
	r.press("r").see("r again hangs up").press("r").rest().see("greeted")
}

func TestConnectThatFails(t *testing.T) {
	r := at(t, 120, 36, target("127.0.0.1:1"), func(o *Options) { o.Dial = nil })
	r.press("enter").see("== connect to 127.0.0.1:1", "connection refused").rest()
	r.press("r").rest()
	if n := strings.Count(r.look(), "== connect to"); n != 2 {
		t.Errorf("%d attempts:\n%s", n, r.look())
	}
}

func TestWaitingShowsACountdown(t *testing.T) {
	now := noon
	r := at(t, 120, 36, script("…"), func(o *Options) { o.Now = func() time.Time { return now } })
	r.press("enter").see("connected")
	r.miss("waiting for the greeting: ")
	now = now.Add(65 * time.Second)
	r.see("waiting for the greeting: 3:55 of 5:00 left", "RFC 5321, 4.5.3.2.1")
	r.press("n").see("the reply is still to come")
	r.press("esc").see("stopped waiting").rest()
	r.press("n").see("esc stop waiting").press("esc").rest()
}

// TestAPauseGoesOnCounting: whoever pauses still waits for the reply.
func TestAPauseGoesOnCounting(t *testing.T) {
	now := noon
	r := at(t, 120, 36, script("220 x\r\n", "…"), func(o *Options) { o.Now = func() time.Time { return now } })
	r.press("enter").see("220 x").rest().press("c").see("c pause")
	r.until("wait for long", func() bool { return r.m.drive.late })
	r.press("c")
	now = now.Add(65 * time.Second)
	r.see("paused; waiting for the reply to EHLO: 3:55 of 5:00 left").press("esc").see("stopped waiting").rest()
}

func TestRawLineWhileWaiting(t *testing.T) {
	r := at(t, 120, 36, script("220 x\r\n", "", "250 late\r\n", "…"))
	r.press("enter").rest()
	r.press("n").see("C  EHLO")
	r.press(":").types("NOOP").press("enter").see("C  NOOP", "250 late")
}

func TestSaveAndGoOnRecording(t *testing.T) {
	r := at(t, 120, 36)
	r.press("esc", "s").see("nothing has happened yet")
	r.press("enter").rest()
	r.press("s").see("Save the transcript as", "2026-11-23-1.smtp")
	r.press("enter").see("● rec 2026-11-23-1.smtp")
	r.press("n").rest()
	name := filepath.Join(r.m.o.Dir, "2026-11-23-1.smtp")
	if text := readFile(t, name); !strings.Contains(text, "EHLO laptop.example") || !strings.Contains(text, "220 practice.example") {
		t.Errorf("the transcript is\n%s", text)
	}
	r.press("s").see("recorded already")
	if r.m.files[0] != name {
		t.Errorf("the path to print is %q", r.m.files)
	}
	r.press("w").press("enter").rest().press("s").see("2026-11-23-2.smtp").clears().press("enter").see("the name is missing")
	r.types("2026-11-23-1.smtp").press("enter").see("exists").press("esc")
}

func TestPlayBack(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("s", "enter").see("● rec")
	r.press("n").rest().press("n").rest().press("n").rest()
	name := filepath.Join(r.m.o.Dir, "2026-11-23-1.smtp")

	p := at(t, 120, 36, func(o *Options) { o.File, o.Dir = name, r.m.o.Dir })
	p.see("▷ playing back 2026-11-23-1.smtp", "waiting for the greeting", "▸ EHLO laptop.example")
	p.press("n").see("S  220 practice.example", "greeted").miss("▏ESMTP")
	p.press("end").see("recipients given", "▏ESMTP")
	p.press("home").see("waiting for the greeting")
	p.press("c").see("esc goes back").press("s").see("this is a file already")
	p.press("esc").see("▶Transcripts", "2026-11-23-1.smtp").press("1").see("nothing has happened yet")
	p.press("o").see("Open a transcript").press("enter").see("the path is missing")
	p.types("nowhere.smtp").press("enter").see("no such file").clears()
	p.types(name).press("enter").see("▷ playing back")
	p.press("esc").see("nothing has happened yet").press("8").see("2026-11-23-1.smtp").press("enter").see("▷ playing back")
	p.press("end", "o").clears().types(name).press("enter").until("see it from its beginning", func() bool { return p.m.tape.cursor == 0 })
	p.press("esc").see("▶Transcripts")
}

// TestEndings: at the end of a run stands what became of the mail, not that it
// is done.
func TestEndings(t *testing.T) {
	at(t, 120, 36).press("enter").rest().press("c").see("done: the mail was accepted, 250", "r reconnect  2 another mail")
	at(t, 120, 36, recipients("bob@example.com", "nobody@example.com")).press("enter").rest().press("c").see("! done: accepted for 1 of 2 recipients, not for nobody@example.com (550 5.1.1: for good)", "f failure").press("f").see("▶S  550 5.1.1")
	away := at(t, 120, 36, target("127.0.0.1:1"), func(o *Options) { o.Dial = nil }).press("enter").rest()
	away.see("connect  no channel", "nobody listens on that port")
	at(t, 120, 36, recipients("nobody@example.com")).press("enter").rest().press("c").see("! the mail was not accepted: RCPT TO:<nobody@example.com> was answered 550 5.1.1, bad destination mailbox:", "local part  ▏ f failure")

	auto := func(o *Options) { o.Mail.TLS = session.TLSAuto }
	r := at(t, 120, 36, auto, target("practice:tls-self-signed")).press("enter").rest().press("c")
	r.see("! no mail was sent: the certificate is not verified", "nothing is left to do: the certificate is not verified:", "x509: certificate signed by unknown authority")
	r.press("f").see("▶== TLS 1.3", "Nobody vouches for who is at the other end").press("f").see("there is no other failure")
	r.press("r").rest().miss("nothing is left to do")

	trusting := func(o *Options) { o.Mail.Insecure = true }
	r = at(t, 120, 36, auto, trusting, target("practice:tls-self-signed"), recipients("nobody@example.com")).press("enter").rest().press("c").ended()
	r.see("▶S◆ 550 5.1.1").press("G").see("1 failure before the end", "550 5.1.1").miss("Nobody vouches")
	r.press("f", "f").see("▶== TLS 1.3", "so the mail goes on").miss("The mail stays here")
}

// TestEndingsNameTheRefusal: the code, what was said and to whom, and what to
// do about it.
func TestEndingsNameTheRefusal(t *testing.T) {
	for _, c := range []struct {
		answers map[string]string
		want    string
	}{
		{map[string]string{"MAIL": "552 5.3.4 too big"}, "! no mail was sent: MAIL FROM:<a@x> was answered 552 5.3.4, message too big: send less; see SIZE"},
		{map[string]string{"RCPT": "450 4.2.1 busy"}, "! the mail was not accepted, and no recipient was: b@x (450 4.2.1: try later), c@x (450 4.2.1: try later)"},
		{map[string]string{"RCPT TO:<b@x>": "550 no"}, "! done: accepted for 1 of 2 recipients, not for b@x (550: for good)"},
		{map[string]string{"DATA": "451 4.3.0 disk"}, "! the mail was not accepted: DATA was answered 451 4.3.0"},
		{map[string]string{"DATA": "354 go", ".": "554 5.7.1 spam"}, "! the mail was not accepted: the content was answered 554 5.7.1, not authorized, refused: read the text"},
		{map[string]string{"EHLO": "550 no"}, "! no mail was sent: EHLO was answered 550, this name is refused: send the name that your address points back to"},
	} {
		r := at(t, 200, 60, answers(c.answers), recipients("b@x", "c@x")).press("enter").rest().press("c").ended()
		r.until("see "+c.want, func() bool { return strings.Contains(strings.Join(strings.Fields(r.look()), " "), c.want) })
	}
	at(t, 200, 60, script("554 5.7.1 not you\r\n", "221 bye\r\n")).press("enter").rest().press("c").see("! no mail was sent: the connection was answered 554 5.7.1, not authorized, refused")
	lost := at(t, 200, 60, answers(map[string]string{"DATA": "354 go", ".": hangsUp})).press("enter").rest().press("c").ended()
	lost.see("closed")
}

// TestARunRestsWhereItFailed: behind a run the cursor is on what it came to, and
// f goes through all that failed.
func TestARunRestsWhereItFailed(t *testing.T) {
	const unknown, busy = "550 5.1.1 <nobody@example.com> there is no such mailbox", "450 4.2.1 <busy@example.com> the mailbox is busy; try again later"
	r := at(t, 120, 36, recipients("bob@example.com", "nobody@example.com", "busy@example.com")).press("enter").rest().press("c").ended()
	r.on(unknown).see("failure 1 of 2; f goes to the next").press("f").on(busy).see("failure 2 of 2")
	r.press("f").see("round the end").on(unknown).press("alt+f").on(busy)
	at(t, 80, 24, recipients("nobody@example.com")).press("enter").rest().press("c").ended().on(unknown).see("[Explain]").miss("failure 1 of")

	// Not the first thing that failed, but what it came to.
	auto := func(o *Options) { o.Mail.TLS = session.TLSAuto }
	r = at(t, 120, 36, auto, target("practice:tls-unavailable"), recipients("nobody@example.com")).press("enter").rest().press("c").ended()
	r.on(unknown).press("f").see("▶S  454")

	at(t, 120, 36).press("enter").rest().press("c").ended().see("▶== closed by")
	at(t, 120, 36, target("practice:helo-only")).press("enter").rest().press("c").ended().see("done: the mail was accepted", "▶== closed by")
}

// TestPausedAtTheEnd: who pauses a run while its last reply is still to come
// hears what it came to.
func TestPausedAtTheEnd(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().press("c").ended()
	r.m.drive.acting, r.m.drive.paused, r.m.drive.upTo = true, true, 0
	r.m.onward()
	r.see("done: the mail was accepted").miss("paused")
}

// TestBehindTheEndOfWhatFailed: where a conversation rests on its end, what
// failed in it is explained, and f goes there.
func TestBehindTheEndOfWhatFailed(t *testing.T) {
	three := recipients("bob@example.com", "nobody@example.com", "busy@example.com")
	r := at(t, 120, 36, three).press("enter").rest().press("c").ended().press("G").see("▶== closed by", "2 failures before the end; f goes through them")
	r.see("RCPT TO:<nobody@example.com>", "means bad destination mailbox", "next  check the local part", "RCPT TO:<busy@example.com>", "next  try again later")
	r.press("f").on("550 5.1.1 <nobody@example.com> there is no such mailbox")
	r.press("f").on("450 4.2.1 <busy@example.com> the mailbox is busy; try again later")
	r.press("G", "up").see("221").miss("failures before the end")

	one := at(t, 80, 24, recipients("nobody@example.com")).press("enter").rest().press("c").ended().press("G")
	one.see("[Explain]", "1 failure before the end; f goes there", "550 5.1.1 <nobody@example.com> there is no such mailbox").press("up").see("[State]")
	at(t, 120, 36).press("enter").rest().press("c").ended().see("The channel is no more.")

	// What failed on an earlier channel is not why this one ended.
	r.press("r").rest().see("220 practice").miss("before the end").press("H").rest().see("▶== closed by the client", "The channel is no more.")
}

func TestPlayBackWithDamage(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "odd.smtp")
	if err := os.WriteFile(name, []byte("nothing of the kind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at(t, 120, 36, func(o *Options) { o.File = name }).see("! open ")
}

func TestCopy(t *testing.T) {
	r := at(t, 120, 36)
	var copied string
	r.m.clip.program = func(text string) error { copied = text; return nil }
	r.press("esc", "y").see("nothing to copy yet").press("enter").rest().press("n").rest()
	r.press("up", "y").see("15 lines copied")
	if !strings.HasPrefix(copied, "C: EHLO laptop.example\nS: 250-practice.example") || !strings.HasSuffix(copied, "S: 250 HELP\n") {
		t.Errorf("copied %q", copied)
	}
}

func TestCopyThatHangs(t *testing.T) {
	var terminal strings.Builder
	c := clip{program: func(string) error { select {} }, terminal: &terminal, patience: time.Millisecond}
	if msg := c.put("x", "1 line"); !strings.Contains(msg.how, "OSC 52") || !strings.HasPrefix(terminal.String(), "\x1b]52;c;") {
		t.Errorf("%q, %q", msg.how, terminal.String())
	}
	if msg := (clip{}).put("x", "1 line"); !strings.Contains(msg.how, "no clipboard") {
		t.Error(msg.how)
	}
}

func TestComposeSaysWhatIsWrong(t *testing.T) {
	r := at(t, 120, 36)
	r.clears().types("mail.example:0").see("is no port")
	r.press("enter").see("! target:").press("tab", "shift+tab")
	r.clears().types("practice").miss("is no port")
	r.into(tlsField).clears().types("maybe").see("is none of never, auto, require").clears().types("auto insecure")
	r.into(fromField).clears().see("MAIL FROM:<>").types("no at").see("a mailbox is local-part@domain")
	r.into(toField).clears().see("no recipient: the server will")
	r.types("a@example.com, b@example.com").see("RCPT TO:<b@example.com>")
	r.into(subjectField).types(" indeed").see("Subject: A first mail indeed")
	r.into(bodyField).types("First line").press("enter").types(".dot").see("First line", "..dot")
	r.into(messageField).types("/no/such.eml").see("no such file")
	r.clears().miss("no such file").press("enter").rest().see("220 practice")
}

func TestMessageFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.eml")
	if err := os.WriteFile(name, []byte("Subject: from a file\n\nHello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := at(t, 120, 36, func(o *Options) { o.Message = name })
	r.see("Subject: from a file").press("enter", "c").see("C  Subject: from a file", "221")
}

func TestMessageFileTypedQuickly(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.eml")
	if err := os.WriteFile(name, []byte("Subject: from a file\n\nHello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := at(t, 120, 36)
	r.into(messageField).pastes(name).press("enter").see("220 practice").rest()
	if r.m.drive.mail.Content != r.m.form.content || r.m.form.file != name {
		t.Error("the mail does not have the file")
	}
}

func TestFormChangesWhatComesNext(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest()
	r.press("w").into(fromField).clears().types("other@example.org").press("esc")
	r.see("▸ MAIL FROM:<other@example.org>").press("n").rest().see("C  MAIL FROM:<other@example.org>")
	r.press("w").press("enter").see("hangs up and connects anew").press("enter").rest().see("2/2", "220")
}

func TestNothingToDo(t *testing.T) {
	r := at(t, 120, 36, script("554 go away\r\n", "221 bye\r\n"))
	r.press("enter").see("554 go away").rest().press("n").see("221").rest()
	r.see("▸ hang up").press("n").rest().see("closed by the client")
	r.press("n").see("nothing is left to do: r connects again")
}

func TestDrippedLineIsOneRow(t *testing.T) {
	var c conversation
	var log []session.Event
	log = append(log, session.Event{Seq: 1, Kind: session.Opened, At: noon, Text: "connected"})
	for i, b := range []byte("220 dripping\r\n") {
		log = append(log, session.Event{Seq: i + 2, Kind: session.Received, At: noon, Data: []byte{b}})
	}
	c.take(log)
	if len(c.rows) != 2 || c.rows[1].class != 2 || !c.rows[1].ended {
		t.Errorf("rows %+v", c.rows)
	}
}

// TestTheCertificateIsTheirsToJudge: the QUIT behind a certificate that does
// not verify can be left out, and the mail goes on.
func TestTheCertificateIsTheirsToJudge(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) { o.Target, o.Mail.TLS = "practice:tls-expired", session.TLSAuto })
	r.press("enter").rest().press("n").rest().press("n").rest().press("n").rest().see("NOT verified", "▸ QUIT")
	r.press("x").see("the mail goes on").press("c").rest().see("MAIL FROM", "the mail was accepted")
}

// TestTheEndItselfWentWrong: it is no failure before the end.
func TestTheEndItselfWentWrong(t *testing.T) {
	r := at(t, 120, 36, script("220 x\r\n")).press("enter").rest().press("n").see("▶== closed by the server").rest()
	r.see("the server closed the channel without").miss("before the end")
}
