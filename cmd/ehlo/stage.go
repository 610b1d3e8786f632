package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"ehlo/session"
)

// stageFlags say where a mail ends early, and what it says besides.
type stageFlags struct {
	before, after, drop, dropSent string
	also                          []string
	repeat                        int
	rset                          bool
}

func (f *stageFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.before, "stop-before", "", "say QUIT before `STEP`: "+strings.Join(session.Stages(), ", "))
	fl.StringVar(&f.after, "stop-after", "", "say QUIT after the reply of `STEP`")
	fl.StringVar(&f.drop, "drop-after", "", "hang up without QUIT after the reply of `STEP`")
	fl.StringVar(&f.dropSent, "drop-after-send", "", "hang up before the reply of `STEP`: with --chunking, content is the last chunk and data the first")
	fl.StringArrayVar(&f.also, "also", nil, "say a line of your own after a step, in each transaction: `STEP=LINE`, as 'helo=VRFY bob'; repeat it")
	fl.IntVar(&f.repeat, "repeat", 1, "send the mail `N` times on one connection; --stop-* and --drop-* cut the last short")
	fl.BoolVar(&f.rset, "rset", false, "send RSET between them")
}

func (f *stageFlags) apply(m *session.Mail) error {
	for _, stop := range []struct {
		flag, name string
		to         *session.Stage
	}{
		{"stop-before", f.before, &m.Stop.Before}, {"stop-after", f.after, &m.Stop.After},
		{"drop-after", f.drop, &m.Stop.Drop}, {"drop-after-send", f.dropSent, &m.Stop.DropSent},
	} {
		if stop.name == "" {
			continue
		}
		var err error
		if *stop.to, err = session.ParseStage(stop.name); err != nil {
			return badValue(stop.flag, stop.name, "%w", err)
		}
	}
	for _, text := range f.also {
		name, line, ok := strings.Cut(text, "=")
		if !ok || line == "" || strings.ContainsAny(line, "\r\n") {
			return badValue("also", text, "expected STEP=LINE")
		}
		after, err := session.ParseStage(name)
		if err == nil && after == session.StageQuit {
			err = errors.New("the server closes the channel after QUIT")
		}
		if err != nil {
			return badValue("also", text, "%w", err)
		}
		m.Asides = append(m.Asides, session.Aside{After: after, Line: line})
	}
	slices.SortStableFunc(m.Asides, func(a, b session.Aside) int { return int(a.After) - int(b.After) })
	if f.repeat < 1 {
		return badValue("repeat", f.repeat, "expected 1 or more")
	}
	m.Rset = f.rset
	for range f.repeat - 1 {
		m.More = append(m.More, m.Letter)
	}
	return nil
}
