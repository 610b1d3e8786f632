package tui

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"ehlo/session"
	"ehlo/transcript/shelf"
)

// transcriptsScreen lists the files that were recorded, each with what
// happened in it.
type transcriptsScreen struct {
	bare
	list
	files   []shelf.File
	reading bool   // the folders are being looked through
	asked   int    // counts the looks; what an older one brings is not heard
	first   string // chosen to be compared with another; "" if none is
}

// filesMsg brings what is in the folders.
type filesMsg struct {
	asked int
	files []shelf.File
	err   error
}

func (s *transcriptsScreen) place() place {
	return place{
		name: "transcripts", title: "Transcripts", keys: []string{"8", "alt+8"}, words: "transcripts: what was recorded; open, play, run again, serve, compare",
		wider: []scope{reading},
	}
}

func (s *transcriptsScreen) actions() []action {
	return []action{
		{"open-file", "transcripts", []string{"enter"}, "open", "open it and walk through it", openListed(false)},
		{"play-file", "transcripts", []string{"space"}, "play", "play it back with its recorded timing", openListed(true)},
		{"run-again", "transcripts", []string{"R"}, "run again", "say again what its client said, and compare", (*Model).rerunListed},
		{"serve-file", "transcripts", []string{"S"}, "serve", "serve it as a fake server", (*Model).serveListed},
		{"compare-file", "transcripts", []string{"="}, "compare", "set two files side by side: once on each", (*Model).compareListed},
		{"look-again", "transcripts", []string{"u"}, "look again", "look through the folders again", func(m *Model) tea.Cmd { return m.transcripts.look(m) }},
	}
}

func (s *transcriptsScreen) hints(*Model) []hint {
	return []hint{{"open-file", ""}, {"play-file", ""}, {"run-again", ""}, {"serve-file", ""}, {"compare-file", ""}, {"up", ""}, {"down", ""}, {"open", "by name"}, {"look-again", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
}

func (s *transcriptsScreen) about(*Model) string {
	return "The transcripts in the folders where they are saved, the newest first, with a line on each: who, how far it came, what became of the mail."
}

func (s *transcriptsScreen) remark(*Model) notice {
	if s.reading {
		return notice{text: "reading the files …"}
	}
	return notice{}
}

func (s *transcriptsScreen) open(m *Model) tea.Cmd { return s.look(m) }

// look reads the folders in the background.
func (s *transcriptsScreen) look(m *Model) tea.Cmd {
	s.asked++
	s.reading = true
	asked, folders := s.asked, m.folders()
	return func() tea.Msg {
		files, err := shelf.List(folders)
		return filesMsg{asked, files, err}
	}
}

// folders are where transcripts may be.
func (m *Model) folders() []string {
	here := m.o.Dir
	if here == "" {
		here = "."
	}
	return append([]string{here}, m.o.Folders...)
}

func (s *transcriptsScreen) hear(m *Model, msg tea.Msg) tea.Cmd {
	got, ok := msg.(filesMsg)
	if !ok || got.asked != s.asked {
		return nil
	}
	at := ""
	if s.cursor < len(s.files) {
		at = s.files[s.cursor].Path
	}
	s.reading, s.files = false, got.files
	if i := slices.IndexFunc(s.files, func(f shelf.File) bool { return f.Path == at }); i >= 0 {
		s.cursor = i
	}
	if got.err != nil {
		m.warn(got.err.Error())
	}
	return nil
}

func (s *transcriptsScreen) move(_ *Model, by int) { s.by(by, len(s.files)) }

func (s *transcriptsScreen) settle(m *Model) {
	_, h := m.room()
	s.list.settle(len(s.files), s.height(h))
}

func (s *transcriptsScreen) height(h int) int { return max(h-3-min(detailHeight(h), 8), 1) }

func (s *transcriptsScreen) draw(m *Model, w, h int) []string {
	t := m.theme
	height := s.height(h)
	name := 0
	for _, f := range s.files {
		name = max(name, width(calledHere(f)))
	}
	name = min(name, w*2/5)
	table := s.window("Transcripts", len(s.files), w-2, height, t, func(i int) line {
		f := s.files[i]
		var l line
		mark, style := t.Marks.Open, t.Text
		switch f.Summary.Kind {
		case shelf.WentWell:
			mark, style = t.Marks.Taken, t.Good
		case shelf.WentWrong:
			mark, style = t.Marks.Rejected, t.Refused
		case shelf.Damaged:
			mark, style = t.Marks.Warning, t.Warning
		}
		if f.Path == s.first {
			mark, style = t.Marks.Marked, t.Key
		}
		l.add(style, mark+" ")
		l.add(t.Client, fit(shortName(calledHere(f), name, t.Marks.Cut), name)+" ")
		when, cells := m.dated(f.At, w)
		l.column(t.Dim, when, cells)
		l.wire(t.Text, t.Escape, f.Told())
		return l
	})
	if len(s.files) == 0 {
		var none line
		word := "  there is no transcript yet in " + strings.Join(m.folders(), ", ")
		if s.reading {
			word = "  reading the files …"
		}
		none.wire(t.Dim, t.Escape, word)
		table.lines = []string{none.draw(w-2, t.Text, t.Marks.Cut)}
	}
	text := sheet{m: m, w: w - 2}
	detail := section{height: h - height - 3}
	if s.cursor < len(s.files) {
		f := s.files[s.cursor]
		detail.note = session.Digits(f.Size) + " octets"
		detail.title = escaped(f.Path)
		if over := width(detail.title) + width(detail.note) + 8 - w; over > 0 { // the name is at its end
			detail.title = ansi.TruncateLeft(detail.title, over+1, t.Marks.Cut)
		}
		text.text(t.Text, f.Summary.Line)
		for _, more := range f.Summary.More {
			text.indented(3, t.Dim, more)
		}
		if f.Summary.Took > 0 {
			text.indented(3, t.Dim, "it took "+shortest(f.Summary.Took))
		}
	}
	detail.lines = below(text.lines, w-2, detail.height, t)
	return frame(w, t, []section{table, detail}, "")
}

// dated is when a file was written to, in so many cells: on a narrow screen the
// time of today's, the day of others.
func (m *Model) dated(at time.Time, w int) (when string, cells int) {
	now := m.o.Now()
	at = at.In(now.Location())
	switch {
	case w >= 60:
		return at.Format("Jan _2 15:04"), 12
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04"), 6
	}
	return at.Format("Jan _2"), 6
}

// calledHere is what a file is called, safe to show: all here end in .smtp.
func calledHere(f shelf.File) string { return escaped(strings.TrimSuffix(f.Called(), ".smtp")) }

// shortName cuts a name in the middle, where it is least missed.
func shortName(name string, w int, cut string) string {
	over := width(name) - w
	if over <= 0 {
		return name
	}
	head := (w - width(cut)) / 2
	return ansi.Truncate(name, head, "") + ansi.TruncateLeft(name, head+over+width(cut), cut)
}

// openListed opens the file under the cursor, and plays it if so asked.
func openListed(play bool) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		s := m.transcripts
		if s.cursor >= len(s.files) {
			return nil
		}
		return readTranscript(s.files[s.cursor].Path, play)
	}
}
