package tui

import (
	"slices"

	"ehlo/session"
)

// Behind the end of a conversation nobody wants to read that it has ended: what
// failed in it is explained there.

// maxWentWrong bounds how many failures are explained at once, and how far back
// they are looked for.
const (
	maxWentWrong = 5
	farWentWrong = 4 * stride
)

// failuresBefore are the last failures of the channel that is no more, if the
// cursor rests on its end; the earliest first.
func (c *conversation) failuresBefore() (list []int) {
	last := int(c.failed) - 1
	if last < 0 || !c.follows() || !c.over(c.cursor) || last < c.opened() {
		return nil
	}
	for i := last; i >= max(c.opened(), last-farWentWrong) && len(list) < maxWentWrong; i-- {
		switch {
		case !c.isFailure(i) || i == c.cursor: // the end itself is explained where it stands
		case len(list) > 0 && c.rows[i].unverified(): // which did not end it
		default:
			list = append(list, i)
		}
	}
	slices.Reverse(list)
	return list
}

// wentWrong explains what failed before the end: one failure at length, several
// in brief.
func (p *page) wentWrong(c *conversation) {
	t := p.m.theme
	list := c.failuresBefore()
	where := " goes there"
	if len(list) > 1 {
		where = " goes to the last"
	}
	p.text(t.Dim, plural(len(list), "failure", "failures")+" before the end; "+p.m.keys.named("next-failure").key(false)+where)
	for _, i := range list {
		r := &c.rows[i]
		p.gap()
		if r.kind != session.Received {
			p.remarks(c.remarks(r))
			p.event(c.events[r.from])
			continue
		}
		reply := c.replyAt(i)
		style := replyStyle(r.class, t)
		if asked := c.askedAt(i); r.command >= 0 {
			p.text(t.Client, asked)
		}
		p.text(style, reply.String())
		p.remarks(c.remarks(r))
		if len(list) == 1 {
			p.reply(c, r)
			continue
		}
		words, next := meaning(r.verb, reply)
		p.beside(facts, "means", t.Text, words)
		p.beside(facts, "next", t.Text, next)
	}
}
