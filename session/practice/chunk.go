package practice

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"ehlo/session"
)

// bdat takes a chunk: its octets first, then the reply. They are read off also
// when the command is refused, or else they would be taken for commands.
//
// RFC 3030, 2.
func (c *conn) bdat(cmd session.Command) {
	if c.state.MailData.Octets == 0 {
		c.newLetter()
	}
	if c.state.Offered.Has("CHUNKING") {
		if size, _ := session.ChunkSize(cmd.Arg); !c.takeChunk(size) {
			return
		}
	}
	// The reply to the last chunk is that to the end of data.
	if _, last := session.ChunkSize(cmd.Arg); last && c.chunkProblem(cmd) == "" && c.malformed(cmd) == "" && c.missing("BDAT") == "" {
		if r, ok := c.find("BDAT", cmd, func() string { return "" }); ok {
			c.perform(r, session.EndOfData, cmd, func() string { return c.answer(session.EndOfData, cmd) })
			return
		}
		c.act(session.EndOfData, session.Command{})
		return
	}
	c.act(cmd.Verb, cmd)
}

// takeChunk reads that many octets, in constant memory.
func (c *conn) takeChunk(size int64) bool {
	if size > int64(c.in.Buffered()) && c.out.Flush() != nil {
		c.over = true
		return false
	}
	for size > 0 {
		if c.in.Buffered() == 0 {
			c.patience()
		}
		_, err := c.in.Peek(1)
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.idle()
			}
			c.over, c.left = true, err == io.EOF
			return false
		}
		part, _ := c.in.Peek(int(min(size, int64(c.in.Buffered()))))
		c.apply(session.Sent, part)
		c.collect(part)
		size -= int64(len(part))
		_, _ = c.in.Discard(len(part))
	}
	return true
}

// chunk is the reply to a chunk that is not the last one, or that is refused.
func (c *conn) chunk(cmd session.Command) string {
	if problem := c.chunkProblem(cmd); problem != "" {
		return problem
	}
	if c.letter != nil && c.letter.lost {
		return noRoom()
	}
	size, _ := session.ChunkSize(cmd.Arg)
	return reply(fmt.Sprintf("250 2.0.0 %d octets received", size))
}

// chunkProblem: RFC 3030, 2.
func (c *conn) chunkProblem(cmd session.Command) string {
	if !c.state.Offered.Has("CHUNKING") {
		if !c.has("CHUNKING") || c.state.ESMTP {
			return notImplemented()
		}
		return reply("503 5.5.1 EHLO first")
	}
	number, rest, more := strings.Cut(argument(cmd), " ")
	_, err := strconv.ParseInt(number, 10, 64)
	switch {
	case !digitsOnly(number) || err != nil || more && !strings.EqualFold(strings.TrimSpace(rest), "LAST"):
		return reply("501 5.5.4 BDAT is a number of octets, and LAST for the last chunk")
	case !c.state.InTransaction():
		return reply("503 5.5.1 MAIL and RCPT first")
	case c.state.Phase == session.Spoilt:
		return reply("503 5.5.1 A chunk was refused; RSET ends the transaction")
	case c.state.Phase != session.Recipients && c.state.Phase != session.Chunks && c.lmtp():
		return reply("503 5.5.1 No valid recipients") // RFC 2033, 4.2
	case c.state.Phase != session.Recipients && c.state.Phase != session.Chunks:
		return reply("554 5.5.1 No valid recipients")
	case c.state.MailData.Octets > c.maxSize() && !strings.EqualFold(strings.TrimSpace(rest), "LAST"):
		return tooBig(strconv.FormatInt(c.state.MailData.Octets, 10), c.maxSize())
	}
	return ""
}
