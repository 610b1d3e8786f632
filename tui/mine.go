package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// mine are the choices of a list that a person has made, and may call otherwise
// or delete.
type mine struct {
	what   string                      // profile or template
	names  map[int]string              // by the index of the choice
	change func(from, to string) error // to "" deletes; nil if nothing can be kept
	called func(m *Model, from, to string)
	again  func(*Model) tea.Cmd // opens the list anew
}

// hints are the keys of a list of choices.
func (p *picker) hints() []hint {
	keys := []hint{{"choose", p.verb}, {"choice-up", ""}, {"choice-down", ""}, {"choose-none", ""}}
	if p.mine != nil && p.mine.change != nil && p.mine.names[p.at()] != "" {
		keys = append(keys, hint{"rename-choice", ""}, hint{"delete-choice", ""})
	}
	return keys
}

// myChoice is the name of the choice under the cursor, if it is a person's own.
func (m *Model) myChoice() (own *mine, name string) {
	own = m.picker.mine
	if own == nil {
		m.say("what this list has stays: profiles and templates of one's own can be renamed and deleted")
		return nil, ""
	}
	if name = own.names[m.picker.at()]; name == "" {
		m.say("not one of yours: it stays as it is")
		return nil, ""
	}
	if own.change == nil {
		m.say(noSettings)
		return nil, ""
	}
	return own, name
}

func (m *Model) renameChoice() tea.Cmd {
	own, name := m.myChoice()
	if own == nil {
		return nil
	}
	m.ask(prompt{
		name: "rename", title: "Another name for the " + own.what + " " + name, sign: "› ", verb: "rename it", note: "letters, digits, - and _",
		accept: func(m *Model, to string) tea.Cmd {
			if to = strings.TrimSpace(to); !isName(to) {
				m.prompt.fault = nameWanted
				return nil
			}
			if to != name {
				if err := own.change(name, to); err != nil {
					m.prompt.fault = err.Error()
					return nil
				}
				own.called(m, name, to)
			}
			m.over = uncovered
			cmd := own.again(m)
			m.say(own.what + " " + name + " is called " + to + " now")
			return cmd
		},
	}, name)
	return nil
}

// deleteChoice deletes what the cursor is on, when it is asked for again.
func (m *Model) deleteChoice() tea.Cmd {
	own, name := m.myChoice()
	if own == nil {
		return nil
	}
	asked := "delete-choice " + name
	if m.confirm != asked {
		m.asked = asked
		m.warn(m.keys.named("delete-choice").key(false) + " again deletes the " + own.what + " " + name + ", for good")
		return nil
	}
	if err := own.change(name, ""); err != nil {
		m.warn(err.Error())
		return nil
	}
	own.called(m, name, "")
	m.over = uncovered
	cmd := own.again(m)
	m.say("the " + own.what + " " + name + " is deleted")
	return cmd
}
