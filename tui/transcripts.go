package tui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"ehlo/session"
	"ehlo/transcript"
)

// transcriptsScreen lists the files that were recorded, each with what
// happened in it.
type transcriptsScreen struct {
	bare
	list
	files   []file
	reading bool   // the folders are being looked through
	asked   int    // counts the looks; what an older one brings is not heard
	first   string // chosen to be compared with another; "" if none is
}

// file is a transcript in a folder.
type file struct {
	path string
	at   time.Time
	size int64
	note fileNote // what happened in it
}

// fileNote sums a transcript up.
type fileNote struct {
	line string // in one line
	kind fileKind
	text []string // more of it
}

type fileKind uint8

const (
	unclear fileKind = iota
	wentWell
	wentWrong
	damaged
)

// filesMsg brings what is in the folders.
type filesMsg struct {
	asked int
	files []file
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
		files, err := listFiles(folders)
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
		at = s.files[s.cursor].path
	}
	s.reading, s.files = false, got.files
	if i := slices.IndexFunc(s.files, func(f file) bool { return f.path == at }); i >= 0 {
		s.cursor = i
	}
	if got.err != nil {
		m.warn(got.err.Error())
	}
	return nil
}

// maxFiles bounds how many files of a folder are looked at, the newest first,
// and maxSummed how large one may be to be read for its line.
const (
	maxFiles  = 500
	maxSummed = 4 << 20
)

// listFiles looks for transcripts. A folder that is not there has none.
func listFiles(folders []string) ([]file, error) {
	var all []file
	var wrong error
	for _, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			wrong = errors.Join(wrong, err)
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) != ".smtp" || !e.Type().IsRegular() {
				continue
			}
			if info, err := e.Info(); err == nil {
				all = append(all, file{path: filepath.Join(dir, e.Name()), at: info.ModTime(), size: info.Size()})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b file) int { return b.at.Compare(a.at) })
	all = all[:min(len(all), maxFiles)]
	for i := range all {
		all[i].note = sumUp(all[i])
	}
	return all, wrong
}

// sumUp says what happened in a file.
func sumUp(f file) fileNote {
	if f.size > maxSummed {
		return fileNote{line: count(f.size>>20) + " MiB, too long for a line on it"}
	}
	r, err := transcript.OpenFile(f.path)
	if err != nil {
		return fileNote{line: err.Error(), kind: damaged}
	}
	defer r.Close()
	var s session.State
	var first, last time.Time
	wrong := 0
	for {
		e, err := r.Next()
		var damage *transcript.SyntaxError
		if errors.As(err, &damage) {
			wrong++
			continue
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				wrong++
			}
			break
		}
		s = s.Apply(e)
		if first.IsZero() {
			first = e.At
		}
		last = e.At
	}
	n := summary(s)
	if s.Seq == 0 {
		n = fileNote{line: "nothing has happened in it"}
	}
	if d := last.Sub(first); d > 0 {
		n.text = append(n.text, "it took "+shortest(d))
	}
	if wrong > 0 {
		n.kind = damaged
		n.text = append(n.text, plural(wrong, "line", "lines")+" could not be read")
	}
	return n
}

// summary is a session in a line, and more of it.
func summary(s session.State) fileNote {
	who := s.Host
	switch {
	case who == "":
		who = s.Server
	case s.Server != "" && s.Server != who:
		who += " (" + s.Server + ")"
	}
	var parts []string
	if s.Secure {
		parts = append(parts, "TLS")
	}
	if s.Auth != "" {
		parts = append(parts, "auth "+s.Auth)
	}
	n := fileNote{}
	switch f := s.Finished; {
	case f != nil:
		taken := 0
		for _, r := range f.Recipients {
			if r.Taken() {
				taken++
			}
		}
		whom := "no recipient given"
		if n := len(f.Recipients); n > 0 {
			whom = fmt.Sprintf("%d of %s", taken, plural(n, "recipient", "recipients"))
		}
		parts = append(parts, whom)
		word := finished(f)
		if f.Reply.Code != 0 {
			word += ", " + brief(f.Reply)
		}
		parts = append(parts, word)
		n.kind = map[bool]fileKind{true: wentWell, false: wentWrong}[f.Responsible == session.Server]
		n.text = append(n.text, "from <"+f.ReversePath.Path+">")
		for i, r := range f.Recipients {
			if i == 20 {
				n.text = append(n.text, fmt.Sprintf("and %d more", len(f.Recipients)-i))
				break
			}
			n.text = append(n.text, "to <"+r.Path+"> "+brief(r.Reply))
		}
	case s.Answers.Greeting.Code.Class() >= 4:
		parts, n.kind = append(parts, "greeted with "+s.Answers.Greeting.Code.String()), wentWrong
	case s.FaultText != "":
		parts, n.kind = append(parts, s.FaultText), wentWrong
	case s.Last.Code != 0:
		parts = append(parts, "no mail; the last reply is "+s.Last.String())
		if s.Last.Code.Class() >= 4 {
			n.kind = wentWrong
		}
	default:
		parts = append(parts, s.Phase.String())
	}
	if s.Accepted > 1 {
		parts = append(parts, plural(s.Accepted, "message", "messages")+" accepted")
	}
	n.line = strings.TrimPrefix(strings.Join(append([]string{who}, parts...), " · "), " · ")
	return n
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
		name = max(name, width(escaped(filepath.Base(f.path))))
	}
	name = min(name, w*2/5)
	table := s.window("Transcripts", len(s.files), w-2, height, t, func(i int) line {
		f := s.files[i]
		var l line
		mark, style := t.Marks.Open, t.Text
		switch f.note.kind {
		case wentWell:
			mark, style = t.Marks.Taken, t.Good
		case wentWrong:
			mark, style = t.Marks.Rejected, t.Refused
		case damaged:
			mark, style = t.Marks.Warning, t.Warning
		}
		if f.path == s.first {
			mark, style = t.Marks.Marked, t.Key
		}
		l.add(style, mark+" ")
		base := escaped(filepath.Base(f.path))
		if over := width(base) - name; over > 0 { // names that begin with a date differ at their end
			base = ansi.TruncateLeft(base, over+1, t.Marks.Cut)
		}
		l.add(t.Client, fit(base, name)+" ")
		if w >= 80 {
			l.column(t.Dim, f.at.In(m.o.Now().Location()).Format("Jan _2 15:04"), 12)
		}
		l.wire(t.Text, t.Escape, f.note.line)
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
		detail.note = count(f.size) + " octets"
		detail.title = escaped(f.path)
		if over := width(detail.title) + width(detail.note) + 8 - w; over > 0 { // the name is at its end
			detail.title = ansi.TruncateLeft(detail.title, over+1, t.Marks.Cut)
		}
		text.text(t.Text, f.note.line)
		for _, more := range f.note.text {
			text.indented(3, t.Dim, more)
		}
	}
	detail.lines = below(text.lines, w-2, detail.height, t)
	return frame(w, t, []section{table, detail}, "")
}

// openListed opens the file under the cursor, and plays it if so asked.
func openListed(play bool) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		s := m.transcripts
		if s.cursor >= len(s.files) {
			return nil
		}
		return readTranscript(s.files[s.cursor].path, play)
	}
}
