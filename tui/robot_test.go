package tui

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/themes"
)

// robot uses the screen as a person does: it types, presses keys and looks.
type robot struct {
	t    *testing.T
	m    Model
	msgs chan tea.Msg
	over bool // the program has been left
}

// TestMain has the screens show the time of nobody's country.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// noon is when everything happens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// at opens the program in a terminal of a size, with a practice server in
// memory behind it.
func at(t *testing.T, w, h int, change ...func(*Options)) *robot {
	t.Helper()
	theme, err := themes.Find("mono")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Theme: theme, Dir: t.TempDir(), Now: func() time.Time { return noon },
		Dial: func(ctx context.Context, target session.Target, _ string) (net.Conn, error) {
			sc, err := practice.Find(target.Practice)
			if err != nil {
				return nil, err
			}
			return practice.New(sc, practice.Options{}).Dial(ctx)
		},
	}
	for _, f := range change {
		f(&o)
	}
	r := &robot{t: t, m: New(o), msgs: make(chan tea.Msg, 1<<10)}
	t.Cleanup(func() { r.m.shut() })
	r.m.clip = clip{patience: time.Minute}
	r.begin(r.m.Init())
	r.send(tea.WindowSizeMsg{Width: w, Height: h})
	return r
}

// begin starts a command the way Bubble Tea does.
func (r *robot) begin(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				r.begin(c)
			}
		default:
			r.msgs <- msg
		}
	}()
}

func (r *robot) send(msg tea.Msg) {
	r.t.Helper()
	if _, ok := msg.(tea.QuitMsg); ok {
		r.over = true
		return
	}
	next, cmd := r.m.Update(msg)
	r.m = next.(Model)
	r.begin(cmd)
	r.look()
}

// look draws the screen and checks what must hold of every screen.
func (r *robot) look() string {
	r.t.Helper()
	screen := r.m.View()
	lines := strings.Split(screen, "\n")
	if r.m.height > 0 && len(lines) != r.m.height {
		r.t.Fatalf("%d lines in a terminal of %d\n%s", len(lines), r.m.height, screen)
	}
	for i, line := range lines {
		if w := ansi.StringWidth(line); w != r.m.width {
			r.t.Fatalf("line %d is %d cells wide in a terminal of %d: %q", i+1, w, r.m.width, line)
		}
	}
	return ansi.Strip(screen)
}

// press presses keys by name.
func (r *robot) press(keys ...string) *robot {
	r.t.Helper()
	for _, k := range keys {
		r.send(keyNamed(k))
	}
	return r
}

// types types a text, letter by letter.
func (r *robot) types(text string) *robot {
	r.t.Helper()
	for _, c := range text {
		if c == ' ' {
			r.send(tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}})
			continue
		}
		r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{c}})
	}
	return r
}

// pastes pastes a text in one piece.
func (r *robot) pastes(text string) *robot {
	r.t.Helper()
	r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	return r
}

// into moves to a field of the form.
func (r *robot) into(f field) *robot {
	r.t.Helper()
	for n := 0; r.m.form.at != f; n++ {
		if n > int(fields) {
			r.t.Fatalf("there is no way to the field %s", fieldNames[f])
		}
		r.press("tab")
	}
	return r
}

// clears empties the field that the keyboard is in.
func (r *robot) clears() *robot { return r.press("ctrl+e", "ctrl+u") }

// see waits until the screen shows every text.
func (r *robot) see(texts ...string) *robot {
	r.t.Helper()
	for _, text := range texts {
		r.until("see "+text, func() bool { return strings.Contains(r.look(), text) })
	}
	return r
}

// miss says that the screen does not show a text now.
func (r *robot) miss(text string) *robot {
	r.t.Helper()
	if screen := r.look(); strings.Contains(screen, text) {
		r.t.Fatalf("the screen should not show %q:\n%s", text, screen)
	}
	return r
}

// rest waits until nothing is under way and all is learnt.
func (r *robot) rest() *robot {
	r.t.Helper()
	r.until("rest", func() bool {
		d := &r.m.drive
		return d.sess == nil || !d.acting && len(d.queue) == 0 && len(r.m.live.events) == d.sess.Log().Len()
	})
	return r
}

func (r *robot) until(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.After(time.Minute)
	for !ok() {
		select {
		case msg := <-r.msgs:
			r.send(msg)
		case <-deadline:
			r.t.Fatalf("waited in vain to %s:\n%s", what, r.look())
		}
	}
}

// left waits until the program has been left.
func (r *robot) left() *robot {
	r.t.Helper()
	r.until("be left", func() bool { return r.over })
	return r
}

// keyTypes are the keys that are no letters, by their names.
var keyTypes = func() map[string]tea.KeyType {
	named := map[string]tea.KeyType{"space": tea.KeySpace}
	for k := tea.KeyType(-200); k < 200; k++ {
		if name := k.String(); name != "" && k != tea.KeyRunes {
			if _, ok := named[name]; !ok {
				named[name] = k
			}
		}
	}
	return named
}()

func keyNamed(name string) tea.KeyMsg {
	bare, alt := strings.CutPrefix(name, "alt+")
	if k, ok := keyTypes[bare]; ok {
		return tea.KeyMsg{Type: k, Alt: alt}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(bare), Alt: alt}
}

// script is a server that says its lines and reads one line after each but
// the last; a line "…" only waits for the client to go.
func script(lines ...string) func(*Options) {
	return func(o *Options) {
		o.Dial = func(context.Context, session.Target, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				buf := make([]byte, 64<<10)
				for _, line := range lines {
					if line == "…" {
						for {
							if _, err := server.Read(buf); err != nil {
								return
							}
						}
					}
					if _, err := server.Write([]byte(line)); err != nil {
						return
					}
					if _, err := server.Read(buf); err != nil {
						return
					}
				}
			}()
			return client, nil
		}
	}
}

func target(name string) func(*Options) { return func(o *Options) { o.Target = name } }

func recipients(to ...string) func(*Options) {
	return func(o *Options) { o.Mail.To = session.To(to...) }
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
