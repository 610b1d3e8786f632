package practice

import (
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"ehlo/session"
)

// act does what the scenario says, or what a correct server does.
func (c *conn) act(what string, cmd session.Command) {
	if !c.rulesOn(what) {
		c.proceed(what, c.answer(what, cmd))
		return
	}
	answer := sync.OnceValue(func() string { return c.answer(what, cmd) })
	if r, ok := c.find(what, cmd, answer); ok {
		c.perform(r, what, cmd, answer)
		return
	}
	c.proceed(what, answer())
}

// proceed says what a correct server says.
func (c *conn) proceed(what, text string) {
	switch what {
	case "AUTH":
		c.endLogin(text)
	default:
		c.write(text)
	}
}

// perform carries out the actions of a rule.
func (c *conn) perform(r rule, what string, cmd session.Command, answer func() string) {
	for _, a := range r.actions {
		if c.over { // by a 421, or because nobody is there any more
			return
		}
		switch a.verb {
		case "reply":
			c.write(strings.Repeat(c.fill(a.text, cmd), c.due(what)))
		case "raw":
			c.write(a.text)
		case "delay":
			_ = c.out.Flush()
			c.delay(what, a.delay)
		case "drip":
			c.drip = a.delay
		case "keep":
			c.keep(session.Transaction{ReversePath: c.reverse(), Recipients: c.state.ForwardPath()})
		case "show":
			c.write(c.contentShown())
		case "go":
			c.proceed(what, answer())
		case "close", "reset":
			c.hangUp(a.verb == "reset")
			return
		}
	}
}

// delay waits. Before the greeting is complete it listens, too.
//
// RFC 5321, 4.3.1: a client should wait for the greeting.
func (c *conn) delay(what string, d time.Duration) {
	none := func() string { return "" }
	if what != session.Greeting || !c.rulesOn(earlyTalk) {
		c.pause(d)
		return
	}
	_ = c.rw.SetReadDeadline(time.Now().Add(c.hurried(d)))
	_, err := c.in.Peek(1)
	c.patience()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	if err != nil {
		c.over, c.left = true, true
		return
	}
	came, _ := c.in.Peek(c.in.Buffered())
	c.srv.watch(c, session.Event{Kind: session.Sent, Data: came})
	if r, ok := c.find(earlyTalk, session.Command{}, none); ok {
		c.perform(r, earlyTalk, session.Command{}, none)
	}
}

// rulesOn reports whether the scenario says anything about this.
func (c *conn) rulesOn(what string) bool {
	for i := range c.srv.scenario.rules {
		if c.srv.scenario.rules[i].on(what) {
			return true
		}
	}
	return false
}

func (c *conn) hurried(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.srv.opts.Hurry)
}

// pause waits, unless the server is closed.
func (c *conn) pause(d time.Duration) {
	timer := time.NewTimer(c.hurried(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		c.patience()
	case <-c.srv.done:
		c.over = true
	}
}

// hangUp has the channel closed. TCP and the channel in memory know a reset.
func (c *conn) hangUp(reset bool) {
	_ = c.out.Flush()
	if l, ok := c.raw.(interface{ SetLinger(sec int) error }); ok && reset {
		_ = l.SetLinger(0)
		c.abrupt = true
	}
	c.over = true
}
