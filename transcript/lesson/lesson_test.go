package lesson_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript/lesson"
)

func TestParseSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "x.smtp:1: the title is missing",
		"# lesson: x":                   "there is nothing to read",
		"# lesson: x\n# hnit: y":        `x.smtp:3: "hnit" is no key; did you mean hint?`,
		"# lesson: x\n# hint: y":        "x.smtp:3: hint belongs to a task",
		"# lesson: x\n# answer: y":      "x.smtp:3: answer belongs to a question",
		"# lesson: x\n# task: y":        "x.smtp:3: the task has no check",
		"# lesson: x\n# text\n# ask: y": "x.smtp:4: the question has no answer",
		"# lesson:":                     `behind "lesson" something is missing`,
		"# lesson: x\n# practice: ../x": "one that ships, or a FILE.scenario beside",
		"# lesson: x\n# practice: a b":  "SCENARIO hurry N",
		"# lesson: x\n# text\nZ: what":  "x.smtp:4:1: ",
		check("frob"):                   `x.smtp:4: "frob" is no term of a check; there are esmtp`,
		check("frob = 1"):               `"frob" is nothing that can be compared`,
		check("to = many"):              `to is compared with a number, not with "many"`,
		check("to ="):                   `behind "to =" something is missing`,
		check("phase = dancing"):        `"dancing" is no phase`,
		check("last > 5"):               "last is the same or not: = or !=",
		check("responsible = me"):       "responsible is server, client or either",
		check("esmtp and last = 250") + "\n# practice: x hurry 0": `hurry "0"`,
	} {
		_, err := lesson.Parse("x.smtp", strings.NewReader("= smtp-transcript 1\n"+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n%v\nwant %s", text, err, want)
		}
	}
}

func check(terms string) string { return "# lesson: x\n# task: y\n# check: " + terms }

// TestTextIsText: only what looks like a key is one.
func TestTextIsText(t *testing.T) {
	l, err := lesson.Parse("07-x.smtp", strings.NewReader("= smtp-transcript 1\n# lesson: x\n# All you must know: 2 is yes.\n# know: it\n#\n# more\n# task: do\n#   it\n# check: esmtp\n# then\n"))
	if err != nil {
		t.Fatal(err)
	}
	if l.Name != "x" || len(l.Steps) != 2 || l.Steps[0].Task != "do it" || strings.Join(l.Steps[0].Text, "|") != `All you must know: 2 is yes.|know: it||more` {
		t.Errorf("%+v", l)
	}
	if strings.Join(l.Steps[1].Text, "|") != "then" {
		t.Errorf("%+v", l.Steps[1])
	}
}

// TestChecks folds one conversation, and asks.
func TestChecks(t *testing.T) {
	var s lesson.Seen
	for line := range strings.Lines("S: 220 x\nC: EHLO c\nS: 250-x\nS: 250 SIZE 5\nC: MAIL FROM:<a@b.example>\nS: 250 2.1.0 ok\nC: RCPT TO:<c@d.example>\nS: 250 ok\nC: RCPT TO:<e@d.example>\nS: 550 5.1.1 no\n") {
		e := session.Event{Kind: session.Received, Data: []byte(line[3:len(line)-1] + "\r\n")}
		if line[0] == 'C' {
			e.Kind = session.Sent
		}
		if s.Connections == 0 {
			s = s.Apply(session.Event{Kind: session.Opened})
		}
		s = s.Apply(e)
	}
	for text, want := range map[string]bool{
		"esmtp": true, "not esmtp": false, "secure": false, "not secure and esmtp": true, "lmtp": false, "loggedin": false, "broken": false,
		"phase = recipients given": true, "from = a@b.example": true, "from = none": false, "to = 1": true, "to > 1": false, "to >= 1": true,
		"refused = 1 and to = 1": true, "last = 550": true, "last != 550": false, "heard = 250": true, "heard = 421": false, "enhanced = 5.1.1": true,
		"offers = size": true, "offers != AUTH": true, "accepted = 0": true, "delivered < 1": true, "undelivered <= 0": true,
		"connections = 1": true, "bad = 0": true, "responsible = client": true, "closed = server": false, "verified": false,
	} {
		l, err := lesson.Parse("x", strings.NewReader("= smtp-transcript 1\n"+check(text)+"\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := l.Steps[0].Check.Holds(s); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if (lesson.Check{}).Holds(s) {
		t.Error("no check holds")
	}
}

func TestProgress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "lessons")
	p, err := lesson.ReadProgress(file)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 26, 6, 0, 0, 0, time.UTC)
	for range 2 {
		if err := p.Finish("hello", at); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil || string(text) != "hello 2026-11-26T06:00:00Z\n" {
		t.Errorf("%q %v", text, err)
	}
	if err := os.WriteFile(file, append(text, "what is this?\n\x00\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err = lesson.ReadProgress(file)
	if when, ok := p.Done("hello"); err != nil || !ok || !when.Equal(at) {
		t.Errorf("%v %v %v", when, ok, err)
	}
}

// TestEnoughLessons: the list is a course.
func TestEnoughLessons(t *testing.T) {
	list := lesson.Lessons()
	if len(list) < 15 || list[0].Name != "hello" || list[len(list)-1].Name != "twice" {
		t.Errorf("%d lessons", len(list))
	}
	for _, name := range []string{"hello", "1", "22"} {
		if _, err := lesson.Find(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := lesson.Find("frob"); err == nil || !strings.Contains(err.Error(), "ehlo list lessons") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("= smtp-transcript 1\n# lesson: x\n# task: y\n# check: esmtp and to >= 1\n# hint: z\nC: EHLO x\nS: 250 x\n")
	f.Add("= smtp-transcript 1\n# lesson: x\n# ask: y\n#   more\n# answer: 250 | ok\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := lesson.Parse("x.smtp", strings.NewReader(text))
		if err != nil {
			return
		}
		run := lesson.Begin(l)
		for range len(l.Steps) {
			run, _ = run.Apply(session.Event{Kind: session.Opened})
			run, _ = run.Hint()
			run = run.Skip()
		}
		if !run.Done() {
			t.Error("the lesson does not end")
		}
	})
}
