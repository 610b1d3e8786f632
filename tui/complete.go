package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
)

// A line that is being typed: what it means, and how it may go on.

// typedOctets are what the line in the prompt would send, and the state to
// judge it in.
func (m *Model) typedOctets() (session.State, []byte, error) {
	p := &m.prompt
	s := m.live.now
	if p.when != nil {
		s = *p.when
	}
	if p.octets == nil {
		return s, []byte(p.input.Value() + "\r\n"), nil
	}
	data, err := p.octets(p.input.Value())
	return s, data, err
}

// completions are how the line may go on, up to the caret.
func (m *Model) completions() (list []session.Completion, rest string) {
	p := &m.prompt
	if !p.complete {
		return nil, ""
	}
	text := []rune(p.input.Value())
	at := min(p.input.Position(), len(text))
	s := m.live.now
	if p.when != nil {
		s = *p.when
	}
	return session.Complete(s, string(text[:at]), m.addresses(s)), string(text[at:])
}

// addresses are those of the mail: the recipients still to be given first.
func (m *Model) addresses(s session.State) []string {
	mail := &m.drive.mail
	given := map[string]bool{}
	for _, r := range s.Recipients {
		given[r.Path] = true
	}
	var waiting, rest []string
	for _, to := range mail.To {
		if given[to.Path] {
			rest = append(rest, to.Path)
		} else {
			waiting = append(waiting, to.Path)
		}
	}
	if !s.InTransaction() {
		return append(append([]string{mail.From.Path}, waiting...), rest...)
	}
	return append(append(waiting, rest...), mail.From.Path)
}

// complete goes on with the line as far as there is one way; where there are
// several, each press tries the next.
func (m *Model) complete() tea.Cmd {
	p := &m.prompt
	if p.turn != nil && p.input.Value() == p.turn[p.turned].Line+p.turnRest {
		p.turned = (p.turned + 1) % len(p.turn)
		m.putCompletion(p.turn[p.turned].Line, p.turnRest)
		return nil
	}
	list, rest := m.completions()
	p.turn = nil
	switch len(list) {
	case 0:
	case 1:
		m.putCompletion(list[0].Line, rest)
	default:
		typed := string([]rune(p.input.Value())[:p.input.Position()])
		if common := commonStart(list); len(common) > len(typed) {
			m.putCompletion(common, rest)
			return nil
		}
		p.turn, p.turned, p.turnRest = list, 0, rest
		m.putCompletion(list[0].Line, rest)
	}
	return nil
}

func (m *Model) putCompletion(line, rest string) {
	in := &m.prompt.input
	in.SetValue(line + rest)
	in.SetCursor(len([]rune(line)))
}

// commonStart is how far all of the completions are the same.
func commonStart(list []session.Completion) string {
	common := list[0].Line
	for _, c := range list[1:] {
		n := 0
		for n < len(common) && n < len(c.Line) && common[n] == c.Line[n] {
			n++
		}
		common = common[:n]
	}
	return common
}

// completionLine lists how the line may go on; false if there is nothing to
// list.
func (m *Model) completionLine(w int) (line, bool) {
	var l line
	if !m.prompt.complete {
		return l, false
	}
	list, _ := m.completions()
	if p := &m.prompt; p.turn != nil && p.input.Value() == p.turn[p.turned].Line+p.turnRest {
		list = p.turn
	}
	if len(list) == 0 {
		return l, false
	}
	t := m.theme
	l.add(t.Key, " "+m.keys.named("complete").key(false)+" ")
	for i, c := range list {
		word := strings.TrimSpace(escaped(c.Word))
		more := fmt.Sprintf("  and %d more", len(list)-i)
		if i > 0 && l.width()+2+width(word)+width(more) > w {
			l.add(t.Dim, more)
			break
		}
		if i > 0 {
			l.add(t.Dim, "  ")
		}
		l.add(t.Client, word)
	}
	return l, true
}
