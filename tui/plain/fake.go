package plain

import (
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/serve"
)

// fake is a server that says what the server of a recording said.
type fake struct {
	name, addr string
	server     *serve.Server
	news       chan overheard
	done       chan struct{}
	close      func()
}

// overheard is what a client and the server said, or what went wrong. Client 0
// is nobody.
type overheard struct {
	client  int
	event   session.Event
	problem string
}

// heard brings what happens; nil if nothing is served.
func (f *fake) heard() <-chan overheard {
	if f == nil {
		return nil
	}
	return f.news
}

// stop ends the server.
func (f *fake) stop() {
	if f != nil {
		f.close()
	}
}

// whereServed is the address of a fake server unless a person names one.
const whereServed = "127.0.0.1:2525"

// serve is the server of a transcript for the clients that come.
func (t *talk) serve(arg string) {
	switch arg = strings.TrimSpace(arg); {
	case arg == "off" && t.fake == nil, arg == "" && t.fake == nil:
		t.say("nothing is served: /serve FILE is the server of a transcript, on %s unless ADDRESS:PORT stands behind", whereServed)
		return
	case arg == "":
		t.say("serving %s on %s; /serve off ends it", t.fake.name, t.fake.addr)
		return
	case arg == "off":
		t.say("no longer serving %s", t.fake.name)
		t.fake.stop()
		t.fake = nil
		return
	}
	name, addr := t.fileAnd(arg)
	if addr == "" {
		addr = whereServed
	}
	file, err := transcript.ReadFile(name)
	if err != nil {
		t.wrong("/serve: %s", err)
		return
	}
	t.fake.stop()
	t.fake = nil
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.wrong("/serve: %s", err)
		return
	}
	t.fake = serving(name, file, l)
	t.say("serving %s on %s: nothing is forwarded or stored; /serve off ends it", name, t.fake.addr)
}

// serving serves a transcript.
func serving(name string, file *transcript.Transcript, l net.Listener) *fake {
	f := &fake{name: name, addr: l.Addr().String(), news: make(chan overheard), done: make(chan struct{})}
	tell := func(x overheard) {
		select {
		case f.news <- x:
		case <-f.done:
		}
	}
	f.server = serve.New(file, serve.Options{
		Loop:  true,
		Watch: func(client int, e session.Event) { tell(overheard{client: client, event: e}) },
		Log:   func(client int, problem string) { tell(overheard{client: client, problem: problem}) },
	})
	f.close = sync.OnceFunc(func() {
		close(f.done)
		f.server.Close()
	})
	go func() {
		if err := f.server.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			tell(overheard{problem: err.Error()})
		}
	}()
	return f
}

// What comes within a breath stands together, without a prompt in between; but
// not more than so many rows, since somebody may have typed something.
const (
	breath   = 20 * time.Millisecond
	inBreath = 200
)

// overheard tells of clients.
func (t *talk) overheard(x overheard) {
	x.tell(t)
	timer := time.NewTimer(breath)
	defer timer.Stop()
	for range inBreath {
		select {
		case x = <-t.fake.news:
			x.tell(t)
			timer.Reset(breath)
		case <-timer.C:
			return
		}
	}
}

func (x overheard) tell(t *talk) {
	switch {
	case x.problem != "" && x.client == 0:
		t.say("server: %s", x.problem)
	case x.problem != "":
		t.say("client %d: %s", x.client, x.problem)
	default:
		t.say("client %d: %s", x.client, row(x.event))
	}
}
