package tui

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/serve"
)

// serveScreen is a fake server that plays a recording, and the clients that
// come to it.
type serveScreen struct {
	bare
	on      *serving // nil if nothing is served
	clients []*conversation
	front   int // the client that is shown

	problems []problem // the last ones
}

// serving is a recording that is served.
type serving struct {
	name, addr string
	server     *serve.Server
	events     chan servedMsg
	done       chan struct{}
	close      func()
}

// problem is what went wrong with a client; 0 is none of them.
type problem struct {
	client int
	text   string
}

// servedMsg is what a client and the server said, what went wrong, or both.
type servedMsg struct {
	from    *serving
	client  int
	events  []session.Event
	problem string
}

// Bounds of what is kept of the clients.
const (
	maxClients  = 200
	maxServed   = 100_000 // events of one client
	maxProblems = 1000
)

func (s *serveScreen) place() place {
	return place{
		name: "serve", title: "Serve", keys: []string{"L", "alt+v"}, words: "serve: a recording as a fake server, and the clients that come",
		wider: []scope{reading},
	}
}

func (s *serveScreen) actions() []action {
	return []action{
		{"next-client", "serve", []string{"right", "l"}, "next client", "the next client", func(m *Model) tea.Cmd { return s.turn(1) }},
		{"client-before", "serve", []string{"left", "h"}, "client before", "the client before", func(m *Model) tea.Cmd { return s.turn(-1) }},
		{"stop-serving", "serve", []string{"x"}, "stop", "stop the fake server", func(m *Model) tea.Cmd { return s.stop(m) }},
	}
}

func (s *serveScreen) hints(*Model) []hint {
	if s.on == nil {
		return []hint{{"show-transcripts", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}
	}
	var list []hint
	if len(s.clients) > 1 {
		list = []hint{{"client-before", ""}, {"next-client", ""}}
	}
	return append(list, []hint{{"up", ""}, {"down", ""}, {"stop-serving", ""}, {"close", "session"}, {"help", ""}, {"quit", ""}}...)
}

func (s *serveScreen) about(*Model) string {
	return "A fake server says what the server of the recording said; nothing is forwarded, nothing is stored. Here C is the client that has connected, and S is the recording."
}

func (s *serveScreen) remark(*Model) notice { return notice{} }

func (s *serveScreen) turn(by int) tea.Cmd {
	s.front = max(min(s.front+by, len(s.clients)-1), 0)
	return nil
}

// shown is the client in front, or nil.
func (s *serveScreen) shown() *conversation {
	if s.front >= len(s.clients) {
		return nil
	}
	return s.clients[s.front]
}

func (s *serveScreen) move(_ *Model, by int) {
	if c := s.shown(); c != nil {
		c.move(c.cursor + by)
	}
}

func (s *serveScreen) settle(m *Model) {
	if c := s.shown(); c != nil {
		_, h := m.room()
		c.show(s.height(h))
	}
}

func (s *serveScreen) height(h int) int { return max(h-3-s.below(h), 1) }
func (s *serveScreen) below(h int) int  { return min(max(h/5, 2), 6) }

func (s *serveScreen) draw(m *Model, w, h int) []string {
	t := m.theme
	height := s.height(h)
	top := section{title: "Serve", height: height, focused: true}
	if c := s.shown(); c != nil {
		top.title = fmt.Sprintf("Client %d of %d", s.front+1, len(s.clients))
		top.note = c.note()
		top.lines = c.lines(w-2, height, t)
	}
	text := sheet{m: m, w: w - 2}
	if s.on == nil {
		text.text(t.Dim, "Nothing is served: choose a file under Transcripts, and serve it from there.")
	} else {
		text.fact("serving", t.Good, filepath.Base(s.on.name)+" on "+s.on.addr)
		if len(s.clients) == 0 {
			text.text(t.Dim, "No client has come yet: have one connect to "+s.on.addr+".")
		}
	}
	detail := section{height: h - height - 3}
	list := s.problemsHere()
	for _, p := range list[max(len(list)-detail.height+1, 0):] {
		text.warning(p, "")
	}
	detail.lines = below(text.lines, w-2, detail.height, t)
	return frame(w, t, []section{top, detail}, "")
}

// problemsHere are those with the client in front, and those with nobody.
func (s *serveScreen) problemsHere() (list []string) {
	for _, p := range s.problems {
		if p.client == 0 || p.client == s.front+1 {
			list = append(list, p.text)
		}
	}
	return list
}

// serveListed serves the file under the cursor, or the one that is open.
func (m *Model) serveListed() tea.Cmd {
	return m.withFile(func(m *Model, name string, t *transcript.Transcript) tea.Cmd { return m.askServe(name, t) })
}

func (m *Model) askServe(name string, t *transcript.Transcript) tea.Cmd {
	m.ask(prompt{
		name: "serve", title: "Serve " + escaped(filepath.Base(name)) + " on", sign: "› ", verb: "listen",
		note: "ADDRESS:PORT; port 0 takes a free one. Others on the network reach what is not 127.0.0.1",
		accept: func(m *Model, text string) tea.Cmd {
			return m.serve.begin(m, name, t, strings.TrimSpace(text))
		},
	}, "127.0.0.1:2525")
	return nil
}

// begin listens, and tells of the clients as they come.
func (s *serveScreen) begin(m *Model, name string, t *transcript.Transcript, addr string) tea.Cmd {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		m.prompt.fault = err.Error()
		return nil
	}
	stopped := s.stop(m)
	on := &serving{name: name, addr: l.Addr().String(), events: make(chan servedMsg, 256), done: make(chan struct{})}
	tell := func(msg servedMsg) {
		msg.from = on
		select {
		case on.events <- msg:
		case <-on.done:
		}
	}
	on.server = serve.New(t, serve.Options{
		Loop:  true,
		Watch: func(client int, e session.Event) { tell(servedMsg{client: client, events: []session.Event{e}}) },
		Log:   func(client int, problem string) { tell(servedMsg{client: client, problem: problem}) },
	})
	on.close = m.left.add(func() {
		close(on.done)
		on.server.Close()
	})
	go func() {
		if err := on.server.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			tell(servedMsg{problem: err.Error()})
		}
	}()
	s.on, s.clients, s.front, s.problems = on, nil, 0, nil
	m.over = uncovered
	return tea.Batch(stopped, m.goTo("serve"), on.wait())
}

// wait waits for what a client does next, and takes with it what has come
// since.
func (on *serving) wait() tea.Cmd {
	return func() tea.Msg {
		var msg servedMsg
		select {
		case msg = <-on.events:
		case <-on.done:
			return nil
		}
		for len(msg.events) < 256 {
			select {
			case more := <-on.events:
				if more.client != msg.client || more.problem != "" {
					return servedBatch{msg, more}
				}
				msg.events = append(msg.events, more.events...)
			default:
				return servedBatch{msg}
			}
		}
		return servedBatch{msg}
	}
}

// servedBatch are messages in their order.
type servedBatch []servedMsg

func (s *serveScreen) hear(m *Model, msg tea.Msg) tea.Cmd {
	batch, ok := msg.(servedBatch)
	if !ok || s.on == nil || len(batch) == 0 || batch[0].from != s.on {
		return nil
	}
	for _, msg := range batch {
		if msg.problem != "" {
			m.warn(msg.problem)
			s.problems = append(s.problems, problem{msg.client, msg.problem})
			s.problems = s.problems[max(len(s.problems)-maxProblems, 0):]
		}
		if msg.client < 1 || msg.client > maxClients || len(msg.events) == 0 {
			continue
		}
		for len(s.clients) < msg.client {
			if s.front == len(s.clients)-1 {
				s.front++ // who watches the newest one goes on with it
			}
			s.clients = append(s.clients, &conversation{timeline: timeline{heard: true}})
		}
		if c := s.clients[msg.client-1]; len(c.events) < maxServed {
			c.take(msg.events)
		}
	}
	return s.on.wait()
}

// stop ends the server and leaves what was seen.
func (s *serveScreen) stop(m *Model) tea.Cmd {
	if s.on == nil {
		return nil
	}
	end := s.on.close
	m.say("no longer serving " + escaped(filepath.Base(s.on.name)))
	s.on = nil
	return func() tea.Msg {
		end()
		return nil
	}
}
