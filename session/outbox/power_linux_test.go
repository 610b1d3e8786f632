package outbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// receiver is a server that takes mail while there is power, and counts.
type receiver struct {
	p         *platter
	delivered map[string]int // by recipient, guarded by p.mu
	wrong     []string
	late      bool // those that begin with "later" are no longer put off
}

func (r *receiver) dial(context.Context, session.Target, string) (net.Conn, error) {
	client, server := net.Pipe()
	go sink{late: func(string) bool { return !r.late }, take: r.take}.serve(server)
	return client, nil
}

// take counts a message, and looks whether it is all there.
func (r *receiver) take(to, text string) bool {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	if r.p.syncs < 0 {
		return false
	}
	r.delivered[to]++
	if text != contentFor(to)+".\r\n" {
		r.wrong = append(r.wrong, to)
	}
	return true
}

// contentFor is what is sent to a recipient: some of it is too long for the
// journal.
func contentFor(name string) string {
	text := small + name + "\r\n"
	if strings.HasSuffix(name, "7") {
		text += strings.Repeat(strings.Repeat("x", 70)+"\r\n", maxCarried/70)
	}
	return text
}

// TestPowerCut cuts the power at random moments, many times: what was confirmed
// is there, whole, and is delivered once, or may have been and says so.
// A tenth of EHLO_CRASHES says how often.
func TestPowerCut(t *testing.T) {
	cuts := 12
	if n, err := strconv.Atoi(os.Getenv("EHLO_CRASHES")); err == nil {
		cuts = n / 10
	}
	const each = 12 // then begins another outbox: a long one takes long to copy
	total := map[string]int{}
	for n := 0; n < cuts && !t.Failed(); n += each {
		powerCuts(t, each, total)
	}
	t.Logf("%d cuts: %v", cuts, total)
}

// powerCuts has one outbox live through some cuts.
func powerCuts(t *testing.T, cuts int, total map[string]int) {
	root, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	p := &platter{}
	r := &receiver{p: p, delivered: map[string]int{}}
	confirmed := map[string]string{} // names by ID
	luck := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	dir := filepath.Join(root, "0")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for life := range cuts {
		p.all = luck.IntN(3) > 0
		p.begin(t, dir, luck.IntN(80))
		next := filepath.Join(root, strconv.Itoa(life+1))
		var all sync.WaitGroup
		all.Go(func() { shortLife(t, p, r, filepath.Join(dir, "state", "outbox"), life, confirmed) })
		<-p.gone
		p.left(t, dir, next, luck)
		close(p.looked)
		all.Wait()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		dir = next
	}
	p.begin(t, dir, math.MaxInt)
	s, err := openOn(p.disk(), filepath.Join(dir, "state", "outbox"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := powerOptions(r)
	o.Early, r.late = true, true
	for quiet := false; !quiet; {
		sum, err := NewRunner(s, o).Pass(t.Context())
		if quiet = sum == (Summary{}); err != nil {
			t.Fatal(err)
		}
	}
	r.count(t, s, confirmed, total)
}

func powerOptions(r *receiver) RunOptions {
	return RunOptions{
		Connections: 4,
		Plan: func(context.Context, *Envelope, session.Target) (Plan, error) {
			return Plan{Session: session.Options{Dial: r.dial, Timeout: time.Minute}, Mail: session.Mail{Helo: "client.example"}}, nil
		},
		Record: func(name string) (Recorder, error) { return transcript.Create(name) },
	}
}

// shortLife adds and sends until the power is gone.
func shortLife(t *testing.T, p *platter, r *receiver, dir string, life int, confirmed map[string]string) {
	s, err := openOn(p.disk(), dir, Options{})
	if err != nil {
		if !errors.Is(err, errOff) {
			t.Error(err)
		}
		return
	}
	defer s.Close()
	var all sync.WaitGroup
	var mu sync.Mutex
	for w := range 3 {
		all.Go(func() {
			for i := 0; ; i++ {
				name := [...]string{"yes", "later", "no"}[i%3] + fmt.Sprintf("-%d-%d-%d", life, w, i)
				id, err := s.Add(at("127.0.0.1:1", name+"@test.example"), session.BytesContent([]byte(contentFor(name))))
				if err != nil {
					if !errors.Is(err, errOff) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				confirmed[id] = name
				mu.Unlock()
				if i%4 == 3 && life%2 == 0 {
					_ = s.compact(4000)
				}
			}
		})
	}
	all.Go(func() {
		for {
			select {
			case <-p.gone:
				return
			default:
			}
			_, _ = NewRunner(s, powerOptions(r)).Pass(t.Context())
		}
	})
	all.Wait()
}

// count says what has become of everything.
func (r *receiver) count(t *testing.T, s *Spool, confirmed map[string]string, total map[string]int) {
	there := map[string]bool{}
	if err := s.Each(func(m *Message) bool {
		x := m.Recipients[0]
		name := strings.TrimSuffix(x.To, "@test.example")
		there[m.ID] = true
		n := r.delivered[name]
		total[x.Fate.String()]++
		switch {
		case x.Fate == Accepted && n == 1, x.Fate == Unclear && n <= 1, x.Fate == Refused && n == 0 && x.Told && len(s.Reports(m.ID)) > 0:
		default:
			t.Errorf("%s to %s: %d deliveries, held %q, %+v", m.ID, name, n, m.Held, x)
		}
		delete(r.delivered, name)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	for id, name := range confirmed {
		if !there[id] {
			t.Errorf("%s to %s was confirmed and is lost", id, name)
		}
	}
	for name := range r.delivered {
		t.Errorf("%s was delivered and nobody knows of it", name)
	}
	for _, name := range r.wrong {
		t.Errorf("%s was not whole when it was delivered", name)
	}
	total["confirmed"] += len(confirmed)
}
