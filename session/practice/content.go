package practice

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"ehlo/session"
)

// dataCommand: RFC 5321, 4.1.1.4.
func (c *conn) dataCommand(cmd session.Command) string {
	switch {
	case argument(cmd) != "":
		return reply("501 5.5.4 DATA takes no argument")
	case !c.state.InTransaction():
		return reply("503 5.5.1 MAIL and RCPT first")
	case c.state.Phase == session.Chunks || c.state.Phase == session.Spoilt:
		return reply("503 5.5.1 BDAT and DATA exclude each other; RSET ends the transaction") // RFC 3030, 2
	case c.binary():
		return reply("503 5.5.1 BINARYMIME needs BDAT") // RFC 3030, 3
	case c.state.Phase != session.Recipients && c.lmtp():
		return reply("503 5.5.1 No valid recipients") // RFC 2033, 4.2
	case c.state.Phase != session.Recipients:
		return reply("554 5.5.1 No valid recipients") // RFC 5321, 3.3
	}
	return reply("354 End data with <CR><LF>.<CR><LF>")
}

func (c *conn) binary() bool {
	body, _ := c.state.ReversePath.Param("BODY")
	return strings.EqualFold(body, "BINARYMIME")
}

// data reads content up to CRLF.CRLF and gives the verdict.
func (c *conn) data() {
	if c.out.Flush() != nil {
		c.over = true
		return
	}
	c.newLetter()
	start := true // of a line: CRLF ends one, a bare LF does not (RFC 5321, 2.3.8)
	for c.state.Phase == session.Data && !c.state.MailData.Complete {
		if !c.lineCame() {
			c.patience()
		}
		part, err := c.in.ReadSlice('\n')
		if len(part) > 0 {
			c.apply(session.Sent, part)
			text := part
			if start && part[0] == '.' { // RFC 5321, 4.5.2
				if string(part) == ".\r\n" {
					text = nil
				} else {
					c.dots++
					text = part[1:]
				}
				if text != nil && c.srv.scenario.spoils == "dots-kept" {
					text = part
				}
			}
			c.bareLF = c.bareLF || !bytes.HasSuffix(part, []byte("\r\n")) && part[len(part)-1] == '\n' && !c.cutCR
			start = bytes.HasSuffix(part, []byte("\r\n")) || c.cutCR && string(part) == "\n"
			c.cutCR = part[len(part)-1] == '\r'
			c.collect(text)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.idle()
			}
			c.left = err == io.EOF
			c.over = c.over || c.left || c.state.Phase == session.Data
			return
		}
	}
	c.act(session.EndOfData, session.Command{})
}

// endOfData counts as RFC 1870, 3 does: without the dots that were doubled on
// the way.
//
// RFC 2033, 4.2: with LMTP there is a verdict for each recipient taken. With
// PRDR a 353 comes first, and a verdict on the whole last.
func (c *conn) endOfData() string {
	size := c.contentSize()
	taken := c.state.ForwardPath()
	switch {
	case size > c.maxSize(): // RFC 1870, 6.3
		return strings.Repeat(tooBig(strconv.FormatInt(size, 10), c.maxSize()), c.due(session.EndOfData))
	case c.letter != nil && c.letter.lost:
		return strings.Repeat(noRoom(), c.due(session.EndOfData))
	}
	each, refused := c.verdicts(taken)
	whole := reply(fmt.Sprintf("250 2.0.0 Ok: %d octets, message %d of this session", size, c.state.Accepted+1))
	if refused == len(taken) && refused > 0 {
		whole = reply("452 4.2.2 Every mailbox is full")
	}
	_, prdr := c.reverse().Param("PRDR")
	switch {
	case len(taken) > 0 && c.state.LMTP:
		return each
	case len(taken) > 0 && prdr && c.state.Offered.Has("PRDR"):
		return reply("353 A verdict for each recipient follows") + each + whole
	}
	return whole
}

func noRoom() string { return reply("452 4.3.1 There is no room for the message now") } // RFC 3463, 3.4

// verdicts gives one for each recipient, and counts the refusals.
func (c *conn) verdicts(taken []session.Recipient) (each string, refused int) {
	var b strings.Builder
	for _, r := range taken {
		text := reply("250 2.1.5 <" + r.Path + "> Ok")
		if mailboxOf(r.Path) == boxFull && !c.srv.opts.Relays {
			text = reply("452 4.2.2 <" + r.Path + "> the mailbox is full")
		}
		cmd := session.Command{Verb: "RCPT", Arg: "TO:<" + r.Path + ">"}
		if r, ok := c.find(oneVerdict, cmd, func() string { return text }); ok {
			for _, a := range r.actions {
				if a.verb == "reply" {
					text = c.fill(a.text, cmd)
				}
			}
		}
		if !strings.HasPrefix(text, "2") {
			refused++
		}
		b.WriteString(text)
	}
	return b.String(), refused
}

// contentSize is that of the content as RFC 1870, 3 counts it.
func (c *conn) contentSize() int64 { return c.state.MailData.Octets - c.dots }

// reverse returns the envelope of the transaction, an empty one without.
func (c *conn) reverse() session.Envelope {
	if c.state.ReversePath == nil {
		return session.Envelope{}
	}
	return *c.state.ReversePath
}

// due is how many replies are due to one thing: with LMTP one for each
// recipient to the end of data.
func (c *conn) due(what string) int {
	if what == session.EndOfData && c.state.LMTP {
		return max(1, len(c.state.ForwardPath()))
	}
	return 1
}
