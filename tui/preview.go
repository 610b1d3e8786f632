package tui

import (
	"bufio"
	"io"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session/message"
)

// preview shows every line that the mail would send, as if every reply were
// the one that is hoped for, with what the rules say about each.
type preview struct {
	scroller
	on bool
}

func (m *Model) togglePreview() tea.Cmd {
	p := &m.form.preview
	*p = preview{on: !p.on}
	return nil
}

// Bounds of what is shown of long content.
const (
	maxPreview      = 256 << 10
	maxPreviewLines = 3000
)

// previewLines are all lines, in order.
func (m *Model) previewLines(w int) []line {
	t, f := m.theme, m.form
	s := &sheet{m: m, w: w}
	s.title("Lint")
	s.lines = append(s.lines, f.lintLines(w, t)...)
	s.title("What goes out")
	for i, st := range f.plan {
		var l line
		switch {
		case st.Content != nil:
			m.contentLines(s)
			continue
		case len(st.Bytes) > 0:
			l.add(t.Client, "  "+t.Marks.Client+"  ")
			l.add(t.Client, m.stepText(i+1, st)) // no secret is answered here
		default:
			l.add(t.Info, "  "+t.Marks.Info+" "+st.String())
		}
		l.add(t.Dim, "   "+escaped(st.Why))
		s.lines = append(s.lines, l)
	}
	return s.lines
}

// contentLines shows the content with its dots doubled, and the findings
// below the lines that they are about.
func (m *Model) contentLines(s *sheet) {
	t, c := m.theme, m.form.content
	if c == nil {
		s.text(t.Dim, "there is no content yet")
		return
	}
	about := map[int64][]message.Finding{}
	for _, f := range m.form.lint.findings {
		about[f.Line] = append(about[f.Line], f)
	}
	r, err := c.Open()
	if err != nil {
		s.warning(err.Error(), "")
		return
	}
	defer r.Close()
	in := bufio.NewReader(io.LimitReader(r, maxPreview))
	for n := int64(1); ; n++ {
		text, err := in.ReadString('\n')
		if text == "" && err != nil {
			break
		}
		if n > maxPreviewLines {
			break
		}
		text, _ = cutEnding(text)
		if len(text) > 0 && text[0] == '.' {
			text = "." + text // RFC 5321, 4.5.2
		}
		var l line
		l.add(t.Client, "  "+t.Marks.Client+"  ")
		l.wire(t.Content, t.Escape, text)
		s.lines = append(s.lines, l)
		for _, f := range about[n] {
			mark, style := severityMark(f.Severity, t)
			s.indented(5, style, mark+" "+f.Text+" ("+f.Section+")")
		}
	}
	if c.Octets > maxPreview || c.Lines > maxPreviewLines {
		s.text(t.Dim, "    "+t.Marks.Cut+" "+contentNote(c)+" in all")
	}
	var dot line
	dot.add(t.Client, "  "+t.Marks.Client+"  .")
	dot.add(t.Dim, "   "+contentNote(c))
	s.lines = append(s.lines, dot)
}
