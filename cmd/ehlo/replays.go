package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/replay"
)

// replays are the files to run again, and how.
type replays struct {
	f       *replayFlags
	std     streams
	options replay.Options
	secrets known
	files   []string
	outputs []reportTo
	idle    idle // flags that nothing has come of yet
	told    tally
	began   time.Time
	shown   time.Time // when progress was shown last
	showing bool      // it is on the screen
}

// transcriptsIn replaces each folder by the transcripts in it.
func transcriptsIn(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil || !info.IsDir() {
			files = append(files, arg) // whoever reads it says what is wrong
			continue
		}
		before := len(files)
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, ".smtp") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, fail(exitUsage, "replay: %w", err)
		}
		if len(files) == before {
			files = append(files, arg)
		}
	}
	return files, nil
}

// share keeps the part of the files that "I/N" names. Neighbours go to
// different parts, since they often take as long.
func (r *replays) share(shard string) error {
	if shard == "" {
		return nil
	}
	a, b, _ := strings.Cut(shard, "/")
	i, err1 := strconv.Atoi(a)
	n, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || i < 1 || i > n {
		return fail(exitUsage, "replay: --shard %q: expected I/N, as in 1/4", shard)
	}
	var part []string
	for k, name := range r.files {
		if k%n == i-1 {
			part = append(part, name)
		}
	}
	r.files = part
	return nil
}

// job is one file to run once.
type job struct {
	file, name string // name tells repeats apart
	out        chan ended
}

// ended is what became of a job.
type ended struct {
	replay.Outcome
	file  string
	code  int
	notes string // for standard error
}

// all runs every file, so many at once, and tells of them in their order. The
// exit code is that of the first that failed.
func (r *replays) all(ctx context.Context) error {
	jobs := r.jobs()
	if err := r.open(len(jobs)); err != nil {
		return err
	}
	if len(jobs) > 1 {
		hoard()
	}
	r.began = time.Now()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.start(ctx, jobs)
	first := exitDone
	for i := range jobs {
		var e ended
		select {
		case e = <-jobs[i].out:
		case <-ctx.Done():
			select {
			case e = <-jobs[i].out: // it was under way, and says how far it came
			case <-time.After(2 * time.Second):
			}
		}
		if ctx.Err() != nil && e.Name == "" {
			first = exitInterrupted
			break
		}
		if err := r.tell(&e, len(jobs)); err != nil {
			return err
		}
		if first == exitDone {
			first = e.code
		}
		if ctx.Err() != nil {
			first = exitInterrupted
			break
		}
	}
	if err := r.close(len(jobs)); err != nil {
		return err
	}
	if r.f.shard == "" && first != exitInterrupted { // or else a file that was not read may have a use for them
		r.idle.tell(r.std.err)
	}
	if first != exitDone {
		return &exitError{code: first}
	}
	return nil
}

// start has so many at work at once; what came of each is sent to its out.
func (r *replays) start(ctx context.Context, jobs []job) {
	feed := make(chan *job)
	for range min(r.f.jobs, max(len(jobs), 1)) {
		go func() {
			for j := range feed {
				j.out <- r.one(ctx, j)
			}
		}()
	}
	go func() {
		defer close(feed)
		for i := range jobs {
			select {
			case feed <- &jobs[i]:
			case <-ctx.Done():
				return
			}
		}
	}()
}

func (r *replays) jobs() []job {
	var jobs []job
	for _, file := range r.files {
		for i := range r.f.repeat {
			name := file
			if r.f.repeat > 1 {
				name = fmt.Sprintf("%s (%d/%d)", file, i+1, r.f.repeat)
			}
			jobs = append(jobs, job{file: file, name: name, out: make(chan ended, 1)})
		}
	}
	return jobs
}

// one runs one file once.
func (r *replays) one(ctx context.Context, j *job) (e ended) {
	var notes strings.Builder
	defer func() { e.notes = notes.String() }()
	e.Name, e.file = j.name, j.file
	if info, err := os.Stat(j.file); err == nil && info.IsDir() {
		e.Err, e.code = fmt.Errorf("%s: there is no .smtp file in this folder", session.Escape(j.file)), exitTranscript
		return e
	}
	t, err := readTranscript(j.file, r.f.keepGoing, streams{in: r.std.in, out: r.std.out, err: &notes})
	if err != nil {
		e.Err, e.code = errors.Unwrap(err), exitTranscript
		return e
	}
	t.Name = j.name
	r.idle.use(t)
	o := r.secrets.options(r.options)
	if r.f.sameHost {
		if o.Session.Target, err = recordedTarget(t); err != nil {
			e.Err, e.code = err, exitUsage
			return e
		}
	}
	for {
		e.Report, e.Err = r.run(ctx, t, o, j)
		var missing *transcript.MissingError
		if !errors.As(e.Err, &missing) || r.secrets.complete(missing.Name) != nil {
			break
		}
		o = r.secrets.options(r.options)
	}
	r.judge(ctx, &e, j.file)
	if r.f.accept && e.Report != nil && e.Report.Unmet() {
		printf(&notes, "ehlo: %s: --accept changes what was said, not what is expected (S?, S+, S!): edit that by hand\n", session.Escape(j.name))
	}
	if e.Report != nil && e.Report.Doubted {
		printf(&notes, "ehlo: %s: the certificate is not verified; --ca FILE names who may have issued it, --insecure goes on all the same\n", session.Escape(j.name))
	}
	if e.Report != nil && e.Report.Unrecorded != nil {
		printf(&notes, "ehlo: write the transcript of %s: %v\n", session.Escape(j.name), e.Report.Unrecorded)
		e.code = cmp.Or(e.code, exitUsage)
	}
	return e
}

// run runs a transcript again and keeps a record, if that is wanted.
func (r *replays) run(ctx context.Context, t *transcript.Transcript, o replay.Options, j *job) (*replay.Report, error) {
	if r.f.record == "" {
		return replay.Run(ctx, t, o)
	}
	name := r.f.record
	if len(r.files)*r.f.repeat > 1 || isFolder(name) {
		if err := os.MkdirAll(name, 0o700); err != nil {
			return nil, fmt.Errorf("--record: several runs are kept in a folder: %w", err)
		}
		base := strings.NewReplacer("/", "_", " (", "-", ")", "").Replace(strings.TrimSuffix(strings.TrimLeft(filepath.ToSlash(j.name), "./"), ".smtp"))
		name = filepath.Join(name, base+".smtp")
	}
	rec, err := createTranscript(name)
	if err != nil {
		return nil, err
	}
	o.Session.Recorder = rec
	rep, err := replay.Run(ctx, t, o)
	return rep, errors.Join(err, rec.Close())
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return strings.HasSuffix(name, "/") || err == nil && info.IsDir()
}

// judge says what exit code an outcome deserves.
func (r *replays) judge(ctx context.Context, e *ended, file string) {
	rep := e.Report
	switch {
	case ctx.Err() != nil:
		if e.code = exitInterrupted; errors.Is(e.Err, context.Canceled) {
			e.Err = errInterrupted
		}
	case e.Err != nil:
		if e.code = replayCode(rep, e.Err); e.code == exitMissing {
			var missing *transcript.MissingError
			errors.As(e.Err, &missing)
			e.Err = fmt.Errorf("%w; give --secret password=env:VAR for a login, else --secret %s=env:VAR, or --set for what is no secret", e.Err, missing.Name)
		}
	case !rep.Same:
		e.code = exitDiffers
	}
	if rep == nil {
		return
	}
	rep.Events = nil // thousands of replays need not stay in memory
	if r.f.accept && e.Err == nil {
		r.accept(e, file)
	}
	if _, notes := rep.Counts(); e.code == exitDone && r.f.maxNotes >= 0 && notes > r.f.maxNotes {
		e.Failed, e.code = true, exitDiffers
	}
}

// accept puts new replies into the file. What is left of the differences is
// still one.
func (r *replays) accept(e *ended, file string) {
	n, err := replay.Accept(file, e.Report.Steps)
	if err != nil {
		e.Err, e.code = err, exitUsage
		return
	}
	e.accepted(n, e.Report.Settled())
}

func (e *ended) accepted(n int, all bool) {
	if n > 0 {
		e.Report.Accepted = n
	}
	if all {
		e.code, e.Report.Same = exitDone, true
	}
}

// recordedTarget is the server that a transcript was recorded with.
func recordedTarget(t *transcript.Transcript) (session.Target, error) {
	for _, e := range t.Events() {
		if e.Kind != session.Opened || e.Fact("addr") == "" {
			continue
		}
		scheme := "smtp://"
		if e.Fact("tls") == "implicit" {
			scheme = "smtps://"
		}
		addr := e.Fact("addr")
		if h := e.Fact("host"); h != "" {
			if i := strings.LastIndexByte(addr, ':'); i >= 0 {
				addr = h + addr[i:]
			}
		}
		return target(scheme + addr)
	}
	return session.Target{}, fmt.Errorf("%s: it does not say with which server it was recorded", session.Escape(t.Name))
}
