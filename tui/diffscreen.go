package tui

import (
	"fmt"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript/replay"
)

// diffScreen sets a recording beside its new run, step by step.
type diffScreen struct {
	bare
	list
	run *rerun // nil if nothing was run again yet
}

// acceptedMsg says that replies were put into the file.
type acceptedMsg struct {
	run   *rerun
	lines []int
	n     int
	err   error
}

func (s *diffScreen) place() place {
	return place{
		name: "diff", title: "Diff", keys: []string{"U", "alt+u"}, words: "diff: a recording beside its new run, and what differs, in words",
		wider: []scope{watching, reading},
	}
}

func (s *diffScreen) actions() []action {
	return []action{
		{"accept-difference", "diff", []string{"a"}, "accept", "put the new reply into the file", func(m *Model) tea.Cmd { return m.diff.acceptOne(m) }},
		{"accept-all", "diff", []string{"A"}, "accept all", "put all new replies that differ into the file", func(m *Model) tea.Cmd { return m.diff.acceptAll(m) }},
		{"next-difference", "diff", []string{"d"}, "next difference", "to the next step that differs", func(m *Model) tea.Cmd { return m.diff.seek() }},
	}
}

func (s *diffScreen) hints(m *Model) []hint {
	list := append(goOnHints(m), []hint{{"next-difference", ""}, {"accept-difference", ""}, {"accept-all", ""}}...)
	return append(list, []hint{{"close", "session"}, {"up", ""}, {"down", ""}, {"help", ""}, {"quit", ""}}...)
}

func (s *diffScreen) about(*Model) string {
	return "What the server says now beside what it said in the recording. What a client would act on is a difference; words, dates and ids are notes. Below stand both replies, and the differences in words."
}

func (s *diffScreen) remark(m *Model) notice { return m.session.remark(m) }

func (s *diffScreen) steps() []replay.StepReport {
	if s.run == nil {
		return nil
	}
	return s.run.player.Report().Steps
}

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

// seek goes to the next step that differs, round the end.
func (s *diffScreen) seek() tea.Cmd {
	steps := s.steps()
	for i := range steps {
		if at := (s.cursor + 1 + i) % len(steps); !steps[at].Same() {
			s.cursor = at
			break
		}
	}
	return nil
}

func (s *diffScreen) draw(m *Model, w, h int) []string {
	t, steps := m.theme, s.steps()
	height := s.height(h)
	title := "Diff"
	if s.run != nil {
		title = "Diff: " + escaped(filepath.Base(s.run.name))
	}
	name := min(max(w/3, 12), 44)
	reply := max((w-2-name-10)/2, 4)
	var head line
	head.add(t.Label, "   ")
	head.column(t.Label, "said", name)
	head.column(t.Label, "recorded", reply)
	head.add(t.Label, "now")
	table := s.window(title, len(steps), w-2, height, t, func(i int) line { return s.row(&steps[i], name, reply, t) })
	table.lines = append([]string{head.draw(w-2, t.Text, t.Marks.Cut)}, table.lines...)
	table.height++
	detail := section{height: h - height - 4}
	below := sheet{m: m, w: w - 2}
	switch {
	case s.run == nil:
		below.text(t.Dim, "Nothing was run again yet: choose a file under Transcripts, and run it again from there.")
	case len(steps) == 0:
		below.text(t.Dim, "Nothing has been answered yet.")
	case s.cursor < len(steps):
		step := &steps[s.cursor]
		detail.title = escaped(step.Title)
		s.detail(&below, step)
	}
	if s.run != nil {
		differ, notes := s.run.player.Report().Counts()
		table.note = strings.TrimSpace(fmt.Sprintf("%s, %s  %s", plural(differ, "difference", "differences"), plural(notes, "note", "notes"), table.note))
	}
	for _, l := range below.lines[:min(len(below.lines), detail.height)] {
		detail.lines = append(detail.lines, l.draw(w-2, t.Text, t.Marks.Cut))
	}
	return frame(w, t, []section{table, detail}, "")
}

func (s *diffScreen) row(r *replay.StepReport, name, reply int, t theme) line {
	mark, style := t.Marks.Taken, t.Good
	switch {
	case s.run.taken[r.Reply]:
		mark, style = t.Marks.Added, t.Key
	case !r.Same():
		mark, style = t.Marks.Refused, t.Refused
	case len(r.Notes) > 0:
		mark, style = t.Marks.Warning, t.Warning
	}
	var l line
	l.add(style, mark+" ")
	l.column(t.Client, r.Title, name)
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
		p.marked(t.Marks.Taken, t.Good, "the same as in the recording", "")
	}
	if s.run.taken[r.Reply] {
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

func (s *diffScreen) acceptOne(m *Model) tea.Cmd {
	steps := s.steps()
	if s.cursor >= len(steps) || !steps[s.cursor].Acceptable() || s.run.taken[steps[s.cursor].Reply] {
		m.say("there is nothing to put into the file for this step")
		return nil
	}
	return s.accept(steps[s.cursor : s.cursor+1])
}

func (s *diffScreen) acceptAll(m *Model) tea.Cmd {
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
		m.warn(fmt.Sprintf("%s into %s: %s again writes the file", plural(len(list), "reply", "replies"), escaped(filepath.Base(s.run.name)), m.keys.named("accept-all").key(false)))
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
	case acceptedMsg:
		if msg.err != nil {
			m.warn(msg.err.Error())
			return nil
		}
		for _, line := range msg.lines {
			msg.run.taken[line] = true
		}
		m.say(plural(msg.n, "reply", "replies") + " put into " + escaped(filepath.Base(msg.run.name)))
	}
	return nil
}
