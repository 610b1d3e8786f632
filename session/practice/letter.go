package practice

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// letter is the content of the transaction that is under way, dots no longer
// doubled.
type letter struct {
	text  []byte
	id    string
	room  int64 // octets that the store holds free for it
	lost  bool  // there was no room: the message cannot be taken
	large bool  // longer than the server takes, so that nobody needs the rest
}

// usual is how much room a letter has before it grows.
const usual = 2 << 10

// newLetter begins the content of a transaction.
func (c *conn) newLetter() {
	c.forget()
	c.letter = &letter{id: c.srv.newID(), text: make([]byte, 0, usual)}
	c.dots, c.eightBit, c.bareLF, c.cutCR = 0, false, false, false
}

// forget ends what was collected.
func (c *conn) forget() {
	if c.letter != nil {
		c.giveUp()
		c.letter = nil
	}
}

// giveUp lets go of the content, and leaves its room to others.
func (c *conn) giveUp() {
	c.srv.opts.Store.release(c.letter.room)
	c.letter.room, c.letter.text = 0, nil
}

// roomStep is how much room is asked for at a time.
const roomStep = 32 << 10

// collect adds octets to the content.
func (c *conn) collect(p []byte) {
	l := c.letter
	if l == nil {
		return
	}
	if !c.eightBit {
		c.eightBit = !ascii(p)
	}
	if l.large || l.lost {
		return
	}
	if int64(len(l.text)+len(p)) > c.maxSize() {
		l.large = true
		c.giveUp()
		return
	}
	for int64(len(l.text)+len(p)) > l.room {
		if !c.srv.opts.Store.reserve(roomStep) {
			l.lost = true
			c.giveUp()
			return
		}
		l.room += roomStep
	}
	at := len(l.text)
	l.text = append(l.text, p...)
	if c.srv.scenario.spoils == "seven-bit" {
		for i := at; i < len(l.text); i++ {
			l.text[i] &= 0x7f
		}
	}
}

// keep hands over what was accepted, and reports whether it is in safe hands.
func (c *conn) keep(tx session.Transaction) bool {
	if c.letter == nil {
		return true
	}
	defer c.forget()
	m := Mail{
		ID: c.letter.id, From: tx.ReversePath, Helo: c.state.Helo, Client: c.clientHost(), Protocol: c.protocol(tx.ReversePath),
		By: c.srv.opts.Name, At: c.srv.opts.Now(), Content: c.letter.text,
	}
	for _, r := range tx.Recipients {
		if r.Verdict().Code.Done() {
			m.To = append(m.To, session.Envelope{Path: r.Path, Params: r.Params})
		}
	}
	if c.srv.opts.Forward != nil {
		return c.srv.opts.Forward(m) == nil
	}
	return c.srv.Deliver(m) == nil
}

// protocol is what the trace says behind "with": RFC 3848, and RFC 6531, 4.3.
func (c *conn) protocol(from session.Envelope) string {
	name := "SMTP"
	switch {
	case c.state.LMTP:
		name = "LMTP"
	case c.state.ESMTP:
		name = "ESMTP"
	default:
		return name
	}
	if _, utf8 := from.Param("SMTPUTF8"); utf8 {
		name = "UTF8" + strings.TrimPrefix(name, "E")
	}
	if c.state.Secure {
		name += "S"
	}
	if c.state.Auth != "" {
		name += "A"
	}
	return name
}

// newID makes the name of a message.
func (s *Server) newID() string {
	n := strconv.FormatInt(s.opts.Now().UnixMicro(), 36) + strconv.FormatInt(s.made.Add(1), 36)
	return strings.ToUpper(n)
}

// id is the name of the message that is under way.
func (c *conn) id() string {
	if c.letter == nil {
		return c.srv.newID()
	}
	return c.letter.id
}

// maxShown is how many lines of content a reply shows.
const maxShown = 20

// contentShown replies with the content as it was received.
func (c *conn) contentShown() string {
	lines := []string{"2.0.0 I received"}
	if c.letter != nil {
		for line := range strings.Lines(string(c.letter.text)) {
			if len(lines) > maxShown {
				lines = append(lines, "2.0.0   and so on")
				break
			}
			line = strings.TrimRight(line, "\r\n")
			lines = append(lines, "2.0.0   "+shown(line[:min(len(line), 400)]))
		}
	}
	lines = append(lines, fmt.Sprintf("2.0.0 which is %d octets", c.contentSize()))
	return replyLines("250", lines)
}

// Mail is a message that a server has taken responsibility for.
type Mail struct {
	ID       string
	From     session.Envelope // with the parameters of MAIL
	To       []session.Envelope
	Helo     string // what the client called itself, and where it was
	Client   string
	By       string // the server
	Protocol string // as RFC 3848 names it
	Via      string // the link, if it is none that SMTP is used on
	At       time.Time
	Content  []byte // as received, without the server's own trace
}
