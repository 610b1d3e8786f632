package script

import (
	"slices"
	"strings"

	"ehlo/transcript"
	"ehlo/transcript/normalise"
)

// What directives and facts add to a script stands here; what they look like,
// where the format is read.

func (b *scripter) directive(it *transcript.Item) {
	o, err := transcript.ParseOrder(it)
	if err != nil {
		return // the reader has said so
	}
	switch it.Key {
	case "timeout":
		b.limit = o.Wait
	case "wait":
		b.pause += o.Wait
		b.add(Turn{Kind: TurnWait, Line: it.Line, Last: it.Line, Wait: o.Wait})
		b.block = -1
	case "compare":
		b.level = &o.Level
	case "ignore":
		b.s.Ignore = append(b.s.Ignore, o.Words...)
	case "normalise":
		b.normalise(o)
	case "set":
		if b.s.Set == nil {
			b.s.Set = map[string]string{}
		}
		b.s.Set[o.Name] = o.Value
	case "expect":
		b.expect(o.Expects)
	case "break":
		b.brake = it.Text
		if b.brake == "" {
			b.brake = "the transcript asks to stop here"
		}
	case "auth":
		b.authFact(&transcript.Item{Text: "begin " + it.Text})
	case "skip":
		if b.s.Skip == 0 {
			b.s.Skip, b.s.Why = it.Line, it.Text
		}
	}
}

func (b *scripter) normalise(o transcript.Order) {
	if o.Rule != nil {
		// What somebody adds knows more than what is there for all.
		b.s.Rules = append([]normalise.Rule{*o.Rule}, b.s.Rules...)
		return
	}
	b.s.Rules = slices.DeleteFunc(slices.Clone(b.s.Rules), func(n normalise.Rule) bool { return n.Name == o.Name })
}

// expect adds a condition to what stands before it: the last reply, or the one
// that is due; the handshake, or the one that is next; or the end.
func (b *scripter) expect(x transcript.Condition) {
	c := b.conn()
	switch {
	case x.Of == "closed":
		c.Wants = append(c.Wants, x)
	case x.Of == "" && (b.st.Owed() > 0 || len(c.Answer) == 0):
		b.due = append(b.due, x)
	case x.Of == "tls":
		for i := len(c.Turns) - 1; i >= 0; i-- {
			if c.Turns[i].Kind == TurnSecure {
				c.Turns[i].Wants = append(c.Turns[i].Wants, x)
				return
			}
		}
		c.Wants = append(c.Wants, x)
	default:
		a := &c.Answer[len(c.Answer)-1]
		a.Wants = append(a.Wants, x)
	}
}

// capture: = capture name value
func (b *scripter) capture(it *transcript.Item) {
	name, value, _ := strings.Cut(it.Text, " ")
	if value = strings.TrimSpace(value); name != "" && value != "" {
		c := b.conn()
		c.IDs = append(c.IDs, normalise.Word{Text: value, Token: name, Why: "it was captured"})
	}
}
