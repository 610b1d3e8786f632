package message

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"ehlo/session"
)

// Mangle is one way to send content that is wrong on purpose, to see what a
// server makes of it.
type Mangle struct {
	Name    string // "lines-lf"
	Text    string // what it does, and what to look for
	Section string

	lines  []string // the endings, in turn
	end    string
	noDots bool // dots are not doubled
}

// MangleWarning is what a person must have read before [Mangled] content goes
// out.
const MangleWarning = "Broken content can leave a server and those behind it with different ideas of where a message ends, " +
	"and a message that nobody sent can come of it (SMTP smuggling). Test only servers that you answer for."

const rightEnd = "\r\n.\r\n"

// Mangles lists them, in the order in which to try them.
func Mangles() []Mangle {
	const lineRule, endRule = "RFC 5321, 2.3.8", "RFC 5321, 4.1.1.4"
	list := []Mangle{
		{Name: "lines-crlf", Text: "lines end with CRLF, as they should", Section: lineRule, lines: []string{"\r\n"}},
		{Name: "lines-lf", Text: "lines end with a bare LF; a server must not take it for CRLF", Section: lineRule, lines: []string{"\n"}},
		{Name: "lines-cr", Text: "lines end with a bare CR; a server must not take it for CRLF", Section: lineRule, lines: []string{"\r"}},
		{Name: "lines-lfcr", Text: "lines end with LF CR, the wrong way round", Section: lineRule, lines: []string{"\n\r"}},
		{Name: "lines-mixed", Text: "lines end with CRLF, LF and CR in turn", Section: lineRule, lines: []string{"\r\n", "\n", "\r"}},
		{Name: "no-stuffing", Text: "a line that begins with a dot gets no other: the server takes the dot away, or sees the end of data", Section: "RFC 5321, 4.5.2", noDots: true},
	}
	names := strings.NewReplacer("\r\n", "crlf", "\n", "lf", "\r", "cr")
	shown := strings.NewReplacer("\r\n", "<CRLF>", "\n", "<LF>", "\r", "<CR>")
	for _, end := range []string{
		"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r", "\r.\n",
	} {
		list = append(list, Mangle{
			Name: "end-" + names.Replace(end), end: end, Section: endRule,
			Text: shown.Replace(end) + " in place of <CRLF>.<CRLF>; a server that answers it can be smuggled to",
		})
	}
	return append(list,
		Mangle{Name: "end-nul", end: "\r\n.\x00\r\n", Section: endRule, Text: "<CRLF>.<NUL><CRLF> in place of <CRLF>.<CRLF>; a server that drops NULs answers it"},
		Mangle{Name: "end-crcrlf", end: "\r\n.\r\r\n", Section: endRule, Text: "<CRLF>.<CR><CRLF> in place of <CRLF>.<CRLF>; a server that drops a CR answers it"})
}

// MangleOptions say what is wrong with the content.
type MangleOptions struct {
	// Names of [Mangles]: at most one that begins with "lines-", and one that
	// begins with "end-".
	Names []string
	// Then goes out behind the end of data, as it is but with CRLF at its line
	// ends, and a right end of data goes behind it: the commands that a server
	// must take for content.
	Then string
}

// Mangled returns wire content: it is sent as it is, its own end of data
// included. A server that does not answer that end gets CRLF.CRLF from
// [session.Mail] after a while. The caller sees to it that this was asked for
// with a switch of its own, and shows [MangleWarning].
func Mangled(c *session.Content, o MangleOptions) (*session.Content, error) {
	all := Mangle{lines: []string{"\r\n"}, end: rightEnd}
	var lines, end string
	for _, name := range o.Names {
		m, err := mangle(name)
		if err != nil {
			return nil, err
		}
		switch {
		case m.lines != nil && lines == "":
			lines, all.lines = name, m.lines
		case m.end != "" && end == "":
			end, all.end = name, m.end
		case m.noDots:
			all.noDots = true
		default:
			return nil, fmt.Errorf("mangle: %s does not go with %s", name, lines+end)
		}
	}
	if o.Then != "" {
		all.end += strings.TrimSuffix(crlf(o.Then), "\r\n") + rightEnd
	}
	out := &session.Content{Wire: true}
	out.Open = func() (io.ReadCloser, error) {
		r, err := openWire(c)
		if err != nil {
			return nil, err
		}
		return &mangler{Mangle: all, r: r, start: true, buf: make([]byte, 32<<10)}, nil
	}
	if err := out.Measure(); err != nil {
		return nil, fmt.Errorf("mangle: %w", err)
	}
	r, err := out.Open()
	if err != nil {
		return nil, fmt.Errorf("mangle: %w", err)
	}
	defer r.Close()
	// Measure counts line endings that are added to other content.
	out.Local = false
	if out.Octets, err = io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("mangle: %w", err)
	}
	return out, nil
}

func mangle(name string) (Mangle, error) {
	for _, m := range Mangles() {
		if m.Name == name {
			return m, nil
		}
	}
	return Mangle{}, fmt.Errorf("mangle: there is no %q; ehlo list mangles names them", name)
}

// mangler reads content with CRLF and gives what goes out.
type mangler struct {
	Mangle
	r         io.ReadCloser
	buf       []byte
	out, left []byte
	start     bool // at the start of a line
	cr        bool // a CR was read and is held back
	held      bool // so is the line ending before
	count     int  // line endings so far
	err       error
}

func (m *mangler) Read(p []byte) (int, error) {
	for len(m.left) == 0 && m.err == nil {
		var n int
		n, m.err = m.r.Read(m.buf)
		m.out = m.out[:0]
		m.take(m.buf[:n])
		if m.err == io.EOF {
			if m.cr {
				m.text([]byte{'\r'})
			}
			m.out = append(m.out, m.end...) // in the place of the last line ending
		}
		m.left = m.out
	}
	if len(m.left) == 0 {
		return 0, m.err
	}
	n := copy(p, m.left)
	m.left = m.left[n:]
	return n, nil
}

func (m *mangler) Close() error { return m.r.Close() }

func (m *mangler) take(p []byte) {
	if len(p) > 0 && m.cr {
		m.cr = false
		if p[0] == '\n' {
			m.lineEnd()
			p = p[1:]
		} else {
			m.text([]byte{'\r'})
		}
	}
	for {
		n := bytes.Index(p, []byte("\r\n"))
		if n < 0 {
			break
		}
		m.text(p[:n])
		m.lineEnd()
		p = p[n+2:]
	}
	if n := len(p); n > 0 && p[n-1] == '\r' {
		m.cr, p = true, p[:n-1]
	}
	m.text(p)
}

// text is part of a line. It shows that the ending before was not the last.
func (m *mangler) text(p []byte) {
	if len(p) == 0 {
		return
	}
	m.flush()
	if m.start && p[0] == '.' && !m.noDots {
		m.out = append(m.out, '.')
	}
	m.start = false
	m.out = append(m.out, p...)
}

func (m *mangler) lineEnd() {
	m.flush()
	m.held, m.start = true, true
}

func (m *mangler) flush() {
	if m.held {
		m.out = append(m.out, m.lines[m.count%len(m.lines)]...)
		m.count++
		m.held = false
	}
}
