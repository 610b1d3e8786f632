package shelf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ehlo/session"
	"ehlo/transcript"
)

// File is a transcript in a folder.
type File struct {
	Path    string
	At      time.Time // when it was written to
	Size    int64
	Summary Summary
}

// Called is what a file is called in a list. A book is called by its target: the
// date that its name begins with stands beside it.
func (f File) Called() string {
	name := filepath.Base(f.Path)
	if bookName.MatchString(name) {
		return strings.TrimSuffix(name[len(stamp)+1:], ".smtp")
	}
	return name
}

// Told is what happened in a file, for a list: its line, without the host where
// it is called by that.
func (f File) Told() string {
	if bookName.MatchString(filepath.Base(f.Path)) && f.Summary.Who != "" {
		return strings.TrimPrefix(f.Summary.Line, f.Summary.Who+between)
	}
	return f.Summary.Line
}

// Summary is what happened in a transcript. What comes from it is not escaped.
type Summary struct {
	Line string // in one line
	Who  string // who answered; the line begins with it
	Kind Kind
	More []string
	Took time.Duration
}

// Kind is what became of the mail in a transcript.
type Kind uint8

const (
	Unclear Kind = iota
	WentWell
	WentWrong
	Damaged
)

// maxFiles bounds how many files of a folder are looked at, the newest first,
// and maxSummed how large one may be to be read for its line.
const (
	maxFiles  = 500
	maxSummed = 4 << 20
)

// List looks for transcripts in folders, the newest first. A folder that is not
// there has none.
func List(folders []string) ([]File, error) {
	var all []File
	var wrong error
	for _, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			wrong = errors.Join(wrong, err)
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) != ".smtp" || !e.Type().IsRegular() {
				continue
			}
			if info, err := e.Info(); err == nil {
				all = append(all, File{Path: filepath.Join(dir, e.Name()), At: info.ModTime(), Size: info.Size()})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b File) int { return b.At.Compare(a.At) })
	all = all[:min(len(all), maxFiles)]
	for i := range all {
		all[i].Summary = sumUp(all[i])
	}
	return all, wrong
}

// sumUp says what happened in a file.
func sumUp(f File) Summary {
	if f.Size > maxSummed {
		return Summary{Line: fmt.Sprintf("%d MiB, too long for a line on it", f.Size>>20)}
	}
	r, err := transcript.OpenFile(f.Path)
	if err != nil {
		return Summary{Line: err.Error(), Kind: Damaged}
	}
	defer r.Close()
	var s session.State
	var first, last time.Time
	wrong := 0
	for {
		e, err := r.Next()
		var damage *transcript.SyntaxError
		if errors.As(err, &damage) {
			wrong++
			continue
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				wrong++
			}
			break
		}
		s = s.Apply(e)
		if first.IsZero() {
			first = e.At
		}
		last = e.At
	}
	n := Summarise(s)
	if s.Seq == 0 {
		n = Summary{Line: "nothing has happened in it"}
	}
	n.Took = last.Sub(first)
	if wrong > 0 {
		n.Kind = Damaged
		n.More = append(n.More, session.Count(wrong, "line", "lines")+" could not be read")
	}
	return n
}

// Summarise says what happened in a session.
func Summarise(s session.State) Summary {
	who := s.Host
	switch {
	case who == "":
		who = s.Server
	case s.Server != "" && s.Server != who:
		who += " (" + s.Server + ")"
	}
	var parts []string
	if who != "" {
		parts = append(parts, who)
	}
	if s.Secure {
		parts = append(parts, "TLS")
	}
	if s.Auth != "" {
		parts = append(parts, "auth "+s.Auth)
	}
	n := Summary{Who: who}
	switch {
	case s.Finished != nil:
		return ofMail(s, who, parts)
	case s.Answers.Greeting.Code.Class() >= 4:
		parts, n.Kind = append(parts, "greeted with "+s.Answers.Greeting.Code.String()), WentWrong
	case s.FaultText != "":
		parts, n.Kind = append(parts, s.FaultText), WentWrong
	case s.Last.Code != 0:
		parts = append(parts, "no mail; the last reply is "+s.Last.String())
		if s.Last.Code.Class() >= 4 {
			n.Kind = WentWrong
		}
	default:
		parts = append(parts, s.Phase.String())
	}
	n.Line = strings.Join(parts, between)
	return n
}

const between = " · "

// ofMail says what became of the last mail of a session. One that reached some
// of its recipients went wrong for the others.
func ofMail(s session.State, who string, parts []string) Summary {
	f := s.Finished
	reached := f.Delivered()
	if f.Responsible != session.Server {
		reached = nil
		for _, r := range f.Recipients {
			if r.Taken() {
				reached = append(reached, r)
			}
		}
	}
	whom := "no recipient given"
	if n := len(f.Recipients); n > 0 {
		whom = fmt.Sprintf("%d of %s", len(reached), session.Count(n, "recipient", "recipients"))
	}
	word := f.Outcome()
	if f.Reply.Code != 0 {
		word += ", " + f.Reply.Brief()
	}
	parts = append(parts, whom, word)
	if s.Accepted > 1 {
		parts = append(parts, session.Count(s.Accepted, "message", "messages")+" accepted")
	}
	n := Summary{Line: strings.Join(parts, between), Who: who, Kind: WentWrong}
	if f.Responsible == session.Server && len(reached) == len(f.Recipients) {
		n.Kind = WentWell
	}
	n.More = append(n.More, "from <"+f.ReversePath.Path+">")
	for i, r := range f.Recipients {
		if i == 20 {
			n.More = append(n.More, fmt.Sprintf("and %d more", len(f.Recipients)-i))
			break
		}
		n.More = append(n.More, "to <"+r.Path+"> "+r.Verdict().Brief())
	}
	return n
}
