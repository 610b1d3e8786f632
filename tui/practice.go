package tui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// Scenario is something that the practice server can do.
type Scenario struct {
	Name    string
	Also    []string // its other names
	Chapter string   // the heading that it stands under
	Title   string   // what the server does
	Notice  string   // what to see in it
	Source  string   // where that is written
	TLS     string   // what the form's field tls should say, if it is about TLS
	From    string   // what its fields from and to should say; "" is anybody
	To      string
}

// practiceScreen lists the scenarios of the practice server.
type practiceScreen struct {
	bare
	list
	started string // the scenario that was started last
}

func (s *practiceScreen) place() place {
	return place{
		name: "practice", title: "Practice", keys: []string{"0", "alt+0"}, words: "practice: scenarios of the built-in server, with what to notice",
		wider: []scope{reading},
	}
}

func (s *practiceScreen) actions() []action {
	return []action{
		{"start", "practice", []string{"enter"}, "start", "begin a session with this server", (*Model).startScenario},
	}
}

func (s *practiceScreen) hints(*Model) []hint {
	return []hint{{"start", ""}, {"up", ""}, {"down", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
}

func (s *practiceScreen) about(*Model) string {
	return "What servers do, and sometimes do wrong. A scenario is a server in memory: nothing leaves this machine. Below the list stands what to notice."
}

func (s *practiceScreen) remark(*Model) notice { return notice{} }

// heading is a row of the list that is no scenario.
const heading = -1

// rows are the scenarios by their index, with a heading before each chapter.
func (s *practiceScreen) rows(m *Model) []int {
	var rows []int
	chapter := ""
	for i, sc := range m.o.Scenarios {
		if sc.Chapter != chapter {
			chapter = sc.Chapter
			rows = append(rows, heading)
		}
		rows = append(rows, i)
	}
	return rows
}

// chosen is the scenario under the cursor.
func (s *practiceScreen) chosen(m *Model) (Scenario, bool) {
	rows := s.rows(m)
	if s.cursor >= len(rows) || rows[s.cursor] == heading {
		return Scenario{}, false
	}
	return m.o.Scenarios[rows[s.cursor]], true
}

func (s *practiceScreen) move(m *Model, by int) {
	rows := s.rows(m)
	s.past(by, len(rows), func(i int) bool { return rows[i] == heading })
}

func (s *practiceScreen) settle(m *Model) {
	_, h := m.room()
	rows := s.rows(m)
	if len(rows) > 0 && rows[0] == heading {
		s.settlePast(len(rows), s.height(h))
		return
	}
	s.list.settle(len(rows), s.height(h))
}

func (s *practiceScreen) height(h int) int { return max(h-3-s.below(h), 1) }

func (s *practiceScreen) below(h int) int { return min(max(detailHeight(h), 3), 9) }

func (s *practiceScreen) draw(m *Model, w, h int) []string {
	t, all := m.theme, m.o.Scenarios
	height := s.height(h)
	name := 0
	for _, sc := range all {
		name = max(name, width(escaped(sc.Name)))
	}
	name = min(name, w/3)
	rows := s.rows(m)
	table := s.window("Practice", len(rows), w-2, height, t, func(i int) line {
		var l line
		if rows[i] == heading {
			l.wire(t.Title, t.Escape, " "+all[rows[i+1]].Chapter)
			return l
		}
		sc := all[rows[i]]
		mark, style := " ", t.Text
		if sc.Name == s.started {
			mark, style = t.Marks.Taken, t.Good
		}
		l.add(style, mark+" ")
		l.column(t.Client, sc.Name, name)
		l.wire(t.Text, t.Escape, sc.Title)
		return l
	})
	text := sheet{m: m, w: w - 2}
	detail := section{height: h - height - 3}
	if len(all) == 0 {
		text.text(t.Dim, "There is no practice server here.")
	}
	if sc, ok := s.chosen(m); ok {
		detail.title = escaped(sc.Name)
		if sc.Chapter != "" {
			detail.title += ": " + escaped(sc.Chapter)
		}
		text.fact("the server", t.Text, sc.Title)
		text.fact("notice", t.Title, sc.Notice)
		text.fact("source", t.Dim, sc.Source)
	}
	detail.lines = below(text.lines, w-2, detail.height, t)
	return frame(w, t, []section{table, detail}, "")
}

// startScenario connects to the scenario under the cursor, with the mail of
// the form.
func (m *Model) startScenario() tea.Cmd {
	s := m.practice
	sc, ok := s.chosen(m)
	if !ok {
		return nil
	}
	if m.drive.sess != nil && m.live.now.Open && m.live.now.InTransaction() && !m.confirmed("start", "hangs up and starts this") {
		return nil
	}
	m.lessons.giveBack(m.form)
	m.form.set(targetField, "practice:"+sc.Name)
	m.form.follow(m.o)
	checked := m.checkForm()
	s.started = sc.Name
	begun := m.connect()
	switch wish, err := parseTLS(m.form.value(tlsField)); {
	case begun == nil || err != nil:
	case sc.TLS == "implicit" && !wish.implicit, sc.TLS == "auto" && wish.isNever():
		m.warn("this server is about TLS: the field tls says " + escaped(m.form.value(tlsField)) + ", and " + sc.TLS + " would show it")
	case sc.Notice != "":
		m.say("notice: " + sc.Notice)
	}
	return tea.Batch(checked, begun)
}
