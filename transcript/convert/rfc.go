package convert

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// rfcFormat reads dialogues as RFCs print them: C: and S:, or S: and R:. The
// reader of transcripts knows how; here the lines are cleaned before it, and
// secrets are cut out behind it.
func rfcFormat() Format {
	return Format{
		Name: "rfc", About: "dialogues with C: and S:, as RFCs print them; transcripts",
		score: func(head []string) int {
			if len(head) > 0 && strings.HasPrefix(head[0], "= smtp-transcript ") {
				return 1 << 20
			}
			n, _ := count(head, rfcMarks)
			if client, server := sidesMarked(head, rfcMarks, false); !client || !server {
				n = (spoken(head) + 1) / 2 // somebody else may know the other's
			}
			for _, l := range head {
				if parts := transcript.Parted(l); len(parts) > 0 {
					n += len(parts)
				}
			}
			return n
		},
		read: readRFC,
	}
}

// spoken counts the labels with a reply or a command behind them: where only one
// side has any, Sender: may be a field of a header.
func spoken(head []string) (n int) {
	for _, l := range head {
		if s := rfcMarks(l)[0]; s.who == theServer && replyLike().MatchString(s.text) || s.who == theClient && commandLike().MatchString(s.text) {
			n++
		}
	}
	return n
}

var rfcLine = lazy.Regexp(`^\s*(?:- )?(?:([CSR])(?:[:?+!>"*@]|64)|[\[<(]([CSR])[\])>]:?(?: |$)|(?i:(client|server|sender|receiver)):(?:\s|$)) ?(.*)$`)

func rfcMarks(line string) []said {
	m := rfcLine().FindStringSubmatch(line)
	if m == nil || m[1] == "C" && strings.HasPrefix(m[4], `\`) { // C:\Users
		return []said{{text: line}}
	}
	who := theClient
	if side := strings.ToLower(m[3]); m[1]+m[2] == "S" || side == "server" || side == "receiver" {
		who = theServer
	}
	return []said{{who: who, text: m[4]}}
}

func readRFC(src *source, d *draft) {
	out := &sideCounter{w: d.out, d: d}
	r := transcript.NewReader("", &lineReader{src: src})
	d.silent = true
	d.err = r.Format(out, transcript.Style{Redact: transcript.Redaction{Secrets: true}})
	var wrong *transcript.SyntaxError
	switch {
	case errors.Is(d.err, io.EOF):
		d.err = nil
	case errors.As(d.err, &wrong):
		d.err = &LineError{src.line, errors.New(wrong.Text)}
	}
	for _, w := range r.Warnings() {
		d.warnAt(w.Line, w.Text)
	}
}

// lineReader gives the lines of a source as octets again.
type lineReader struct {
	src  *source
	left []byte
}

func (l *lineReader) Read(p []byte) (int, error) {
	for len(l.left) == 0 {
		line, ok := l.src.next()
		if !ok {
			return 0, io.EOF
		}
		l.left = append([]byte(line), '\n')
	}
	n := copy(p, l.left)
	l.left = l.left[n:]
	return n, nil
}

// sideCounter counts the lines of both sides that pass.
type sideCounter struct {
	w    io.Writer
	d    *draft
	part bool // the last octets had no line end
}

func (c *sideCounter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if !c.part && len(line) > 1 && bytes.IndexByte([]byte(`:>"6*@?+!`), line[1]) >= 0 {
			switch line[0] {
			case 'C':
				c.d.client++
			case 'S':
				c.d.server++
			}
		}
		c.part = !bytes.HasSuffix(line, []byte{'\n'})
	}
	return c.w.Write(p)
}
