package tui

import (
	"fmt"
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

// failures are those of the last channel, as far back as they are looked for; the
// earliest first.
func (c *conversation) failures() (list []int) {
	last := int(c.failed) - 1
	for i := last; i >= max(c.opened(), last-farWentWrong, 0); i-- {
		switch {
		case !c.isFailure(i):
		case len(list) > 0 && c.rows[i].unverified(): // which did not end it
		default:
			list = append(list, i)
		}
	}
	slices.Reverse(list)
	return list
}

// failuresBefore are the last failures of the channel that is no more, if the
// cursor rests on its end.
func (c *conversation) failuresBefore() (list []int) {
	if len(c.rows) == 0 || !c.follows() || !c.over(c.cursor) {
		return nil
	}
	list = slices.DeleteFunc(c.failures(), func(i int) bool { return i == c.cursor }) // the end itself is explained where it stands
	return list[max(len(list)-maxWentWrong, 0):]
}

// cause is the failure that the last channel came to: the last one, and of
// several answers to the same verb the first; -1 if nothing failed.
func (c *conversation) cause() int {
	list := c.failures()
	if len(list) == 0 {
		return -1
	}
	last := &c.rows[list[len(list)-1]]
	at := len(list) - 1
	for at > 0 && last.kind == session.Received && c.rows[list[at-1]].kind == session.Received && c.rows[list[at-1]].verb == last.verb {
		at--
	}
	return list[at]
}

// restOnFailure puts the cursor where a run went wrong, if it is still at the end
// and nothing comes behind that.
func (m *Model) restOnFailure() {
	c := &m.live
	if i := c.cause(); i >= 0 && len(m.drive.plan) == 0 && c.follows() {
		c.reveal(i)
		m.session.tops[explainPane] = 0
	}
}

// oneOfSeveral says which of the failures of the last channel a row is, and how
// to go on to the others.
func (p *page) oneOfSeveral(c *conversation) {
	list := c.failures()
	if at := slices.Index(list, c.cursor); at >= 0 && len(list) > 1 {
		p.text(p.m.theme.Dim, fmt.Sprintf("failure %d of %d; %s goes to the next", at+1, len(list), p.m.keys.named("next-failure").key(false)))
	}
}

// wentWrong explains what failed before the end: one failure at length, several
// in brief.
func (p *page) wentWrong(c *conversation) {
	t := p.m.theme
	list := c.failuresBefore()
	where := " goes there"
	if len(list) > 1 {
		where = " goes through them"
	}
	p.text(t.Dim, session.Count(len(list), "failure", "failures")+" before the end; "+p.m.keys.named("next-failure").key(false)+where)
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
