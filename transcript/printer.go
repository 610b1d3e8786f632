package transcript

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"ehlo/session"
)

// Bullets stand where a secret was.
const Bullets = "••••••••"

// Printer writes events as lines of text, with the marks that swaks made
// known:
//
//	 ->  client            ~>  client, under TLS
//	<-   server           <~   server, under TLS
//	<**  server refuses   <~*  server refuses, under TLS
//	===  information      ***  error
//
// Whatever the server sent, what is printed cannot move a cursor; a secret is
// printed as bullets. The zero value with W set is ready to use, and events
// can be given one by one as they happen.
type Printer struct {
	W io.Writer
	// Times puts before each row the seconds since the row before it, and
	// so before the first line of a reply how long it took.
	Times bool
	// Remarks adds what the rules say about each event.
	Remarks bool
	// Facts adds the facts of an event, one a row: who connected where, the
	// certificates.
	Facts bool
	// Decode adds what the base64 of a login holds, secrets included.
	Decode bool

	state session.State
	block int
	last  time.Time
	buf   bytes.Buffer
}

// Print prints one event: one line, or more if something is to be said about it.
func (p *Printer) Print(e session.Event) error {
	b := &p.buf
	b.Reset()
	secure := p.state.Secure
	if p.Remarks || e.Kind != session.Sent && e.Kind != session.Received {
		p.state = p.state.Apply(e) // else TLS is all that matters, and no octets begin it
	}
	if e.Lost > 0 {
		p.row(b, e, "===", fmt.Sprintf("%d octets were not kept", e.Lost))
	}
	switch e.Kind {
	case session.Sent:
		p.said(b, e, clientMark(secure))
	case session.Received:
		p.said(b, e, serverMark(secure, session.ParseReplyLine(e.Data).Code))
	case session.Failed:
		p.row(b, e, "***", e.Text)
	default:
		p.row(b, e, "===", textOf(e))
	}
	if p.Facts {
		for _, f := range e.Facts {
			p.row(b, e, "===", "  "+f.Key+": "+f.Value)
		}
	}
	if text, ok := e.Decoded(); ok && p.Decode {
		p.row(b, e, "===", "decoded: "+text)
	}
	if p.Remarks {
		for _, r := range p.state.Remarks {
			p.row(b, e, "===", fmt.Sprintf("%s: %s (%s)", r.Severity, r.Text, r.Source))
		}
	}
	_, err := p.W.Write(b.Bytes())
	return err
}

// said adds a line that was sent or received.
func (p *Printer) said(b *bytes.Buffer, e session.Event, mark string) {
	line := e.Public(Bullets)
	text, complete := bytes.CutSuffix(line, []byte("\r\n"))
	switch {
	case e.Bulk != nil:
		p.row(b, e, mark, bulkText(e.Bulk))
	case complete && len(text) > 0 && forbidden(text) < 0: // by far the most
		p.mark(b, e, mark)
		b.WriteByte(' ')
		b.Write(text)
		b.WriteByte('\n')
	default:
		p.row(b, e, mark, lineText(line))
	}
}

// row adds one line.
func (p *Printer) row(b *bytes.Buffer, e session.Event, mark, text string) {
	p.mark(b, e, mark)
	if text != "" {
		b.WriteByte(' ')
		b.WriteString(session.Escape(text))
	}
	b.WriteByte('\n')
}

// mark adds what stands before the text.
func (p *Printer) mark(b *bytes.Buffer, e session.Event, mark string) {
	if p.Times {
		column := ""
		if e.Block == 0 || e.Block != p.block {
			column = fmt.Sprintf("%.3f", Gap(p.last, e.At).Seconds())
		}
		fmt.Fprintf(b, "%9s ", column)
		p.block, p.last = e.Block, e.At
	}
	b.WriteString(mark)
}

func clientMark(secure bool) string {
	if secure {
		return " ~>"
	}
	return " ->"
}

func serverMark(secure bool, code session.Code) string {
	// RFC 5321, 4.2.1: 4yz and 5yz are negative completions.
	refused := code.Class() == 4 || code.Class() == 5
	switch {
	case secure && refused:
		return "<~*"
	case secure:
		return "<~ "
	case refused:
		return "<**"
	}
	return "<- "
}

func bulkText(b *session.Bulk) string {
	return fmt.Sprintf("[%d octets of content, %d lines]", b.Octets, b.Lines)
}

// lineText leaves out the line ending that every line should have, so that
// any other can be seen: a bare LF as an escape, a missing one as an ellipsis.
func lineText(line []byte) string {
	text, complete := bytes.CutSuffix(line, []byte("\r\n"))
	switch {
	case complete, bytes.HasSuffix(line, []byte("\n")):
		return string(text)
	}
	return string(text) + "…"
}
