package main

import (
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/tui"
)

// breakFlags are the breakpoints of the terminal interface. They stand in a
// profile like other flags, and the interface saves them there.
type breakFlags struct{ at []string }

func (f *breakFlags) add(fl *pflag.FlagSet) {
	fl.StringArrayVar(&f.at, "break", nil, "a run stops at `CONDITION`: step:data, 'verb:RCPT code:5xx', is:exposed; repeat it")
}

// apply reads the breakpoints and says where the interface saves them.
func (f *breakFlags) apply(o *tui.Options, p *profileFlags) error {
	for _, text := range f.at {
		b, err := session.ParseBreakpoint(text)
		if err != nil {
			return badValue("break", "", "%w", err)
		}
		o.Breaks = append(o.Breaks, b)
	}
	o.InProfile = p.name
	o.KeepBreaks = func(profile string, list []session.Breakpoint) error {
		return keepInConfig(p.config, change{[]string{"profile", profile, "break"}, breakTexts(list)})
	}
	return nil
}

// breakTexts are breakpoints as they stand in a profile; nil if there is none.
func breakTexts(list []session.Breakpoint) any {
	texts := make([]string, len(list))
	for i, b := range list {
		texts[i] = b.String()
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}
