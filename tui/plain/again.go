package plain

import (
	"errors"
	"os"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/replay"
)

// again is a recording that is run again: the plan is what its client said, and
// each reply is compared with the one that came then.
type again struct {
	name    string
	player  *replay.Player
	differs bool // since the run was begun or went on
	taken   bool // the file has the new replies
}

// plan is what comes next in it.
func (a *again) plan(insecure bool) session.Stepper {
	return replay.Wary{Player: a.player, Insecure: insecure}
}

// fileAnd takes the path of a transcript, and a word that may stand behind it.
func (t *talk) fileAnd(arg string) (path, word string) {
	arg = strings.TrimSpace(arg)
	path = t.fileNamed(arg)
	i := strings.LastIndexByte(arg, ' ')
	if _, err := os.Stat(path); err == nil || i < 0 {
		return path, ""
	}
	return t.fileNamed(arg[:i]), arg[i+1:]
}

// given takes the values of placeholders off the end of what was typed: NAME=VALUE.
func (t *talk) given(arg string) (rest string, values map[string]string) {
	rest, values = strings.TrimSpace(arg), map[string]string{}
	for {
		i := strings.LastIndexByte(rest, ' ')
		name, value, ok := strings.Cut(rest[i+1:], "=")
		if _, err := os.Stat(t.fileNamed(rest)); err == nil || i < 0 || !ok || strings.ContainsAny(name, "/:") {
			return rest, values
		}
		rest, values[name] = strings.TrimSpace(rest[:i]), value
	}
}

// replay has a recording for the plan of a new session.
func (t *talk) replay(arg string) {
	arg, values := t.given(arg)
	switch {
	case strings.TrimSpace(arg) == "":
		t.wrong("/replay: the name of the file is missing")
		return
	case t.now.Open:
		t.wrong("/replay: the channel to %s is open: /hangup first", t.mail.Target)
		return
	}
	name, word := t.fileAnd(arg)
	target := t.mail.Target
	if word != "" {
		var err error
		if target, err = t.o.Target(word); err != nil {
			t.wrong("/replay: %s", err)
			return
		}
	}
	file, err := transcript.ReadFile(name)
	if err != nil {
		t.wrong("/replay: %s", err)
		return
	}
	o := replay.Options{Session: session.Options{Target: target, Now: t.o.Now}, Variables: values}
	if login := t.mail.Auth; login != nil {
		o.Auth = func(string, string) (session.Authenticator, error) { return login, nil }
	}
	p, err := replay.NewPlayer(file, o)
	var missing *transcript.MissingError
	switch {
	case errors.As(err, &missing) && strings.HasPrefix(missing.Name, "secret"):
		t.wrong("/replay: %s; --user and --password-from log in anew, and ehlo replay has --secret", err)
		return
	case errors.As(err, &missing):
		t.wrong("/replay: %s; %s=VALUE at the end of the line gives one", err, missing.Name)
		return
	case err != nil:
		t.wrong("/replay: %s", err)
		return
	}
	if word == "" {
		t.dismiss()
		t.forget()
	} else if !t.setTarget("/replay", word) {
		return
	}
	t.again = &again{name: name, player: p}
	t.compared(name, true) // so far
	t.say("running %s again, against %s: /step says what its client said next, /run all of it, /close goes back", name, target)
	t.next()
}

// compare tells what differs because of an event.
func (a *again) compare(t *talk, e session.Event) {
	if a == nil {
		return
	}
	for _, s := range a.player.Learn(e) {
		for _, d := range s.Differences {
			a.differs = true
			t.compared(a.name, false)
			t.say("   differs: %s", d)
		}
		if len(s.Differences) > 0 {
			for _, line := range s.Unified() {
				t.say("      %s", line)
			}
		}
		for _, n := range s.Notes {
			t.say("   note: %s", n)
		}
	}
}

// stops says why a run is to stop before it goes on, or "".
func (a *again) stops(s session.State) string {
	if a.differs {
		a.differs = false
		return "the reply differs from the recording: /run goes on"
	}
	return a.player.Pause(s)
}

// sum says how it ended.
func (a *again) sum(t *talk) {
	r := a.player.Report()
	r.Name = a.name
	t.say("%s", r)
	if n := len(a.fresh()); n > 0 && !a.taken {
		t.say("/accept puts the new text of %s into the file", session.Count(n, "reply", "replies"))
	}
	t.say("next: nothing; /close goes back to the letter, /quit leaves")
}

// fresh are the steps whose new reply can stand in the file.
func (a *again) fresh() (list []replay.StepReport) {
	for _, s := range a.player.Report().Steps {
		if s.Acceptable() {
			list = append(list, s)
		}
	}
	return list
}

// accept puts the new replies into the file, when all of them have come.
func (t *talk) accept(string) {
	a := t.again
	switch {
	case a == nil:
		t.wrong("/accept: nothing was run again: /replay FILE")
		return
	case t.now.Open || len(t.events) == 0:
		t.wrong("/accept: it has not come to its end: /run goes on")
		return
	case a.taken:
		t.wrong("/accept: the file has them already")
		return
	case len(a.fresh()) == 0:
		t.say("no reply came that the file could take")
		return
	}
	n, err := replay.Accept(a.name, a.fresh())
	if err != nil {
		t.wrong("/accept: %s", err)
		return
	}
	t.say("%s put into %s", session.Count(n, "reply", "replies"), a.name)
	a.taken = true
	settled := a.player.Report().Settled()
	if t.compared(a.name, settled); !settled {
		t.say("something else differs, which cannot be put there")
	}
}

// compared notes whether the last run of a recording was as it was recorded.
func (t *talk) compared(name string, same bool) {
	at := slices.Index(t.result.Differ, name)
	switch {
	case same && at >= 0:
		t.result.Differ = slices.Delete(t.result.Differ, at, at+1)
	case !same && at < 0:
		t.result.Differ = append(t.result.Differ, name)
	}
}
