package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ehlo/session"
)

// settingError is what is wrong with the value of a flag, or with what several
// flags say together. A flag may stand in a profile as well as on the command
// line; see [profileFlags.blame].
type settingError struct {
	names []string // of the flags
	value string   // of the first, if it is a matter of that alone
	err   error
}

// badValue is an error about the value of one flag; "" shows none.
func badValue(name string, value any, format string, args ...any) error {
	text := fmt.Sprint(value)
	if strings.ContainsAny(text, " \t\r\n\"") {
		text = fmt.Sprintf("%q", text)
	}
	return &settingError{[]string{name}, text, fmt.Errorf(format, args...)}
}

// badTogether is an error about several flags, which it names.
func badTogether(names []string, format string, args ...any) error {
	return &settingError{names: names, err: fmt.Errorf(format, args...)}
}

func (e *settingError) Error() string {
	return e.about(func(name string) string { return "--" + name })
}

func (e *settingError) Unwrap() error { return e.err }

// about is the error with the names of the flags as they were given.
func (e *settingError) about(as func(name string) string) string {
	name := e.names[0]
	switch {
	case len(e.names) > 1:
		words := strings.SplitAfter(e.err.Error(), " ")
		for i, word := range words {
			flag := strings.TrimRight(word, " ,:;)")
			if name := strings.TrimPrefix(flag, "--"); name != flag && slices.Contains(e.names, name) {
				words[i] = as(name) + word[len(flag):]
			}
		}
		return strings.Join(words, "")
	case e.value == "":
		return as(name) + ": " + e.err.Error()
	}
	return as(name) + " " + e.value + ": " + e.err.Error()
}

// blame tells an error about a setting of the profile with its place in the
// configuration file.
func (f *profileFlags) blame(err error) error {
	var bad *settingError
	if !errors.As(err, &bad) {
		return err
	}
	for _, name := range bad.names {
		if f.sources[name] != f.source() {
			continue
		}
		var exit *exitError
		code := exitUsage
		if errors.As(err, &exit) {
			code = cmp.Or(exit.code, code)
		}
		return fail(code, "%s: profile %s: %s", f.place(name), f.name, bad.about(f.written))
	}
	return err
}

// written is the name of a flag as it stands where it was given.
func (f *profileFlags) written(name string) string {
	if f.sources[name] == f.source() {
		return name
	}
	return "--" + name
}

// given says where a flag was given.
func (f *profileFlags) given(name string) string {
	if f.sources[name] == f.source() {
		return f.sources[name] + ", " + f.place(name)
	}
	return f.sources[name]
}

// judge reads a TARGET, which may be that of the profile.
func (f *profileFlags) judge(text string) (session.Target, error) {
	t, err := target(text)
	if err != nil && text == f.target {
		err = fail(exitUsage, "%w", badTogether([]string{"target"}, "%w", err))
	}
	return t, err
}

// source is where a flag has its value from if the profile has set it.
func (f *profileFlags) source() string { return "profile " + f.name }

// place is the line of a setting of the profile, as file:line.
func (f *profileFlags) place(name string) string { return f.file.place("profile."+f.name, name) }
