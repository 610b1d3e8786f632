package session

import (
	"strings"
	"testing"
)

// walk writes what a stepper does with a server that takes everything.
func walk(stepper Stepper) string {
	var said []string
	s := State{}
	for range 40 {
		st, ok := stepper.Next(s)
		if !ok {
			return strings.Join(said, " ")
		}
		switch {
		case st.Content != nil:
			said = append(said, "content")
		case st.Kind == Say:
			said = append(said, strings.ReplaceAll(strings.TrimSuffix(string(st.Bytes), "\r\n"), " ", "_"))
		}
		s = Hoped(s, st)
		s.imagined = false
		if strings.HasPrefix(string(st.Bytes), "EHLO") {
			s.Offered = Extensions{{Keyword: "STARTTLS"}}
		}
	}
	return strings.Join(said, " ") + " … for ever"
}

// places finds where steps stand by how their lines begin.
func place(t *testing.T, a Amended, line string, nth int) Place {
	t.Helper()
	s := State{}
	for range 40 {
		st, ok := a.Next(s)
		if !ok {
			break
		}
		if strings.HasPrefix(string(st.Bytes), line) {
			if nth--; nth == 0 {
				return PlaceOf(s, st)
			}
		}
		s = Hoped(s, st)
		if strings.HasPrefix(string(st.Bytes), "EHLO") {
			s.Offered = Extensions{{Keyword: "STARTTLS"}}
		}
	}
	t.Fatalf("no %s", line)
	return Place{}
}

func TestAmendedPlans(t *testing.T) {
	m := mailTo("a@x", "b@x", "c@x")
	m.From.Path, m.Helo = "z@x", "h"
	secure := m
	secure.TLS = TLSAuto
	required := m
	required.TLS = TLSRequire
	twice := m
	twice.Letter.To, twice.More = To("a@x"), []Letter{{From: m.From, To: To("b@x"), Content: m.Content}}
	type change struct {
		line string
		nth  int
		what Change
		says string
	}
	for _, c := range []struct {
		mail    Mail
		changes []change
		want    string
	}{
		{m, nil, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{m, []change{{"RCPT", 2, Skip, ""}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<c@x> DATA content QUIT"},
		{m, []change{{"EHLO", 1, Skip, ""}}, "MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{m, []change{{"MAIL", 1, Skip, ""}}, "EHLO_h RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{m, []change{{"DATA", 1, Skip, ""}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> QUIT"},
		{m, []change{{"QUIT", 1, Skip, ""}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content"},
		{m, []change{{"MAIL", 1, Insert, "NOOP"}, {"MAIL", 1, Insert, "VRFY x"}}, "EHLO_h NOOP VRFY_x MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{m, []change{{"DATA", 1, Insert, "RCPT TO:<d@x>"}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> RCPT_TO:<d@x> DATA content QUIT"},
		{m, []change{{"RCPT", 1, Instead, "RCPT TO:<q@x>"}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<q@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		// The third recipient comes first.
		{m, []change{{"RCPT", 1, Insert, "RCPT TO:<c@x>"}, {"RCPT TO:<c@x>", 2, Skip, ""}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<c@x> RCPT_TO:<a@x> RCPT_TO:<b@x> DATA content QUIT"},
		// What was put in can be changed, too.
		{m, []change{{"DATA", 1, Insert, "NOOP"}, {"NOOP", 1, Insert, "HELP"}, {"NOOP", 1, Instead, "NOOP x"}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> HELP NOOP_x DATA content QUIT"},
		{m, []change{{"DATA", 1, Insert, "NOOP"}, {"NOOP", 1, Skip, ""}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{secure, nil, "EHLO_h STARTTLS EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{secure, []change{{"STARTTLS", 1, Skip, ""}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{secure, []change{{"EHLO", 2, Instead, "EHLO again"}}, "EHLO_h STARTTLS EHLO_again MAIL_FROM:<z@x> RCPT_TO:<a@x> RCPT_TO:<b@x> RCPT_TO:<c@x> DATA content QUIT"},
		{required, []change{{"STARTTLS", 1, Skip, ""}}, "EHLO_h QUIT"},
		{twice, []change{{"RCPT", 2, Insert, "NOOP"}}, "EHLO_h MAIL_FROM:<z@x> RCPT_TO:<a@x> DATA content MAIL_FROM:<z@x> NOOP RCPT_TO:<b@x> DATA content QUIT"},
	} {
		a, ok := Amended{Plan: c.mail}, true
		for _, x := range c.changes {
			a, ok = a.With(Amendment{At: place(t, a, x.line, x.nth), What: x.what, Step: Line(x.says)})
			if !ok {
				t.Fatal("too many")
			}
		}
		if got := walk(a); got != c.want {
			t.Errorf("%v\n is %s\nnot %s", c.changes, got, c.want)
		}
		if steps := Forecast(State{}, a, 60); len(steps) > 30 {
			t.Errorf("%v is foreseen to take %d steps", c.changes, len(steps))
		}
	}
}

// TestLinePutInBeforeTheHandshake: it is what CVE-2011-0411 was about, and who
// answers it does so under TLS.
func TestLinePutInBeforeTheHandshake(t *testing.T) {
	m := mailTo("a@x")
	m.From.Path, m.Helo, m.TLS = "z@x", "h", TLSAuto
	a, s := Amended{Plan: m}, State{}
	for s.Phase != Handshake {
		st, _ := a.Next(s)
		s = Hoped(s, st)
		if strings.HasPrefix(string(st.Bytes), "EHLO") {
			s.Offered = Extensions{{Keyword: "STARTTLS"}}
		}
	}
	st, _ := a.Next(s)
	a, _ = a.With(Amendment{At: PlaceOf(s, st), What: Insert, Step: Line("NOOP")})
	want := []string{"NOOP", "TLS handshake", "EHLO h"}
	for i, step := range Forecast(s, a, 3) {
		if step.String() != want[i] {
			t.Errorf("step %d is %s, not %s", i, step, want[i])
		}
	}
}

func TestChangeMadeBeforeTLSStays(t *testing.T) {
	m := mailTo("a@x")
	m.From.Path, m.Helo, m.TLS = "z@x", "h", TLSAuto
	a, s := Amended{Plan: m}, State{}
	for { // nothing is known of an offer
		st, ok := a.Next(s)
		if !ok {
			break
		}
		if st.ID == stepMail {
			a, _ = a.With(Amendment{At: PlaceOf(s, st), What: Instead, Step: Line("MAIL FROM:<other@x>")})
		}
		s = Hoped(s, st)
	}
	if got, want := walk(a), "EHLO_h STARTTLS EHLO_h MAIL_FROM:<other@x> RCPT_TO:<a@x> DATA content QUIT"; got != want {
		t.Errorf("%s\nnot %s", got, want)
	}
}

func TestContentAndChannelInPlaceOfThePlanned(t *testing.T) {
	m := mailTo("a@x")
	m.Target = Target{Host: "192.0.2.1", Port: 25}
	a, s := Amended{Plan: m}, State{}
	other := BytesContent([]byte("other\r\n"))
	for {
		st, ok := a.Next(s)
		if !ok {
			break
		}
		switch at := PlaceOf(s, st); {
		case st.Kind == Connect && st.To == nil:
			a, _ = a.With(Amendment{At: at, What: Instead, Step: Step{To: &Target{Host: "192.0.2.9", Port: 26}, Addr: "192.0.2.9", Why: "elsewhere"}})
			if st, _ = a.Next(s); st.ID != stepConnect || st.Hope != 220 || st.To == nil || st.To.Port != 26 || st.Why != "elsewhere" {
				t.Errorf("%+v", st)
			}
		case st.Content != nil && st.Content != other:
			a, _ = a.With(Amendment{At: at, What: Instead, Step: Step{Content: other}})
			if st, _ = a.Next(s); st.ID != stepContent || st.Content != other {
				t.Errorf("%+v", st)
			}
		}
		s = Hoped(s, st)
	}
}

func TestAmendmentsAreCutOff(t *testing.T) {
	a := Amended{Plan: mailTo("a@x")}
	at := place(t, a, "MAIL", 1)
	one, _ := a.With(Amendment{At: at, What: Insert, Step: Line("NOOP")})
	two, _ := one.With(Amendment{At: at, What: Insert, Step: Line("HELP")})
	other, _ := one.With(Amendment{At: at, What: Insert, Step: Line("VRFY")})
	if !strings.Contains(walk(two), "NOOP HELP MAIL") || !strings.Contains(walk(other), "NOOP VRFY MAIL") || strings.Contains(walk(one), "HELP") {
		t.Error("one list of changes is in another")
	}
	again, _ := one.Undone().With(Amendment{At: at, What: Insert, Step: Line("NOOP")})
	if a, b := one.Amendments[0].Step.ID, again.Amendments[0].Step.ID; a == b {
		t.Error("a step that was taken back and may have been sent passes for another one")
	}
	for range maxAmendments {
		two, _ = two.With(Amendment{At: at, What: Skip})
	}
	if _, ok := two.With(Amendment{At: at, What: Skip}); ok {
		t.Error("there is no end of changes")
	}
}

// TestMailThatIsLeftOut: a server answers 503 to what needs it, and is not
// asked for ever.
func TestMailThatIsLeftOut(t *testing.T) {
	m := mailTo("a@x", "b@x")
	m.From.Path, m.Helo = "z@x", "h"
	for _, c := range []struct{ rcpt, data, want string }{
		{"503 MAIL first", "", "EHLO_h RCPT_TO:<a@x> QUIT"},
		{"250 ok", "503 MAIL first", "EHLO_h RCPT_TO:<a@x> RCPT_TO:<b@x> DATA QUIT"},
		{"250 ok", "354 go on", "EHLO_h RCPT_TO:<a@x> RCPT_TO:<b@x> DATA content QUIT"},
	} {
		a := Amended{Plan: m}
		a, _ = a.With(Amendment{At: place(t, a, "MAIL", 1), What: Skip})
		var said []string
		s, seq := State{}, 0
		apply := func(e Event) { seq++; e.Seq = seq; s = s.Apply(e) }
		answer := map[string]string{"EHLO": "250 x", "RCPT": c.rcpt, "DATA": c.data, "QUIT": "221 bye"}
		for range 20 {
			st, ok := a.Next(s)
			if !ok || st.Kind == HangUp {
				break
			}
			switch {
			case st.Kind == Connect:
				apply(Event{Kind: Opened})
				apply(Event{Kind: Received, Data: []byte("220 x\r\n")})
			case st.Content != nil:
				said = append(said, "content")
				apply(Event{Kind: Sent, Step: st.ID, Data: []byte(".\r\n")})
				apply(Event{Kind: Received, Data: []byte("250 ok\r\n")})
			default:
				said = append(said, strings.ReplaceAll(strings.TrimSuffix(string(st.Bytes), "\r\n"), " ", "_"))
				apply(Event{Kind: Sent, Step: st.ID, Data: st.Bytes})
				apply(Event{Kind: Received, Data: []byte(answer[string(st.Bytes[:4])] + "\r\n")})
			}
		}
		if got := strings.Join(said, " "); got != c.want {
			t.Errorf("RCPT %q, DATA %q:\n is %s\nnot %s", c.rcpt, c.data, got, c.want)
		}
	}
}
