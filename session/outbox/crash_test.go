package outbox

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

func TestMain(m *testing.M) {
	switch os.Getenv("EHLO_CRASH_ROLE") {
	case "sink":
		listen()
	case "work":
		work(os.Getenv("EHLO_CRASH_DIR"), os.Getenv("EHLO_CRASH_SINK"), os.Getenv("EHLO_CRASH_RULE") == "retry", os.Getenv("EHLO_CRASH_LIFE"))
	default:
		os.Exit(m.Run())
	}
}

// listen is a server in a process of its own. It writes down each message
// before it says that it has it. Those that are put off are so once.
func listen() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening %s\n", l.Addr())
	var mu sync.Mutex
	seen := map[string]bool{}
	k := sink{
		late: func(to string) bool {
			mu.Lock()
			defer mu.Unlock()
			again := seen[to]
			seen[to] = true
			return !again
		},
		take: func(to, _ string) bool {
			mu.Lock()
			defer mu.Unlock()
			fmt.Printf("delivered %s\n", to)
			return true
		},
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go k.serve(c)
	}
}

// work adds messages and sends them, until it is killed; with life "last" it
// ends when nothing is left to do.
func work(dir, addr string, retry bool, life string) {
	s, err := Open(dir, Options{Tell: func(t Trouble) { fmt.Printf("trouble %s\n", t) }})
	if err != nil {
		panic(err)
	}
	o := RunOptions{
		Early: true, RetryUnclear: retry, Connections: 4, Schedule: Schedule{Waits: []time.Duration{time.Millisecond}, GiveUp: time.Hour},
		Plan: func(context.Context, *Envelope, session.Target) (Plan, error) {
			return Plan{Session: session.Options{Timeout: time.Minute}, Mail: session.Mail{Helo: "client.example"},
				Group: func(s session.State, m session.Stepper) []session.Step { return session.Group(s, m, false) }}, nil
		},
		Record: func(name string) (Recorder, error) { return transcript.Create(name) },
		Tell: func(h Happening) {
			if h.Text != "" && !strings.Contains(h.Text, "is told") {
				fmt.Printf("said %s\n", h.Text)
			}
		},
	}
	c := session.BytesContent([]byte(small))
	if life != "last" {
		for w := range 2 {
			go func() {
				for i := 0; ; i++ {
					name := [...]string{"yes", "tell", "later", "no", "yes"}[i%5] + fmt.Sprintf("-%s-%d-%d", life, w, i)
					e := at(addr, name+"@test.example")
					if i%5 == 1 {
						e.To[0].Params = []session.Param{param("NOTIFY", "SUCCESS")}
					}
					id, err := s.Add(e, c)
					if err != nil {
						fmt.Printf("failed %v\n", err)
						return
					}
					fmt.Printf("added %s %s\n", name, id)
				}
			}()
		}
	}
	fmt.Printf("ready\n")
	for quiet := 0; life != "last" || quiet < 3; {
		sum, err := NewRunner(s, o).Pass(context.Background())
		if err != nil {
			fmt.Printf("failed %v\n", err)
			return
		}
		_ = s.compact(20_000) // early, so that it is met in the middle
		quiet++
		if sum.Accepted+sum.Refused+sum.Waiting > 0 {
			quiet = 0
		}
	}
}

// TestCrash kills a process that adds and sends, at random moments, many
// times, and then counts: what was confirmed is delivered, waits, or was
// reported, and nothing is delivered twice that was not marked as perhaps
// delivered before. EHLO_CRASHES says how often.
func TestCrash(t *testing.T) {
	crashes := 16
	if n, err := strconv.Atoi(os.Getenv("EHLO_CRASHES")); err == nil {
		crashes = n
	} else if testing.Short() {
		crashes = 4
	}
	for _, rule := range []string{"ask", "retry"} {
		t.Run(rule, func(t *testing.T) { crash(t, rule, crashes/2) })
	}
}

func crash(t *testing.T, rule string, crashes int) {
	dir := filepath.Join(t.TempDir(), "outbox")
	addr, delivered := startSink(t)
	confirmed := map[string]string{}
	for n := range crashes + 1 {
		life, after := strconv.Itoa(n), time.Duration(rand.IntN(60_000))*time.Microsecond
		if n == crashes {
			life, after = "last", 5*time.Minute
		}
		for name, id := range live(t, dir, addr, rule, life, after) {
			confirmed[name] = id
		}
	}
	s, err := Open(dir, Options{Tell: func(x Trouble) { t.Errorf("trouble: %s", x) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := delivered()
	count := map[string]int{}
	names := map[string]bool{}
	if err := s.Each(func(m *Message) bool {
		r := m.Recipients[0]
		name := strings.TrimSuffix(r.To, "@test.example")
		names[name] = true
		n := got[name]
		count[r.Fate.String()]++
		delivered := r.Doubts // at most: each may have delivered it
		if r.Fate == Accepted {
			delivered++
		}
		told := r.Told && len(s.Reports(m.ID)) == 1
		switch {
		case r.Fate == Waiting, r.Fate == Expired, r.Trying != 0, m.Held != "":
			t.Errorf("%s: not at its end: held %q, %+v", m.ID, m.Held, r)
		case n > delivered, r.Fate == Accepted && n < 1, r.Fate == Refused && n > 0:
			t.Errorf("%s: %d deliveries, %d at most were marked: %+v", m.ID, n, delivered, r)
		case rule == "ask" && r.Doubts > 0 && r.Fate != Unclear, rule == "retry" && r.Fate == Unclear:
			t.Errorf("%s: that is not the rule: %+v", m.ID, r)
		case (r.Fate == Refused || r.Fate == Accepted && strings.HasPrefix(name, "tell")) != told:
			t.Errorf("%s: reports %q: %+v", m.ID, s.Reports(m.ID), r)
		case n > 1:
			count["delivered twice, marked before"]++
		case r.Fate == Unclear && n == 1:
			count["unclear, and delivered"]++
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	for name, id := range confirmed {
		if !names[name] {
			t.Errorf("%s %s was confirmed and is lost", id, name)
		}
	}
	for name := range got {
		if !names[name] {
			t.Errorf("%s was delivered and nobody knows of it", name)
		}
	}
	t.Logf("%d kills; %d confirmed, %d known, %d delivered: %v", crashes, len(confirmed), len(names), len(got), count)
}

// live lets a worker live for a while and returns what it confirmed.
func live(t *testing.T, dir, addr, rule, life string, after time.Duration) map[string]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "EHLO_CRASH_ROLE=work", "EHLO_CRASH_DIR="+dir, "EHLO_CRASH_SINK="+addr, "EHLO_CRASH_RULE="+rule, "EHLO_CRASH_LIFE="+life)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	added := map[string]string{}
	killed := make(chan bool, 1)
	var kill *time.Timer
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch w := strings.Fields(lines.Text()); {
		case w[0] == "ready":
			kill = time.AfterFunc(after, func() { killed <- true; _ = cmd.Process.Kill() })
		case w[0] == "added" && len(w) == 3:
			added[w[1]] = w[2]
		case w[0] != "added":
			t.Errorf("life %s: %s", life, lines.Text())
		}
	}
	_ = cmd.Wait()
	if kill == nil || kill.Stop() && life != "last" {
		t.Errorf("life %s ended by itself: %s", life, errs.String())
	}
	return added
}

// startSink starts a server in a process of its own, and returns what tells
// how often each name was delivered.
func startSink(t *testing.T) (addr string, delivered func() map[string]int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "EHLO_CRASH_ROLE=sink")
	r, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	in := bufio.NewReader(r)
	line, err := in.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	rest := make(chan []byte, 1)
	go func() {
		p, _ := io.ReadAll(in)
		rest <- p
	}()
	return strings.Fields(line)[1], func() map[string]int {
		_ = cmd.Process.Kill()
		n := map[string]int{}
		for line := range strings.Lines(string(<-rest)) {
			n[strings.Fields(line)[1]]++
		}
		_ = cmd.Wait()
		return n
	}
}
