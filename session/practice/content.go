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
	"time"

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

// data reads content up to CRLF.CRLF and gives the verdict. The content
// itself is thrown away; its size is in the state's mail data.
func (c *conn) data() {
	if c.out.Flush() != nil {
		c.over = true
		return
	}
	c.dots = 0
	start := true // of a line: CRLF ends one, a bare LF does not (RFC 5321, 2.3.8)
	for c.state.Phase == session.Data && !c.state.MailData.Complete {
		_ = c.rw.SetReadDeadline(time.Now().Add(c.srv.opts.IdleTimeout))
		part, err := c.in.ReadSlice('\n')
		if len(part) > 0 {
			c.apply(session.Sent, part)
			if start && part[0] == '.' && string(part) != ".\r\n" {
				c.dots++ // RFC 5321, 4.5.2
			}
			start = bytes.HasSuffix(part, []byte("\r\n"))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.idle()
			}
			c.over = c.over || err == io.EOF || c.state.Phase == session.Data
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
	size := c.state.MailData.Octets - c.dots
	taken := c.state.ForwardPath()
	whole := reply(fmt.Sprintf("250 2.0.0 Ok: %d octets, message %d of this session", size, c.state.Accepted+1))
	var each strings.Builder
	full := 0
	for _, r := range taken {
		if mailboxOf(r.Path) == "full" {
			full++
			each.WriteString(reply("452 4.2.2 <" + r.Path + "> the mailbox is full"))
		} else {
			each.WriteString(reply("250 2.1.5 <" + r.Path + "> Ok"))
		}
	}
	if full == len(taken) && full > 0 {
		whole = reply("452 4.2.2 Every mailbox is full")
	}
	if size > c.maxSize() { // RFC 1870, 6.3
		whole = tooBig(strconv.FormatInt(size, 10), c.maxSize())
		return strings.Repeat(whole, c.due(session.EndOfData))
	}
	_, prdr := reverse(c.state).Param("PRDR")
	switch {
	case len(taken) > 0 && c.state.LMTP:
		return each.String()
	case len(taken) > 0 && prdr && c.state.Offered.Has("PRDR"):
		return reply("353 A verdict for each recipient follows") + each.String() + whole
	}
	return whole
}

// reverse returns the envelope of the transaction, an empty one without.
func reverse(s session.State) session.Envelope {
	if s.ReversePath == nil {
		return session.Envelope{}
	}
	return *s.ReversePath
}

// due is how many replies are due to one thing: with LMTP one for each
// recipient to the end of data.
func (c *conn) due(what string) int {
	if what == session.EndOfData && c.state.LMTP {
		return max(1, len(c.state.ForwardPath()))
	}
	return 1
}
