package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/message"
)

// lint is what the rules say about the content of the form.
type lint struct {
	of       *session.Content // the content that the findings are about
	findings []message.Finding
	trouble  string // why there are none
	busy     bool   // some content is being read
}

// lintMsg brings the findings on content that took a while to read.
type lintMsg struct {
	of       *session.Content
	findings []message.Finding
	err      error
}

// Content up to shortContent is judged at once, up to longContent in the
// background; what is longer would keep the disk busy with every key.
const (
	shortContent = 64 << 10
	longContent  = 32 << 20
)

// check has the content judged.
func (f *form) check(m *Model) tea.Cmd {
	l, c := &f.lint, f.content
	switch {
	case c == nil:
		l.of, l.findings, l.trouble = nil, nil, ""
		return nil
	case c == l.of || l.busy:
		return nil // what is under way comes back and looks again
	case c.Octets > longContent:
		l.of, l.findings, l.trouble = c, nil, "the content is too long to be judged while you type: ehlo send judges it"
		return nil
	}
	o := lintOptions(f.formEnvelope())
	judge := func() tea.Msg {
		findings, err := message.Lint(c, o)
		return lintMsg{c, findings, err}
	}
	l.busy = true
	if c.Octets <= shortContent && f.file == "" && len(f.attachments()) == 0 {
		return f.linted(m, judge().(lintMsg))
	}
	return judge
}

func (f *form) formEnvelope() session.Envelope { return session.TypedEnvelope(f.value(fromField)) }

func lintOptions(from session.Envelope) message.LintOptions {
	body, _ := from.Param("BODY")
	_, utf8 := from.Param("SMTPUTF8")
	return message.LintOptions{EightBit: body != "" && !strings.EqualFold(body, "7BIT"), SMTPUTF8: utf8}
}

// linted takes findings, and has newer content judged if there is any.
func (f *form) linted(m *Model, msg lintMsg) tea.Cmd {
	l := &f.lint
	l.busy, l.of, l.findings, l.trouble = false, msg.of, msg.findings, ""
	if msg.err != nil {
		l.trouble = msg.err.Error()
	}
	if f.content != msg.of {
		return f.check(m)
	}
	return nil
}

// severityMark is the mark and the style of what a rule says.
func severityMark(s session.Severity, t theme) (string, style) {
	switch s {
	case session.Wrong:
		return t.Marks.Refused, t.Refused
	case session.Warning:
		return t.Marks.Warning, t.Warning
	}
	return t.Marks.Open, t.Text
}

// lintLines lists the findings, the worst of them first as far as there is
// room.
func (f *form) lintLines(w int, t theme) []line {
	s := sheet{m: &Model{theme: t}, w: w}
	if f.lint.trouble != "" {
		s.warning(f.lint.trouble, "")
	}
	for severity := int(session.Wrong); severity >= 0; severity-- {
		for _, finding := range f.lint.findings {
			if finding.Severity == session.Severity(severity) {
				s.finding(finding)
			}
		}
	}
	if len(s.lines) == 0 && f.lint.of != nil {
		s.marked(t.Marks.Taken, t.Good, "no rule speaks against the content", "")
	}
	return s.lines
}

func (s *sheet) finding(f message.Finding) {
	mark, style := severityMark(f.Severity, s.m.theme)
	text := f.Text
	if f.Line > 0 {
		text = "line " + session.Digits(f.Line) + ": " + text
	}
	if f.More > 0 {
		text += ", and " + session.Digits(f.More) + " more of the kind"
	}
	s.marked(mark, style, text, f.Section)
}
