package plain

import (
	"strings"

	"ehlo/session"
	"ehlo/session/explain"
)

// explain says what words mean, or what happened last.
func (t *talk) explain(words string) {
	if words = strings.TrimSpace(words); words == "" {
		t.explainLast()
		return
	}
	for _, topic := range explain.Ask(strings.Fields(words)...) {
		t.entries(topic.Entries)
		if topic.Note != "" {
			t.say("%s", topic.Note)
		}
		switch {
		case len(topic.Entries) > 0:
		case len(topic.Near) > 0:
			t.say("%s is in no table; there are %s", topic.Words, strings.Join(topic.Near, ", "))
		default:
			t.say("%s is in no table", topic.Words)
		}
	}
}

// explainLast explains the last thing that was said, by whomever.
func (t *talk) explainLast() {
	events := t.shown()
	if len(events) == 0 {
		t.say("nothing has happened yet; /explain WORD explains a code, a command, a keyword")
		return
	}
	s, _ := t.moment("")
	last := events[len(events)-1]
	if last.Kind == session.Closed && len(events) > 1 && events[len(events)-2].Kind == session.Failed {
		last = events[len(events)-2] // which is why
	}
	if found := explain.Failure(last.Fault); last.Kind == session.Failed && found.Title != "" {
		t.say("%s", row(last))
		t.entries([]explain.Entry{found})
		return
	}
	for i := len(events) - 1; i >= 0 && last.Kind != session.Sent && last.Kind != session.Received; i-- {
		last = events[i]
	}
	switch {
	case last.Kind == session.Received && s.Partial():
		t.say("%s", row(last))
		t.say("this reply has not come to its end")
	case last.Kind == session.Received && s.Last.Code != 0:
		t.entries(explain.Reply(s.Last.To, s.Last))
	case last.Kind == session.Sent:
		t.explainCommand(session.ParseCommand(last.Data))
	default:
		t.say("%s", row(last))
	}
	for _, r := range s.Remarks {
		t.prose("", remark(r))
	}
}

// explainCommand explains a verb and the parameters that go with it.
func (t *talk) explainCommand(c session.Command) {
	var list []explain.Entry
	for _, e := range explain.Lookup(c.Verb) {
		if e.Kind == "verb" {
			list = append(list, e)
		}
	}
	if keyword := map[string]string{"MAIL": "FROM", "RCPT": "TO"}[c.Verb]; keyword != "" {
		env, _ := session.ParseEnvelope(keyword, c.Arg)
		for _, p := range env.Params {
			list = append(list, explain.Parameter(c.Verb, p.Key)...)
		}
	}
	if len(list) == 0 {
		t.say("no table here knows %s", c.Verb)
	}
	t.entries(list)
}

// entries prints what the tables know, but for the class behind something
// that is more to the point.
func (t *talk) entries(list []explain.Entry) {
	for i, e := range list {
		if i > 1 && strings.HasSuffix(e.Word, ".X.X") {
			continue
		}
		t.say("%s: %s", e.Word, e.Title)
		for _, part := range []struct{ label, text string }{{"", e.Text}, {"who: ", e.Who}, {"what to do: ", e.Next}, {"source: ", e.Source}} {
			if part.text != "" && part.text != e.Title {
				t.prose("   ", part.label+part.text)
			}
		}
	}
}

// advise says what the rules think of a line that is not sent.
func (t *talk) advise(line string) {
	list := session.AdviseBehind(t.now, t.hold, session.Line(line).Bytes)
	for _, a := range list {
		t.prose("", remark(a.Remark))
	}
	if len(list) == 0 {
		t.say("nothing speaks against this line")
	}
	if code := session.Expect(t.ahead(), session.Line(line).Bytes); code != 0 {
		t.say("a correct server answers %s", code)
	}
}

// complete lists how a line can go on. What it proposes lacks nothing but what
// a person has to say.
func (t *talk) complete(line string) {
	addresses := []string{t.mail.From.Path}
	for _, to := range t.mail.To {
		addresses = append(addresses, to.Path)
	}
	list := session.Complete(t.ahead(), line, addresses)
	for _, c := range list {
		t.say("%s", c.Line)
	}
	if len(list) == 0 {
		t.say("nothing is known to go on with")
	}
}
