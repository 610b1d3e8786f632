package lesson_test

import (
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript"
	"ehlo/transcript/lesson"
)

var update = flag.Bool("update", false, "record what the servers of the lessons say anew")

// open connects a session to the server of a lesson.
func open(t *testing.T, l lesson.Lesson) (*session.Session, *practice.Server) {
	t.Helper()
	sc, err := practice.Find(l.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{Hurry: l.Hurry})
	return session.New(session.Options{
		Target: session.Target{Practice: l.Scenario},
		Dial:   func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) },
	}), srv
}

// TestLessonsAreSolved plays what is recorded behind each task: the check holds
// with its last step, and not before.
func TestLessonsAreSolved(t *testing.T) {
	if *update {
		names, _ := filepath.Glob("lessons/*.smtp")
		for _, name := range names {
			synctest.Test(t, func(t *testing.T) { rerecord(t, name) })
		}
		return // what is embedded is still the old text
	}
	for _, l := range lesson.Lessons() {
		t.Run(l.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, srv := open(t, l)
				defer srv.Close()
				defer s.Close()
				solve(t, l, s)
			})
		})
	}
}

func solve(t *testing.T, l lesson.Lesson, s *session.Session) {
	t.Helper()
	err := lesson.Verify(t.Context(), l, s, func(m session.Step) {
		synctest.Wait()
		if m.Kind == session.Connect && l.Scenario == "greylisting" {
			time.Sleep(5 * time.Second)
		}
	})
	if err != nil {
		t.Error(err)
	}
	for _, st := range l.Steps {
		if st.Task != "" && len(st.Hints) == 0 {
			t.Errorf("line %d: a task without a hint", st.Line)
		}
		if st.Ask == nil {
			continue
		}
		if st.Ask.Right("no idea at all") || !st.Ask.Right(" "+strings.ToUpper(st.Ask.Answers[0])+"  ") {
			t.Errorf("line %d: %q", st.Line, st.Ask.Answers)
		}
	}
}

// rerecord keeps what the client says and the comments, and lets the server
// say its part again.
func rerecord(t *testing.T, name string) {
	t.Helper()
	l, err := lesson.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s, srv := open(t, l)
	defer srv.Close()
	defer s.Close()
	var out, group strings.Builder
	seen := 0
	heard := func() {
		synctest.Wait()
		for _, e := range s.Log().Since(seen) {
			seen = e.Seq
			if e.Kind == session.Received {
				out.WriteString("S: " + strings.TrimSuffix(string(e.Data), "\r\n") + "\n")
			}
		}
	}
	say := func() {
		if group.Len() > 0 {
			_ = s.Do(t.Context(), session.Step{Bytes: []byte(group.String())})
			group.Reset()
			heard()
		}
	}
	for line := range strings.Lines(string(old)) {
		text, isClient := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "C:")
		if isClient {
			group.WriteString(strings.TrimPrefix(text, " ") + "\r\n")
			out.WriteString(line)
			continue
		}
		say()
		switch {
		case strings.HasPrefix(line, "S"), line == "\n":
			continue
		case strings.HasPrefix(line, "= connect"):
			out.WriteString(line)
			_ = s.Do(t.Context(), session.Step{Kind: session.Connect})
			heard()
			continue
		case strings.HasPrefix(line, "= tls"):
			_ = s.Do(t.Context(), session.Step{Kind: session.StartTLS})
		case strings.HasPrefix(line, "= closed by=client"):
			_ = s.Do(t.Context(), session.Step{Kind: session.HangUp})
		case strings.HasPrefix(line, "@ wait 5"):
			time.Sleep(5 * time.Second)
		}
		out.WriteString(line)
	}
	say()
	if _, err := transcript.Parse(name, strings.NewReader(out.String())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
