package tui

import (
	"fmt"
	"strings"

	"ehlo/session"
)

// The pane Next shows what the mail will say, as if every reply were the one
// that is hoped for; while a file is played back, what the client says next
// in it.

// steps is what comes next.
func (m *Model) steps() []session.Step {
	if m.tape != nil {
		return m.tape.followers(planned)
	}
	return m.drive.plan
}

func (m *Model) nextLines(w, h int) []string {
	choice := -1
	if m.session.focus == nextPane && m.over != prompting {
		choice = m.session.choice
	}
	return m.stepLines(m.steps(), choice, w, h)
}

// stepLines draws steps as they are planned, with the reason for each where
// there is room; choice is the one that the cursor is on, or -1.
func (m *Model) stepLines(steps []session.Step, choice, w, h int) []string {
	t := m.theme
	if len(steps) == 0 {
		return m.nothingLeft(w, h)
	}
	top := max(min(choice-h+1, len(steps)-h), 0)
	shown := steps[top:min(top+h, len(steps))]
	says := 0
	for i, st := range shown {
		says = max(says, width(m.stepText(top+i, st)))
	}
	reasons := w >= 60
	if reasons {
		says = min(says, w*60/100)
	} else {
		says = min(says, w-4)
	}
	var out []string
	for i, st := range shown {
		var l line
		if top+i == 0 {
			l.add(t.Key, " "+t.Marks.Next+" ")
		} else {
			l.add(t.Text, "   ")
		}
		style := t.Client
		if st.Kind != session.Say || st.Content != nil {
			style = t.Info
		}
		l.add(style, fit(m.stepText(top+i, st), says))
		if reasons {
			l.add(t.Dim, "   "+escaped(st.Why))
		}
		out = append(out, l.drawOn(w, t.Text, t.Marks.Cut, ground(top+i == choice, t)))
	}
	return out
}

// nothingLeft says so, and why the plan ended before the mail.
func (m *Model) nothingLeft(w, h int) []string {
	t := m.theme
	style, text := t.Dim, "nothing is left to do"
	if m.tape == nil && m.drive.gaveUp != "" {
		style, text = t.Warning, text+": "+m.drive.gaveUp
	}
	var out []string
	list := wrap(escaped(text), w-4)
	for i, words := range list {
		if i == max(h, 1) {
			break
		}
		var l line
		l.add(style, "   "+words)
		if i == h-1 && i < len(list)-1 {
			l.add(style, t.Marks.Cut)
		}
		out = append(out, l.draw(w, t.Text, t.Marks.Cut))
	}
	return out
}

// stepText is what the step at index i says, safe to show and without
// secrets.
func (m *Model) stepText(i int, st session.Step) string {
	if c := st.Content; c != nil {
		return fmt.Sprintf("content, %s octets, %s", session.Digits(c.Octets), session.Count(int(c.Lines), "line", "lines"))
	}
	if st.Kind == session.Say {
		answers := i == 0 && m.tape == nil && m.live.now.Phase == session.Challenged
		text := escaped(hideSecret(st, answers, m.theme.Marks.Secret))
		if text == "" {
			return "(an empty line)"
		}
		return text
	}
	return st.String()
}

// hideSecret returns the line of a step with the mark in place of what nobody
// may see: the initial response of AUTH, and the answer to a challenge
// (RFC 4954, 4).
func hideSecret(st session.Step, answers bool, mark string) string {
	text, ending := cutEnding(string(st.Bytes))
	if ending != "\n" {
		ending = "" // CRLF goes without saying
	}
	words := strings.SplitN(text, " ", 3)
	switch {
	case answers && text != "*" && text != "":
		return mark + ending
	case strings.EqualFold(words[0], "AUTH") && len(words) == 3 && words[2] != "=":
		return words[0] + " " + words[1] + " " + mark + ending
	}
	return text + ending
}

// nextInBrief is the next step for the border of a narrow terminal.
func (m *Model) nextInBrief() string {
	steps := m.steps()
	if len(steps) == 0 {
		return ""
	}
	return m.theme.Marks.Next + " " + m.stepText(0, steps[0])
}
