package transcript

import (
	"slices"
	"strings"
)

// What directives and facts add to a script stands here; what they look like,
// in directive.go.

func (b *scripter) directive(it *Item) {
	o, err := parseOrder(it)
	if err != nil {
		return // the reader has said so
	}
	switch it.Key {
	case "timeout":
		b.limit = o.seconds
	case "wait":
		b.pause += o.seconds
		b.add(turn{kind: turnWait, line: it.Line, last: it.Line, wait: o.seconds})
		b.block = -1
	case "compare":
		b.level = &o.level
	case "ignore":
		b.s.ignore = append(b.s.ignore, o.words...)
	case "normalise":
		b.normalise(o)
	case "set":
		if b.s.set == nil {
			b.s.set = map[string]string{}
		}
		b.s.set[o.name] = o.value
	case "expect":
		b.expect(o.expects)
	case "break":
		b.brake = it.Text
		if b.brake == "" {
			b.brake = "the transcript asks to stop here"
		}
	case "auth":
		b.authFact(&Item{Text: "begin " + it.Text})
	case "skip":
		if b.s.skip == 0 {
			b.s.skip, b.s.why = it.Line, it.Text
		}
	}
}

func (b *scripter) normalise(o order) {
	if o.rule != nil {
		// What somebody adds knows more than what is there for all.
		b.s.rules = append([]Normaliser{*o.rule}, b.s.rules...)
		return
	}
	b.s.rules = slices.DeleteFunc(slices.Clone(b.s.rules), func(n Normaliser) bool { return n.Name == o.name })
}

// expect adds a condition to what stands before it: the last replies, the
// handshake, or the end.
func (b *scripter) expect(x condition) {
	c := b.conn()
	switch {
	case x.of == "closed":
		c.wants = append(c.wants, x)
	case x.of == "tls":
		for i := len(c.turns) - 1; i >= 0; i-- {
			if c.turns[i].kind == turnSecure {
				c.turns[i].wants = append(c.turns[i].wants, x)
				return
			}
		}
		c.wants = append(c.wants, x)
	case len(c.answer) > 0:
		a := &c.answer[len(c.answer)-1]
		a.wants = append(a.wants, x)
	}
}

// capture: = capture name value
func (b *scripter) capture(it *Item) {
	name, value, _ := strings.Cut(it.Text, " ")
	if value = strings.TrimSpace(value); name != "" && value != "" {
		c := b.conn()
		c.ids = append(c.ids, word{value, name, "it was captured"})
	}
}
