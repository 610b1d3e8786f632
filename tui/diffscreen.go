package tui

import (
	"fmt"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript/replay"
)

// diffScreen sets a recording beside its new run, step by step, or two
// recordings.
type diffScreen struct {
	bare
	list
	run *rerun    // nil if nothing was run again yet
	two *twoFiles // nil if no files are compared; in front of the run

	detailTop, detailOf int // how far the text below is scrolled, for the step of this row
}

// acceptedMsg says that replies were put into the file.
type acceptedMsg struct {
	run   *rerun
	lines []int
	n     int
	err   error
}

func (s *diffScreen) place() place {
	p := place{
		name: "diff", title: "Diff", keys: []string{"U", "alt+u"}, words: "diff: a recording beside its new run, or two of them, and what differs, in words",
		wider: []scope{watching, reading},
	}
	if s.two != nil {
		p.wider = []scope{reading} // there is no session to step through
	}
	return p
}

func (s *diffScreen) actions() []action {
	return []action{
		{"accept-difference", "diff", []string{"a"}, "accept", "put the new reply into the file", func(m *Model) tea.Cmd { return m.diff.acceptOne(m) }},
		{"accept-all", "diff", []string{"A"}, "accept all", "put all new replies that differ into the file", func(m *Model) tea.Cmd { return m.diff.acceptAll(m) }},
		{"next-difference", "diff", []string{"d"}, "next difference", "to the next step that differs", func(m *Model) tea.Cmd { return m.diff.seek(m) }},
		{"detail-down", "diff", []string{"}"}, "scroll below", "scroll the text below", func(m *Model) tea.Cmd { return m.diff.scroll(1) }},
		{"detail-up", "diff", []string{"{"}, "scroll up", "scroll the text below back", func(m *Model) tea.Cmd { return m.diff.scroll(-1) }},
	}
}

func (s *diffScreen) hints(m *Model) []hint {
	if s.two != nil {
		return []hint{{"next-difference", ""}, {"close", "close the files"}, {"detail-down", ""}, {"up", ""}, {"down", ""}, {"help", ""}, {"quit", ""}}
	}
	list := append(goOnHints(m), []hint{{"next-difference", ""}, {"accept-difference", ""}, {"accept-all", ""}, {"detail-down", ""}, {"close", "session"}}...)
	return append(list, []hint{{"up", ""}, {"down", ""}, {"help", ""}, {"quit", ""}}...)
}

func (s *diffScreen) about(*Model) string {
	if s.two != nil {
		return "What was said and answered in the second file beside what it was in the first. What a client would act on is a difference; words, dates and ids are notes."
	}
	return "What the server says now beside what it said in the recording. What a client would act on is a difference; words, dates and ids are notes. Below stand both replies, and the differences in words."
}

func (s *diffScreen) remark(m *Model) notice {
	if s.two != nil {
		return notice{}
	}
	return m.session.remark(m)
}

// back closes the files.
func (s *diffScreen) back(m *Model) (bool, tea.Cmd) {
	if s.two == nil {
		return false, nil
	}
	s.two, s.list = nil, list{}
	return true, m.goTo("transcripts")
}

// report is what the comparison has found; nil if there is none.
func (s *diffScreen) report() *replay.Report {
	switch {
	case s.two != nil:
		return s.two.report
	case s.run != nil:
		return s.run.player.Report()
	}
	return nil
}

func (s *diffScreen) steps() []replay.StepReport {
	if r := s.report(); r != nil {
		return r.Steps
	}
	return nil
}

// accepted reports whether the new reply was put into the file.
func (s *diffScreen) accepted(r *replay.StepReport) bool { return s.two == nil && s.run.taken[r.Reply] }

func (s *diffScreen) move(_ *Model, by int) { s.by(by, len(s.steps())) }

func (s *diffScreen) settle(m *Model) {
	_, h := m.room()
	s.list.settle(len(s.steps()), s.height(h))
}

func (s *diffScreen) height(h int) int { return max(h-4-s.below(h), 1) }

func (s *diffScreen) below(h int) int {
	if low(h) {
		return 2
	}
	return h * 2 / 5
}

// seek goes to the next step that differs and was not accepted, round the end.
func (s *diffScreen) seek(m *Model) tea.Cmd {
	steps := s.steps()
	for i := range steps {
		if at := (s.cursor + 1 + i) % len(steps); !steps[at].Same() && !s.accepted(&steps[at]) {
			s.cursor = at
			return nil
		}
	}
	m.say("nothing differs")
	return nil
}

// scroll moves the text below; how far it can be moved shows when it is drawn.
func (s *diffScreen) scroll(by int) tea.Cmd {
	if s.detailOf != s.cursor {
		s.detailTop, s.detailOf = 0, s.cursor
	}
	s.detailTop = max(s.detailTop+by, 0)
	return nil
}

func (s *diffScreen) draw(m *Model, w, h int) []string {
	t, steps := m.theme, s.steps()
	height := s.height(h)
	title, then, now := "Diff", "recorded", "now"
	switch {
	case s.two != nil:
		then, now = s.two.names()
		title = "Two files"
	case s.run != nil:
		title = "Diff: " + escaped(filepath.Base(s.run.name))
	}
	name := min(max(w/3, 12), 44)
	reply := max((w-7-name)/2, 4)
	var head line
	head.add(t.Label, "   ")
	head.column(t.Label, "said", name)
	head.column(t.Label, then, reply)
	head.add(t.Label, now)
	table := s.window(title, len(steps), w-2, height, t, func(i int) line { return s.row(&steps[i], name, reply, t) })
	table.lines = append([]string{head.draw(w-2, t.Text, t.Marks.Cut)}, table.lines...)
	table.height++
	detail := section{height: h - height - 4}
	below := sheet{m: m, w: w - 2}
	switch {
	case s.report() == nil:
		below.text(t.Dim, fmt.Sprintf("Nothing was run again yet: under Transcripts (%s) choose a file and run it again with %s, or set two files side by side with %s.",
			m.keys.named("show-transcripts").key(false), m.keys.named("run-again").key(false), m.keys.named("compare-file").key(false)))
	case len(steps) == 0:
		below.text(t.Dim, "Nothing has been answered yet.")
	case s.cursor < len(steps):
		step := &steps[s.cursor]
		detail.title = escaped(step.Title)
		s.detail(&below, step)
	}
	if r := s.report(); r != nil {
		table.note = strings.TrimSpace(s.found(r, w-width(title)-width(table.note)-10, t) + "  " + table.note)
	}
	top := 0
	if n := len(below.lines); n > detail.height && detail.height > 0 {
		if s.detailOf == s.cursor {
			top = within(s.detailTop, 0, n-detail.height)
		}
		detail.note = span(top, detail.height, n)
	}
	s.detailTop, s.detailOf = top, s.cursor
	for _, l := range below.lines[top:min(len(below.lines), top+detail.height)] {
		detail.lines = append(detail.lines, l.draw(w-2, t.Text, t.Marks.Cut))
	}
	return frame(w, t, []section{table, detail}, "")
}

// found counts what still differs, in the room that is left. What stands in the
// file by now does not.
func (s *diffScreen) found(r *replay.Report, room int, t theme) string {
	differ, notes := r.Counts()
	accepted := 0
	for i := range r.Steps {
		if st := &r.Steps[i]; s.accepted(st) {
			differ, notes, accepted = differ-len(st.Differences), notes-len(st.Notes), accepted+1
		}
	}
	text := fmt.Sprintf("%s, %s", session.Count(differ, "difference", "differences"), session.Count(notes, "note", "notes"))
	if accepted > 0 {
		text += fmt.Sprintf(", %d accepted", accepted)
	}
	if width(text) > room {
		return fmt.Sprintf("%d %s, %d %s", differ, t.Marks.Refused, notes, t.Marks.Warning)
	}
	return text
}

func (s *diffScreen) row(r *replay.StepReport, name, reply int, t theme) line {
	mark, style := t.Marks.Taken, t.Good
	switch {
	case s.accepted(r):
		mark, style = t.Marks.Added, t.Key
	case !r.Same():
		mark, style = t.Marks.Refused, t.Refused
	case len(r.Notes) > 0:
		mark, style = t.Marks.Warning, t.Warning
	}
	var l line
	l.add(style, mark+" ")
	l.column(t.Client, r.Title, name)
	if len(r.Want.Lines)+len(r.Got.Lines) == 0 && !r.Expected && r.Reply == 0 {
		return l // a handshake, or the end
	}
	l.column(replyStyle(uint8(r.Want.Code.Class()), t), inBrief(r.Want, r.Expected), reply)
	l.add(replyStyle(uint8(r.Got.Code.Class()), t), escaped(inBrief(r.Got, false)))
	return l
}

// inBrief is a reply in one line.
func inBrief(r session.Reply, expected bool) string {
	switch {
	case expected:
		return "(expected)"
	case len(r.Lines) == 0:
		return "nothing"
	}
	text := r.Code.String() + " " + r.Lines[0].Text
	if n := len(r.Lines); n > 1 {
		text += fmt.Sprintf(" (%d lines)", n)
	}
	return text
}

// detail says what differs, and shows both replies.
func (s *diffScreen) detail(p *sheet, r *replay.StepReport) {
	t := p.m.theme
	for _, f := range r.Differences {
		p.marked(t.Marks.Refused, t.Refused, f.String(), "")
	}
	for _, f := range r.Notes {
		p.marked(t.Marks.Warning, t.Warning, f.String(), "")
	}
	if len(r.Differences)+len(r.Notes) == 0 {
		p.marked(t.Marks.Taken, t.Good, map[bool]string{true: "the same in both files", false: "the same as in the recording"}[s.two != nil], "")
	}
	if s.accepted(r) {
		p.marked(t.Marks.Added, t.Key, "the new reply stands in the file", "")
	}
	p.gap()
	for _, text := range r.Unified() {
		style := t.Dim
		switch text[:1] {
		case "-":
			style = t.Warning
		case "+":
			style = t.Good
		}
		var l line
		l.wire(style, t.Escape, " "+text)
		p.lines = append(p.lines, l)
	}
}

// onlyRead reports, and says, that nothing is to be put into a file.
func (s *diffScreen) onlyRead(m *Model) bool {
	if s.two != nil {
		m.say("two files are compared: they stay as they are")
	}
	return s.two != nil
}

func (s *diffScreen) acceptOne(m *Model) tea.Cmd {
	steps := s.steps()
	if s.onlyRead(m) {
		return nil
	}
	if s.cursor >= len(steps) || !steps[s.cursor].Acceptable() || s.run.taken[steps[s.cursor].Reply] {
		m.say("there is nothing to put into the file for this step")
		return nil
	}
	return s.accept(steps[s.cursor : s.cursor+1])
}

func (s *diffScreen) acceptAll(m *Model) tea.Cmd {
	if s.onlyRead(m) {
		return nil
	}
	var list []replay.StepReport
	for _, r := range s.steps() {
		if r.Acceptable() && !s.run.taken[r.Reply] {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		m.say("there is nothing to put into the file")
		return nil
	}
	if m.confirm != "accept-all" {
		m.asked = "accept-all"
		m.warn(fmt.Sprintf("%s into %s: %s again writes the file", session.Count(len(list), "reply", "replies"), escaped(filepath.Base(s.run.name)), m.keys.named("accept-all").key(false)))
		return nil
	}
	return s.accept(list)
}

func (s *diffScreen) accept(steps []replay.StepReport) tea.Cmd {
	run := s.run
	msg := acceptedMsg{run: run}
	now := make([]replay.StepReport, len(steps))
	for i, r := range steps {
		msg.lines = append(msg.lines, r.Reply)
		now[i] = r
		now[i].Reply += s.shift(r.Reply)
	}
	return func() tea.Msg {
		msg.n, msg.err = replay.Accept(run.name, now)
		return msg
	}
}

// shift is by how many lines the file has grown before a line, by replies that
// were put into it.
func (s *diffScreen) shift(line int) (n int) {
	for _, r := range s.steps() {
		if s.run.taken[r.Reply] && r.Reply < line {
			n += len(r.Got.Lines) - len(r.Want.Lines)
		}
	}
	return n
}

func (s *diffScreen) hear(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case fileMsg:
		return m.gotFile(msg)
	case comparedMsg:
		return m.compared(msg)
	case acceptedMsg:
		if msg.err != nil {
			m.warn(msg.err.Error())
			return nil
		}
		for _, line := range msg.lines {
			msg.run.taken[line] = true
		}
		m.say(session.Count(msg.n, "reply", "replies") + " put into " + escaped(filepath.Base(msg.run.name)))
	}
	return nil
}
