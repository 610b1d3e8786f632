package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session/practice"
	"ehlo/session/practice/judge"
)

// practiceFlags say what practice server is served.
type practiceFlags struct {
	scenario, users, maildir string
	anonymous                bool

	hops          hopsFlags
	json          bool
	wait, timeout time.Duration
	hurry         float64

	err   io.Writer    // for what happens on hosts behind the server
	judge *judge.Judge // with --once
}

func (f *practiceFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.scenario, "scenario", "", "`NAME` of a scenario, or a FILE.scenario; the same as practice:NAME")
	flags.StringVar(&f.users, "users", "", "`FILE` of those who can log in: name, password, and a token or none, one user a line")
	flags.StringVar(&f.maildir, "maildir", "", "`FOLDER` in which each recipient gets a maildir")
	flags.Float64Var(&f.hurry, "hurry", 1, "make the waits of the scenario `N` times shorter")
	flags.BoolVar(&f.anonymous, "no-version", false, "keep software and version out of the greeting")
}

func (f *practiceFlags) addJudge(flags *pflag.FlagSet) {
	flags.BoolVar(&f.json, "json", false, "print one JSON object instead of lines")
	flags.DurationVar(&f.wait, "wait", 2*time.Second, "judge when nobody has connected for `TIME`")
}

func (f *practiceFlags) any() bool { return f.scenario+f.users+f.maildir != "" || f.anonymous }

// options read the files that are named.
func (f *practiceFlags) options() (practice.Options, error) {
	o := practice.Options{Anonymous: f.anonymous, Hurry: f.hurry}
	if f.hurry <= 0 || f.wait < 0 || f.timeout < 0 {
		return o, fail(exitUsage, "serve: --hurry is a number above 0, --wait and --timeout are times of 0 or more")
	}
	if f.judge != nil {
		o.Watch = f.judge.Watch
	}
	if f.maildir != "" {
		if info, err := os.Stat(f.maildir); err == nil && !info.IsDir() {
			return o, fail(exitUsage, "serve --maildir %s: that is no folder", f.maildir)
		}
		if err := os.MkdirAll(f.maildir, 0o700); err != nil {
			return o, fail(exitUsage, "serve --maildir: %w", err)
		}
		o.Store = practice.NewStore(f.maildir)
	}
	if f.users != "" {
		file, err := os.Open(f.users)
		if err != nil {
			return o, fail(exitUsage, "serve --users: %w", err)
		}
		defer file.Close()
		if o.Users, err = practice.ReadUsers(f.users, file); err != nil {
			return o, fail(exitUsage, "serve --users: %w", err)
		}
	}
	return o, nil
}

// server makes that of a scenario.
func (f *practiceFlags) server(scenario string) (*practice.Server, error) {
	if f.scenario != "" {
		if scenario != practice.Default && scenario != f.scenario {
			return nil, fail(exitUsage, "serve: practice:%s and --scenario %s are two scenarios", scenario, f.scenario)
		}
		scenario = f.scenario
	}
	sc, err := practice.Find(scenario)
	if err != nil {
		return nil, fail(exitUsage, "serve: %w", err)
	}
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	if sc.Network() == "" {
		if flag := f.hops.given(); flag != "" {
			return nil, fail(exitUsage, "serve: %s is for practice:hops", flag)
		}
		return practice.New(sc, o), nil
	}
	return f.hops.origin(sc, o, f.err)
}
