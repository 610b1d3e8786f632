package main

import (
	"io"
	"slices"
	"sync"

	"ehlo/session"
	"ehlo/transcript"
)

// idle are flags that say something of a file, and that no file has had a use for
// yet: a name that was mistyped would go without a word.
type idle struct {
	mu    sync.Mutex
	flags []idleFlag
	read  bool // a file was
}

type idleFlag struct {
	text string
	fits func(*transcript.Transcript) bool
}

func (i *idle) add(text string, fits func(*transcript.Transcript) bool) {
	i.flags = append(i.flags, idleFlag{text, fits})
}

// use drops the flags that a file has a use for.
func (i *idle) use(t *transcript.Transcript) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.read = true
	i.flags = slices.DeleteFunc(i.flags, func(f idleFlag) bool { return f.fits(t) })
}

// tell tells of those that are left.
func (i *idle) tell(w io.Writer) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range i.flags {
		if i.read {
			printf(w, "ehlo: replay: %s\n", session.Escape(f.text))
		}
	}
}
