package tui

import (
	"cmp"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript/lesson"
)

// lessonsScreen lists the lessons; while one is on, it shows what is to be
// done, and the conversation below that.
type lessonsScreen struct {
	bare
	list
	all   []lesson.Lesson
	on    bool
	run   lesson.Run
	hint  string
	said  string // about the last answer
	right bool   // it was right
	up    int    // how far the text is scrolled up from its end
	lent  []lent // fields of the form that hold what the lesson needs
}

// lent is a field of the form that says something else for a while.
type lent struct {
	of       field
	was, now string
}

// lend has a field say what a lesson needs, until the lesson is left.
func (s *lessonsScreen) lend(f *form, of field, value string) {
	s.lent = append(s.lent, lent{of, f.value(of), value})
	f.set(of, value)
}

// giveBack has the fields say what they said before, but for those that
// somebody has written into meanwhile.
func (s *lessonsScreen) giveBack(f *form) {
	for _, l := range s.lent {
		if f.value(l.of) == l.now {
			f.set(l.of, l.was)
		}
	}
	s.lent = nil
}

// place has the keys of the session only while the lesson wants something done
// in it: a question is not to be stepped past.
func (s *lessonsScreen) place() place {
	wider := []scope{reading}
	if st, _ := s.run.Step(); s.on && st.Task != "" && st.Ask == nil {
		wider = []scope{watching, reading}
	}
	return place{name: "lessons", title: "Lessons", keys: []string{"T", "alt+t"}, words: "lessons: learn SMTP by doing it", wider: wider}
}

// waitsFor says what the lesson wants, where the session is not to go on.
func (s *lessonsScreen) waitsFor(m *Model) string {
	key := func(name string) string { return m.keys.named(name).key(false) }
	st, more := s.run.Step()
	switch {
	case !more:
		return "the lesson is done: " + key("lesson-on") + " goes on, " + key("close") + " goes back to the list"
	case st.Ask != nil:
		return "the lesson asks: " + key("lesson-on") + " answers, " + key("lesson-hint") + " gives a hint, " + key("lesson-skip") + " leaves the question out"
	}
	return key("lesson-on") + " goes on in the lesson"
}

func (s *lessonsScreen) actions() []action {
	return []action{
		{"lesson-on", "lessons", []string{"enter"}, "go on", "begin the lesson; go on; answer the question", (*Model).lessonOn},
		{"lesson-hint", "lessons", []string{"h"}, "hint", "a hint for the task", (*Model).lessonHint},
		{"lesson-skip", "lessons", []string{"tab"}, "skip", "leave the step out", (*Model).lessonSkip},
	}
}

func (s *lessonsScreen) hints(m *Model) []hint {
	if !s.on {
		return []hint{{"lesson-on", "begin"}, {"up", ""}, {"down", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
	}
	st, more := s.run.Step()
	switch {
	case !more && s.cursor < len(s.all)-1:
		return []hint{{"lesson-on", "next lesson"}, {"close", "the list"}, {"help", ""}, {"quit", ""}}
	case !more:
		return []hint{{"close", "the list"}, {"help", ""}, {"quit", ""}}
	case st.Ask != nil:
		return []hint{{"lesson-on", "answer"}, {"lesson-hint", ""}, {"lesson-skip", ""}, {"close", "the list"}, {"help", ""}, {"quit", ""}}
	case st.Task != "":
		list := []hint{{"raw-line", ""}, {"step", ""}, {"edit", ""}, {"lesson-hint", ""}, {"reconnect", ""}, {"lesson-skip", ""}}
		if s.over(m) > 0 {
			list = append(list, hint{"up", "scroll"})
		}
		return append(list, []hint{{"close", "the list"}, {"help", ""}, {"quit", ""}}...)
	}
	return []hint{{"lesson-on", ""}, {"close", "the list"}, {"help", ""}, {"quit", ""}}
}

func (s *lessonsScreen) about(*Model) string {
	return "A lesson is a session with the practice server that asks: it tells, has you do something, and sees from the conversation that it is done."
}

func (s *lessonsScreen) remark(m *Model) notice { return m.session.remark(m) }

func (s *lessonsScreen) move(m *Model, by int) {
	if s.on {
		s.up = max(s.up-by, 0)
		return
	}
	s.by(by, len(s.all))
}

func (s *lessonsScreen) settle(m *Model) {
	_, h := m.room()
	if s.on {
		m.live.follow()
		m.live.show(s.height(h))
		s.up = min(s.up, s.over(m))
		return
	}
	s.list.settle(len(s.all), max(h-2, 1))
}

// height is how many rows of the conversation there are below the lesson.
func (s *lessonsScreen) height(h int) int {
	if low(h) {
		return 2
	}
	return (h - 3) / 2
}

// over is by how many lines the text is longer than its place.
func (s *lessonsScreen) over(m *Model) int {
	w, h := m.room()
	text := &sheet{m: m, w: w - 2}
	s.write(text)
	return max(len(text.lines)-(h-3-s.height(h)), 0)
}

// back goes from a lesson to the list.
func (s *lessonsScreen) back(m *Model) (bool, tea.Cmd) {
	if !s.on {
		return false, nil
	}
	return true, s.end(m)
}

// end leaves the lesson; the form is as it was.
func (s *lessonsScreen) end(m *Model) tea.Cmd {
	s.on = false
	s.giveBack(m.form)
	return m.checkForm()
}

func (s *lessonsScreen) draw(m *Model, w, h int) []string {
	t := m.theme
	if !s.on {
		return frame(w, t, []section{s.window("Lessons", len(s.all), w-2, h-2, t, func(i int) line { return s.row(m, i, w-2) })}, "")
	}
	below := s.height(h)
	text := &sheet{m: m, w: w - 2}
	s.write(text)
	above := section{title: escaped(s.run.Lesson.Title), height: h - 3 - below, focused: true}
	above.note = fmt.Sprintf("%d of %d", s.run.Number(), len(s.run.Lesson.Steps))
	top := max(len(text.lines)-above.height-s.up, 0) // what is to be done stands at the end
	if len(text.lines) > above.height {
		above.note += ", lines " + span(top, above.height, len(text.lines))
	}
	for _, l := range text.lines[top:min(top+above.height, len(text.lines))] {
		above.lines = append(above.lines, l.draw(w-2, t.Text, t.Marks.Cut))
	}
	return frame(w, t, []section{above, {title: "Conversation", note: m.live.note(), lines: m.live.lines(w-2, below, t), height: below}}, "")
}

func (s *lessonsScreen) row(m *Model, i, w int) line {
	t, l := m.theme, s.all[i]
	var out line
	mark, style := t.Marks.Open, t.Dim
	if p := m.o.Progress; p != nil {
		if _, done := p.Done(l.Name); done {
			mark, style = t.Marks.Taken, t.Good
		}
	}
	out.add(style, mark+" ")
	out.add(t.Dim, fmt.Sprintf("%2d  ", i+1))
	where := "practice:" + l.Scenario
	if w < 50+width(where) {
		out.wire(t.Text, t.Escape, l.Title)
		return out
	}
	out.column(t.Text, l.Title, 38)
	out.wire(t.Dim, t.Escape, where)
	return out
}

// paragraphs joins lines that belong together: an empty one parts them.
func paragraphs(lines []string) []string {
	var out []string
	open := false
	for _, text := range lines {
		text = strings.ReplaceAll(text, "\n", " ")
		switch {
		case strings.TrimSpace(text) == "":
			out = append(out, "")
			open = false
		case open:
			out[len(out)-1] += " " + strings.TrimSpace(text)
		default:
			out = append(out, strings.TrimSpace(text))
			open = true
		}
	}
	return out
}

// write says where the learner is.
func (s *lessonsScreen) write(p *sheet) {
	t := p.m.theme
	if s.said != "" {
		p.marked(map[bool]string{true: t.Marks.Taken, false: t.Marks.Warning}[s.right], map[bool]style{true: t.Good, false: t.Warning}[s.right], s.said, "")
		p.gap()
	}
	st, more := s.run.Step()
	if !more {
		p.text(t.Title, "The lesson is done.")
		if s.cursor < len(s.all)-1 {
			p.text(t.Text, "Next: "+s.all[s.cursor+1].Title)
		}
		return
	}
	for _, words := range paragraphs(st.Text) {
		p.text(t.Text, words)
	}
	if len(st.Text) > 0 {
		p.gap()
	}
	switch {
	case st.Ask != nil:
		p.fact("question", t.Title, st.Ask.Text)
	case st.Task != "":
		p.fact("task", t.Title, st.Task)
	}
	if s.hint != "" {
		p.fact("hint", t.Key, s.hint)
	}
}

// lessonOn begins, goes on, or asks for the answer.
func (m *Model) lessonOn() tea.Cmd {
	s := m.lessons
	if !s.on {
		return m.beginLesson()
	}
	st, more := s.run.Step()
	switch {
	case !more && s.cursor < len(s.all)-1:
		s.cursor++
		begun := m.beginLesson()
		if s.run.Done() { // it asks before it hangs up
			s.cursor--
		}
		return begun
	case !more:
		return s.end(m)
	case st.Ask != nil:
		m.ask(prompt{name: "answer", title: "Your answer", sign: "› ", verb: "answer", note: st.Ask.Text, accept: answerLesson}, "")
	case st.Task != "":
		m.say("do it in the conversation: " + m.keys.named("raw-line").key(false) + " sends a line, " + m.keys.named("lesson-hint").key(false) + " gives a hint")
	default:
		s.next(m, s.run.Skip())
	}
	return nil
}

// beginLesson connects to the server of the lesson under the cursor.
func (m *Model) beginLesson() tea.Cmd {
	s := m.lessons
	if s.cursor >= len(s.all) {
		return nil
	}
	if m.drive.sess != nil && m.live.now.Open && m.live.now.InTransaction() && !m.confirmed("lesson-on", "hangs up and begins the lesson") {
		return nil
	}
	l := s.all[s.cursor]
	s.giveBack(m.form)
	s.lend(m.form, targetField, "practice:"+l.Scenario)
	s.lend(m.form, fromField, "alice@client.example") // of whom the lessons tell, so that a step does what they want
	s.lend(m.form, toField, "bob@practice.example")
	tls := ""
	for _, sc := range m.o.Scenarios {
		if sc.Name == l.Scenario {
			tls = sc.TLS
		}
	}
	s.lend(m.form, tlsField, cmp.Or(tls, tlsWish(m.o)))
	checked := m.checkForm()
	s.run, s.on, s.hint, s.said = lesson.Begin(l), true, "", ""
	begun := m.connect()
	return tea.Batch(checked, begun, m.goTo("lessons"))
}

// next goes on to another step, and notes a lesson that is done.
func (s *lessonsScreen) next(m *Model, run lesson.Run) {
	s.run, s.hint, s.up = run, "", 0
	if run.Done() && m.o.Progress != nil {
		if err := m.o.Progress.Finish(run.Lesson.Name, m.o.Now()); err != nil {
			m.warn(err.Error())
		}
	}
}

func answerLesson(m *Model, text string) tea.Cmd {
	s := m.lessons
	st, _ := s.run.Step()
	run, right := s.run.Answer(text)
	if !right {
		m.prompt.fault = "no; try again, or esc and ask for a hint"
		return nil
	}
	m.over = uncovered
	s.next(m, run)
	s.said, s.right = "right: "+text, true
	if st.Ask != nil && st.Ask.Because != "" {
		s.said = "right: " + st.Ask.Because
	}
	return nil
}

func (m *Model) lessonHint() tea.Cmd {
	s := m.lessons
	run, hint := s.run.Hint()
	s.run, s.hint = run, hint
	if hint == "" {
		m.say("there is no hint for this")
	}
	return nil
}

func (m *Model) lessonSkip() tea.Cmd {
	s := m.lessons
	if s.on && !s.run.Done() {
		s.said = ""
		s.next(m, s.run.Skip())
	}
	return nil
}

// teach has the lesson see what happened.
func (m *Model) teach(events []session.Event) {
	s := m.lessons
	if !s.on {
		return
	}
	for _, e := range events {
		st, _ := s.run.Step()
		run, done := s.run.Apply(e)
		if !done {
			s.run = run
			continue
		}
		s.next(m, run)
		s.said, s.right = "done: "+st.Task, true
	}
}
