package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

// story is a session with something of everything, so that there is something
// to look for.
func story() []session.Event {
	var log []session.Event
	at := noon
	add := func(kind session.Kind, text string, later time.Duration) {
		at = at.Add(later)
		e := session.Event{Seq: len(log) + 1, At: at, Kind: kind, Data: []byte(text)}
		if kind != session.Sent && kind != session.Received {
			e.Data, e.Text = nil, text
		}
		log = append(log, e)
	}
	add(session.Opened, "connected", 0)
	add(session.Received, "220 x ESMTP\r\n", time.Millisecond)
	add(session.Sent, "EHLO y\r\n", 0)
	for i := range 29 {
		add(session.Received, fmt.Sprintf("250-X-%02d\r\n", i), 0)
	}
	add(session.Received, "250 AUTH LOGIN\r\n", 0)
	add(session.Sent, "AUTH LOGIN\r\n", 0)
	add(session.Received, "334 VXNlcm5hbWU6\r\n", 0)
	add(session.Sent, "YWxpY2U=\r\n", 0)
	log[len(log)-1].Secret = []session.Span{{From: 0, To: 8}}
	add(session.Received, "334 UGFzc3dvcmQ6\r\n", 0)
	add(session.Sent, "c2VjcmV0\r\n", 0)
	log[len(log)-1].Secret = []session.Span{{From: 0, To: 8}}
	add(session.Received, "235 in\r\n", 3*time.Second)
	add(session.Sent, "MAIL FROM:<a@x>\r\n", 0)
	add(session.Received, "250 ok\r\n", 0)
	add(session.Sent, "RCPT TO:<eve@x>\r\n", 0)
	add(session.Received, "550-5.1.1 unknown\r\n", 600*time.Millisecond)
	add(session.Received, "550 5.1.1 user\r\n", 0)
	add(session.Sent, "RCPT TO:<bob@x>\r\n", 0)
	add(session.Received, "250 ok\r\n", 0)
	add(session.Sent, "DATA\r\n", 0)
	add(session.Received, "354 go\r\n", 0)
	add(session.Sent, "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n", 0)
	for i := range 40 {
		add(session.Sent, fmt.Sprintf("line %d\r\n", i), 0)
	}
	add(session.Sent, ".\r\n", 0)
	add(session.Received, "452 full\r\n", 20*time.Millisecond)
	return log
}

// told is a robot in front of that story.
func told(t *testing.T) *robot {
	r := at(t, 120, 36).press("esc")
	r.m.live.take(story())
	r.m.foresee()
	r.send(nil)
	return r
}

// on says which row the cursor is on.
func (r *robot) on(text string) *robot {
	r.t.Helper()
	c := r.m.shown()
	if got := c.plainText(&c.rows[c.cursor]); got != text {
		r.t.Fatalf("the cursor is on %q, not on %q\n%s", got, text, r.look())
	}
	if c.hidden(c.cursor) {
		r.t.Fatalf("the cursor is on %q, which cannot be seen", text)
	}
	return r
}

func TestLongRepliesAndContentAreFolded(t *testing.T) {
	r := told(t)
	r.see("Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=  ⋯ 40 lines folded").miss("line 7")
	r.press("up").on(".").press("up").on("Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=").press("up").on("354 go")
	r.press("down", "right").see("line 7", "= Subject: ").miss("folded").press("down").on("line 0").press("left").on("Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=").miss("line 7")
	r.press("left").see("nothing to fold here").press("right", "right").see("nothing is folded here")
	r.press("home").see("250-X-00  ⋯ 28 lines folded", "250 AUTH LOGIN").miss("X-07").press("down", "down", "down", "l").see("X-07")
	r.press("h", "down").on("250 AUTH LOGIN").press("k").on("250-X-00")
}

func TestShortGroupIsFoldedByHand(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().press("n").rest().see("250-PIPELINING")
	r.press("left").see("⋯ 12 lines folded").miss("250-PIPELINING").on("250 HELP").press("up").on("250-practice.example greets laptop.example")
	r.press("right").see("250-PIPELINING")
}

func TestBase64IsDecodedBeside(t *testing.T) {
	r := told(t).press("home", "pgdown")
	r.see("334 VXNlcm5hbWU6  = Username:", "••••••••  = alice", "334 UGFzc3dvcmQ6  = Password:")
	if screen := r.look(); strings.Contains(screen, "secret") && strings.Contains(screen, "= secret") {
		t.Errorf("a password is on the screen:\n%s", screen)
	}
}

func TestJumps(t *testing.T) {
	r := told(t).press("home")
	r.press("f").on("550-5.1.1 unknown").press("f").on("452 full").press("f").see("round the end").on("550-5.1.1 unknown").press("alt+f").see("round the top").on("452 full")
	r.press("home", "d").on("235 in").press("d").on("550-5.1.1 unknown").press("d").see("round the end").on("235 in")
	r.press("alt+d").clears().types("soon").press("enter").see("expected a time").clears().types("10ms").press("enter").press("G", "D").on("550-5.1.1 unknown").press("d").on("452 full")
	r.press("home", "}").on("220 x ESMTP").press("}").on("250 AUTH LOGIN").press("}").on("334 VXNlcm5hbWU6").press("{").on("250 AUTH LOGIN")
	r.see("phase         ready")
}

func TestMarks(t *testing.T) {
	r := told(t).press("home", "down", "space").see("S *220 x ESMTP").press("G", "M").press("'").see("round the end").on("220 x ESMTP").press("'").on("452 full")
	r.press("\"").on("220 x ESMTP").press("'").on("452 full").press("space").miss("*452")
	r.press("home", "down", "space", "'").see("there is no mark here")
}

func TestNoteGoesIntoTheTranscript(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().press("n").rest()
	r.press("up", "a").see("A note on row").types("what is this?").press("enter").rest().see("# what is this?", "== note on row 16 (250-EXPN): what is this?")
	r.press("G", "a").types("odd").press("enter").rest().see("== odd")
	r.press("\"").on("note on row 16 (250-EXPN): what is this?").press("\"").on("250-EXPN").see("# what is this?")
	r.press("a").see("what is this?").clears().press("enter").rest().miss("# what is this?")
	p := at(t, 120, 36)
	p.m.tape = &tape{name: "x"}
	p.m.tape.take(story())
	_ = p.m.goTo("session")
	p.press("a").see("notes are for a session")
}

func TestFind(t *testing.T) {
	r := told(t).press("home")
	r.press("/").see("verb:RCPT", "/regexp/").types("RCPT").press("enter").on("RCPT TO:<eve@x>").press("]").on("RCPT TO:<bob@x>")
	r.press("]").see("round the end, from the top").on("RCPT TO:<eve@x>").press("[").see("round the top, from the end").on("RCPT TO:<bob@x>")
	r.press("/").see("RCPT").clears().types("line 39").press("enter").on("line 39").see("line 30") // it is unfolded
	r.press("/").clears().types("verb:RCPT code:5xx").press("enter").on("550-5.1.1 unknown")
	r.press("/").clears().types("(nothing").press("enter").see("nothing here matches (nothing").on("550-5.1.1 unknown")
	r.press("/").clears().types("/(/").press("enter").see("missing closing").press("esc")
	r.press("/").clears().types("c2VjcmV0").press("enter").see("nothing here matches") // a secret is not to be guessed at
}

func TestFilter(t *testing.T) {
	r := told(t).press("&").types("verb:RCPT").press("enter").see("5 of 91: verb:RCPT").miss("MAIL FROM").on("250 ok")
	r.press("up").on("RCPT TO:<bob@x>").press("home").on("RCPT TO:<eve@x>").press("end").on("250 ok").press("home", "f").on("550-5.1.1 unknown").press("f").see("there is no other failure")
	r.press("&").see("verb:RCPT").clears().types("!is:content !side:S").press("enter").see("DATA").miss("250 ok")
	r.press("esc").see("250 ok").miss(" of 91:").press("&").types("zzz").press("enter").see("0 of 91: zzz").press("up", "down", "home", "end", "pgup", "f", "space").press("&").clears().press("enter").see("250 ok")
	r.press("&").types("code:").press("enter").see("nothing stands behind it").press("esc")
}

func TestFilterFollowsWhatHappens(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().press("&").types("side:C").press("enter")
	r.press("n").rest().on("EHLO laptop.example").press("n").rest().on("MAIL FROM:<alice@example.org> SIZE=293").see("2 of 19: side:C")
}

func TestOctetsAndDump(t *testing.T) {
	told(t).press("home", "down", "v").see(`220 x ESMTP\r\n`, "0000  32 32 30 20 78 20 45 53", "220 x ES").press("v").miss(`\r\n`).miss("0000")
}

// TestManyRowsAreLookedThroughInParts: the keys stay alive meanwhile.
func TestManyRowsAreLookedThroughInParts(t *testing.T) {
	r := at(t, 120, 36).press("esc")
	r.m.live.take(long(100_000))
	r.send(nil)
	r.press("home", "/").types("user49000@").press("enter").see("VRFY user49000@")
	r.press("&").types("user49").press("enter").see("1,109 of 100,001").press("end").on("VRFY user49997@example.com")
	r.press("&").clears().types("side:S").press("enter").press("up", "up").see("of 100,001: side:S")
}

// TestJumpsShowWhatIsAround: a row that a key has gone to stands with those
// before it, not at the edge.
func TestJumpsShowWhatIsAround(t *testing.T) {
	s := at(t, 80, 24).press("esc")
	s.m.live.take(long(400))
	s.press("G")
	s.m.visit(40)
	s.send(nil)
	if top := s.m.live.top; top >= 40 || top < 34 {
		t.Errorf("the first row is %d", top)
	}
	s.press("up")
	if top := s.m.live.top; s.m.live.cursor != 39 || top >= 39 {
		t.Errorf("after a step the first row is %d", top)
	}
}

// TestPickerFindsNamesFirst: what is called so comes before what only says so.
func TestPickerFindsNamesFirst(t *testing.T) {
	r := at(t, 120, 36).press("esc", "t").types("light")
	if r.m.theme.Name != "light" {
		t.Errorf("the preview is %s", r.m.theme.Name)
	}
	r.press("esc", "ctrl+k").types("theme").see("▶theme ").press("esc", "ctrl+k").types("reply").see("▶copy ").clears().types("slow").see("▶slow-before ")
}

// TestStallInsideAReply: a server that holds back the last line of its reply
// is slow, too.
func TestStallInsideAReply(t *testing.T) {
	r := at(t, 120, 36).press("esc")
	log := []session.Event{
		{Kind: session.Opened, Text: "connected to 192.0.2.1:25 in 2ms"},
		{Kind: session.Received, Data: []byte("220-mx.example ESMTP\r\n")},
		{Kind: session.Received, Data: []byte("220 mx.example ready\r\n")},
	}
	for i, after := range []time.Duration{0, 20 * time.Millisecond, 3020 * time.Millisecond} {
		log[i].Seq, log[i].At = i+1, noon.Add(after)
	}
	r.m.live.take(log)
	r.press("home", "d").on("220 mx.example ready").see("3.0 s", "20 ms").press("7").see("greeting").until("see the whole time", func() bool {
		return strings.Contains(r.look(), "3.0 s ━")
	})
}

// TestEmptyLineIsSaid: where it is a command, and not of the content.
func TestEmptyLineIsSaid(t *testing.T) {
	r := at(t, 120, 36).press("enter").rest().press(":", "enter").rest().see("C  (an empty line)").miss("C  (no line end)")
	r.press("c").ended().press("home").press("down", "down").see("C  (an empty line)")
}

// TestWayBackIsNamed: what hides rows or panes, or holds rows, has its end in
// the footer.
func TestWayBackIsNamed(t *testing.T) {
	r := told(t).see("⏎ connect").miss("all rows")
	r.press("&").types("code:5xx").press("enter").see("esc all rows").press("esc").miss("all rows")
	r.press("z").see("esc all panes").press("esc").miss("all panes")
	r.press("V", "up").see("y copy them", "esc let go").miss("y copy  ").press("esc").miss("let go")
	r.press("/").see("] is the next", "then, [ the one before")
}
