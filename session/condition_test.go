package session

import (
	"strings"
	"testing"
	"time"
)

func TestConditions(t *testing.T) {
	reply := Sight{
		Kind: Received, Verb: "RCPT", Code: 550, Phase: Recipients, Took: 700 * time.Millisecond, Failed: true,
		Line: func() string { return "550 5.1.1 <eve@x>: Unknown user" },
	}
	for text, want := range map[string]bool{
		"verb:rcpt": true, "verb:MAIL": false, "!verb:mail": true,
		"code:550": true, "code:5xx": true, "code:5": true, "Code:5": true, "code:55x": true, "code:551": false, "code:4yz": false,
		"side:S": true, "side:c": false, "side:=": false,
		"state:recipients": true, "state:recipients-given": true, "state:re": true, "state:sender": false,
		"slow:500ms": true, "slow:1s": false, "is:failed": true, "is:received": true, "is:marked": false, "!is:tls": true,
		"unknown": true, `"unknown user"`: true, `"user unknown"`: false, "nobody": false,
		`/5\.1\.\d/`: true, `/^550.*user$/`: true, `/unknown/`: false, `/a b/`: false, `!/x y/ code:5`: true,
		"verb:RCPT code:5xx slow:100ms user": true, "verb:RCPT code:2xx": false,
		"http://x": false, "<eve@x>:": true, "nokey:550": false,
	} {
		c, err := ParseCondition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if c.Holds(&reply) != want {
			t.Errorf("%s: %t", text, !want)
		}
		if c.String() != text {
			t.Errorf("%s is written %s", text, c)
		}
	}
}

func TestConditionsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "nothing to look for",
		"!":                       "behind the exclamation mark",
		"code:":                   "nothing stands behind it",
		"code:55":                 "expected a code such as 550",
		"code:xxx":                "expected a code such as 550",
		"code:9zz":                "the first digit is 2, 3, 4 or 5",
		"code:600":                "the first digit is 2, 3, 4 or 5",
		"code:1":                  "the first digit is 2, 3, 4 or 5",
		"code:+55":                "expected a code such as 550",
		"code:5x0":                "expected a code such as 550",
		"code:abc":                "expected a code such as 550",
		"side:x":                  "expected C, S or =",
		"cod:550":                 "there is no cod:, but code:; in quotes it is text",
		"States:ready":            "there is no states:, but state:",
		"state:nowhere":           "there are idle, waiting-for-the-greeting",
		"step:nothing":            "there are resolve, connect, ehlo",
		"step:rcpt-0":             "rcpt-1",
		"slow:fast":               "500ms",
		"is:nice":                 "expected failed, secret",
		"/abc":                    "has no / at its end",
		`"abc`:                    `has no " at its end`,
		"/(/":                     "missing closing )",
		strings.Repeat("x", 1001): "1000 octets",
	} {
		if _, err := ParseCondition(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestBreakpoints runs a mail until each breakpoint stops it.
func TestBreakpoints(t *testing.T) {
	for text, want := range map[string]string{
		"step:rcpt-2":                "before RCPT TO:<eve@x>",
		"step:rcpt":                  "before RCPT TO:<bob@x>",
		"verb:DATA":                  "before DATA",
		"step:content":               "before content",
		"verb:RCPT code:5xx":         "after 550 no",
		"code:550":                   "after 550 no",
		"code:220":                   "after 220 x",
		"state:ready":                "after 250 SIZE 10",
		"state:sender":               "after 250 sender ok",
		"state:recipients verb:DATA": "before DATA",
		"/eve/":                      "before RCPT TO:<eve@x>",
		`"sender ok"`:                "after 250 sender ok",
		"is:exposed":                 "before AUTH PLAIN AGEAYg==",
		"is:failed":                  "after 550 no",
		"slow:1m":                    "after 250 sender ok",
		"off code:550":               "",
		"code:421":                   "",
	} {
		b, err := ParseBreakpoint(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if b.String() != text {
			t.Errorf("%s is written %s", text, b)
		}
		if got := stopsAt(b); got != want {
			t.Errorf("%s stops %q, not %q", text, got, want)
		}
	}
}

// stopsAt says where a breakpoint stops a small conversation.
func stopsAt(b Breakpoint) string {
	steps := []Step{{ID: stepConnect, Kind: Connect}, say(stepHello, "EHLO x", 250, ""), say(stepAUTH, "AUTH PLAIN AGEAYg==", 235, ""),
		say(stepMail, "MAIL FROM:<a@x>", 250, ""), say(stepRcpt, "RCPT TO:<bob@x>", 250, ""),
		say(stepRcpt+1, "RCPT TO:<eve@x>", 250, ""), say(stepData, "DATA", 354, ""), {ID: stepContent, Content: BytesContent(nil)}}
	replies := [][]string{{"220 x"}, {"250-y", "250 SIZE 10"}, {"235 in"}, {"250 sender ok"}, {"250 ok"}, {"550 no"}, {"354 go"}, {"250 taken"}}
	s := State{}
	for i, st := range steps {
		if b.Before(s, st) {
			line, _ := cutEnding([]byte(st.String()))
			return "before " + strings.SplitN(line, ",", 2)[0]
		}
		switch {
		case st.Kind == Connect:
			s = s.Apply(Event{Seq: s.Seq + 1, Kind: Opened})
		case st.Content != nil:
			s = s.Apply(Event{Seq: s.Seq + 1, Kind: Sent, Step: st.ID, Data: []byte(".\r\n")})
		default:
			s = s.Apply(Event{Seq: s.Seq + 1, Kind: Sent, Step: st.ID, Data: st.Bytes})
		}
		for _, line := range replies[i] {
			e, took := Event{Seq: s.Seq + 1, Kind: Received, Data: []byte(line + "\r\n")}, time.Duration(0)
			if strings.Contains(line, "sender") {
				took = 2 * time.Minute
			}
			next := s.Apply(e)
			if b.After(&s, &next, e, took) {
				return "after " + line
			}
			s = next
		}
	}
	return ""
}

func FuzzCondition(f *testing.F) {
	f.Add("verb:RCPT code:5xx /a b/ !\"x y\" slow:1s", []byte("550 x"))
	f.Add("off !!state:r is:closed", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		b, err := ParseBreakpoint(text)
		if err != nil {
			return
		}
		s := State{}.Apply(Event{Kind: Opened})
		_ = b.Before(s, Step{Bytes: data})
		next := s.Apply(Event{Kind: Received, Data: data})
		_ = b.After(&s, &next, Event{Kind: Received, Data: data}, time.Second)
		if again, err := ParseBreakpoint(b.String()); err != nil || again.String() != b.String() {
			t.Fatalf("%q became %q: %v", text, again, err)
		}
	})
}
