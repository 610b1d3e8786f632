package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript/replay"
)

// tally counts outcomes.
type tally struct{ done, same, differ, failed, skipped int }

// reportTo is a report and where it goes.
type reportTo struct {
	replay.Reporter
	file *os.File // nil: standard output
}

// open begins the reports. Whoever runs one file wants to see each step of it.
func (r *replays) open(of int) error {
	detail := replay.Detail{Whole: of == 1 || r.f.explain, Explained: r.f.explain}
	wanted := r.f.reports
	if !slices.ContainsFunc(wanted, toOutput) {
		wanted = append([]string{"text"}, wanted...)
	}
	for _, w := range wanted {
		format, name, _ := strings.Cut(w, "=")
		to := reportTo{}
		var out io.Writer = r.std.out
		if name != "" && name != "-" {
			f, err := os.Create(name)
			if err != nil {
				return fail(exitUsage, "replay --report: %w", err)
			}
			to.file, out = f, f
		}
		var err error
		if to.Reporter, err = replay.NewReporter(format, out, detail); err != nil {
			return fail(exitUsage, "replay --report: %w", err)
		}
		r.outputs = append(r.outputs, to)
	}
	return nil
}

// toOutput reports whether a report goes to standard output.
func toOutput(report string) bool {
	_, name, _ := strings.Cut(report, "=")
	return name == "" || name == "-"
}

// plain reports whether standard output is for people.
func (r *replays) plain() bool {
	return !slices.ContainsFunc(r.f.reports, func(w string) bool { return toOutput(w) && !strings.HasPrefix(w, "text") })
}

// tell writes one outcome to every report.
func (r *replays) tell(e *ended, of int) error {
	r.progress("")
	printf(r.std.err, "%s", e.notes)
	if e.Err != nil {
		text := e.Err.Error()
		if !strings.Contains(text, e.file) {
			text = "replay " + e.Name + ": " + text
		}
		printf(r.std.err, "ehlo: %s\n", session.Escape(text))
	}
	for _, out := range r.outputs {
		if err := out.Add(&e.Outcome); err != nil && out.file != nil { // what standard output lost is told in the end
			return fail(exitUsage, "replay --report: %w", err)
		}
	}
	if r.f.captures && e.Report != nil && r.plain() {
		for _, name := range slices.Sorted(maps.Keys(e.Report.Captures)) {
			printf(r.std.out, "%s=%s\n", name, session.Escape(e.Report.Captures[name]))
		}
	}
	r.told.add(e)
	if r.told.done < of {
		r.progress(fmt.Sprintf("%d of %d: %s", r.told.done, of, r.told))
	}
	return nil
}

func (t *tally) add(e *ended) {
	t.done++
	switch {
	case e.Err != nil:
		t.failed++
	case e.code != exitDone:
		t.differ++
	case e.Report.Skipped > 0 && len(e.Report.Steps) == 0:
		t.skipped++
	default:
		t.same++
	}
}

func (t tally) String() string {
	text := fmt.Sprintf("%d same, %d differ", t.same, t.differ)
	if t.failed > 0 {
		text += fmt.Sprintf(", %d could not be run", t.failed)
	}
	if t.skipped > 0 {
		text += fmt.Sprintf(", %d skipped", t.skipped)
	}
	return text
}

// progress shows a line that the next one takes the place of, ten times a
// second at the most; without text it takes the line away.
func (r *replays) progress(text string) {
	if !isTerminal(r.std.err) || text == "" && !r.showing || text != "" && time.Since(r.shown) < 100*time.Millisecond {
		return
	}
	printf(r.std.err, "\r\x1b[K%s", text)
	if r.showing = text != ""; r.showing {
		r.shown = time.Now()
	}
}

// close ends the reports.
func (r *replays) close(of int) error {
	for _, out := range r.outputs {
		err := out.Close()
		if out.file == nil {
			continue
		}
		if err = errors.Join(err, out.file.Close()); err != nil {
			return fail(exitUsage, "replay --report: %w", err)
		}
	}
	if of != 1 && r.plain() {
		printf(r.std.out, "%d transcripts: %s; %s\n", r.told.done, r.told, time.Since(r.began).Round(time.Millisecond))
	}
	return nil
}
