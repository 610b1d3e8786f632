package plain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// command is a line that begins with a slash.
type command struct {
	names []string // the first is the long one
	args  string
	does  string
	run   func(*talk, string)
	waits bool // makes sense while a reply is awaited, too
	tape  bool // makes sense for a file that is played back, too
}

// chapter is what belongs together in the help.
type chapter struct {
	name     string
	commands []command
}

// chapters are all that there are, in the order of the help.
func chapters() []chapter {
	return []chapter{
		{"plan", []command{
			{names: []string{"step", "n"}, does: "do what comes next; of a file: the next row", run: (*talk).step, tape: true},
			{names: []string{"group", "N"}, does: "send all that may go out at once (PIPELINING), wait for the replies", run: (*talk).group},
			{names: []string{"run", "c"}, args: "[WHEN]", does: "run to the next breakpoint or the end; WHEN is a verb, or as for /break", run: (*talk).run, tape: true},
			{names: []string{"stop"}, does: "stop waiting; so does ctrl+c", run: (*talk).halt, waits: true, tape: true},
			{names: []string{"next"}, args: "[COUNT]", does: "what comes next, as if all went well", run: (*talk).plan, waits: true},
			{names: []string{"edit", "e"}, args: "[LINE]", does: "send LINE in place of the next step; alone: print the line to change", run: (*talk).edit},
			{names: []string{"skip", "x"}, does: "leave the next step out; that of the lesson, if there is one", run: (*talk).skip},
			{names: []string{"insert", "i"}, args: "LINE", does: "put a line in before the next step", run: (*talk).insert},
			{names: []string{"undo", "u"}, does: "take back the last change of the plan", run: (*talk).undo},
			{names: []string{"break"}, args: "[WHEN]", does: "stop a run at verb:DATA, code:5xx, state:ready, /words/ …; alone: list them", run: (*talk).breakAt, waits: true},
			{names: []string{"toggle"}, args: "NUMBER", does: "switch a breakpoint off, or on again", run: (*talk).toggle, waits: true},
		}},
		{"line", []command{
			{names: []string{"raw"}, args: "[LINE]", does: "send LINE whatever it begins with; alone: an empty line", run: (*talk).utter, waits: true},
			{names: []string{"bytes"}, args: "TEXT", does: `send these octets and no line end: \r \n \t \xHH \\, and \p{500ms} for another write after a pause`, run: (*talk).bytes, waits: true},
			{names: []string{"hold"}, args: "[LINE]", does: "keep LINE until the next one, and send both in one write; alone: list what is held", run: (*talk).keep, waits: true},
			{names: []string{"drop"}, args: "[NUMBER]", does: "drop a line that is held; alone: all of them", run: (*talk).drop, waits: true},
			{names: []string{"ask"}, args: "[on|off]", does: "whether a line that the rules speak against waits for Enter; alone: the exact rule", run: (*talk).ask, waits: true, tape: true},
			{names: []string{"advise", "a"}, args: "LINE", does: "what the rules say about a line, without sending it", run: (*talk).advise, waits: true},
			{names: []string{"complete"}, args: "[LINE]", does: "how LINE can go on, by what was offered and may be said now; alone: how a line can begin", run: (*talk).complete, waits: true},
		}},
		{"look", []command{
			{names: []string{"state"}, args: "[ROW]", does: "what client and server share now, or after a row", run: (*talk).state, waits: true, tape: true},
			{names: []string{"offers"}, args: "[ROW]", does: "what the server offers", run: (*talk).offers, waits: true, tape: true},
			{names: []string{"explain", "?"}, args: "[WORD…]", does: "what happened last, or what words mean; a line that is only ? does the same", run: (*talk).explain, waits: true, tape: true},
			{names: []string{"log", "l"}, args: "[COUNT]", does: "the conversation with the numbers of its rows, or the end of it", run: (*talk).log, waits: true, tape: true},
			{names: []string{"mailbox", "m"}, args: "[NUMBER]", does: "what the practice server took; a number prints the message", run: (*talk).mailbox, waits: true, tape: true},
		}},
		{"channel", []command{
			{names: []string{"reconnect", "r"}, does: "hang up and connect again, in the same log", run: (*talk).reconnect},
			{names: []string{"hangup"}, does: "close the channel", run: (*talk).hangUp, waits: true},
			{names: []string{"halfclose"}, does: "send nothing more, and read on", run: (*talk).halfClose},
			{names: []string{"reset"}, does: "break the channel off with RST", run: (*talk).reset},
		}},
		{"letter", []command{
			{names: []string{"set"}, args: "[FIELD VALUE]", does: "change the letter: target, tls, helo, from, to, subject, header, body, attach, message; alone: print it", run: (*talk).set},
			{names: []string{"template"}, args: "[NAME]", does: "begin with this mail; alone: list them", run: (*talk).template},
			{names: []string{"profile"}, args: "[NAME]", does: "take the settings of [profile.NAME]; alone: list them", run: (*talk).profile},
			{names: []string{"keep"}, args: "profile|template NAME", does: "save the letter: a template is the mail alone, a profile has the target, TLS and breakpoints too, and no password", run: (*talk).keepAs, waits: true},
			{names: []string{"practice"}, args: "[NAME]", does: "talk to the practice server of this scenario; alone: list them", run: (*talk).practise},
		}},
		{"files", []command{
			{names: []string{"note"}, args: "TEXT", does: "a note of your own, which goes into the transcript", run: (*talk).note, waits: true},
			{names: []string{"save", "s"}, args: "FILE", does: "save a transcript, and go on recording into it", run: (*talk).save, waits: true},
			{names: []string{"transcripts"}, args: "[COUNT]", does: "what was recorded, the newest first", run: (*talk).transcripts, waits: true, tape: true},
			{names: []string{"open", "o"}, args: "FILE", does: "play back a transcript, or a NUMBER of /transcripts; the session stays as it is", run: (*talk).open, tape: true},
			{names: []string{"goto", "g"}, args: "ROW", does: "go to a row of a file that is played back", run: (*talk).goTo, tape: true},
			{names: []string{"play"}, args: "[FILE] [xTIMES]", does: "play it back with its pauses, from this row on; x10 is ten times as fast; Enter pauses", run: (*talk).play, tape: true},
			{names: []string{"close"}, does: "close the file that is played back or run again", run: (*talk).shut, tape: true},
			{names: []string{"replay"}, args: "FILE [TARGET] [NAME=VALUE…]", does: "say again what the client of a transcript said, by /step or /run, and compare; values stand for its ${name}", run: (*talk).replay},
			{names: []string{"accept"}, does: "put the new replies that differ into the file that was run again", run: (*talk).accept},
			{names: []string{"serve"}, args: "[FILE [ADDRESS:PORT]]", does: "be the server of a transcript, and tell of the clients; off ends it", run: (*talk).serve, waits: true, tape: true},
			{names: []string{"export"}, args: "FORMAT", does: "print the conversation as something else", run: (*talk).export, waits: true, tape: true},
		}},
		{"lessons", []command{
			{names: []string{"learn"}, args: "[LESSON]", does: "learn SMTP by doing it; alone: list the lessons", run: (*talk).lessons},
			{names: []string{"hint"}, does: "the next hint for the task of the lesson", run: (*talk).hint, waits: true},
		}},
		{"rest", []command{
			{names: []string{"help", "h"}, args: "[NAME]", does: "what there is; of a chapter, or all: what each command does; of a command: what that does", run: (*talk).help, waits: true, tape: true},
			{names: []string{"quit", "q"}, does: "hang up and leave; so does the end of input", run: (*talk).quit, waits: true, tape: true},
		}},
	}
}

// commands are those of all chapters.
func commands() (list []command) {
	for _, c := range chapters() {
		list = append(list, c.commands...)
	}
	return list
}

// find returns the command of a name, or of the beginning of only one.
func find(name string) (command, error) {
	var like []command
	for _, c := range commands() {
		if slices.Contains(c.names, name) {
			return c, nil
		}
		if name != "" && strings.HasPrefix(c.names[0], name) {
			like = append(like, c)
		}
	}
	switch len(like) {
	case 0:
		near := ""
		if c, ok := nearest(name); ok {
			near = "; did you mean /" + c.names[0] + "?"
		}
		return command{}, fmt.Errorf("there is no command /%s%s /help lists them, and // begins a line with a slash", name, cmp.Or(near, ";"))
	case 1:
		return like[0], nil
	}
	var names []string
	for _, c := range like {
		names = append(names, "/"+c.names[0])
	}
	return command{}, fmt.Errorf("/%s may be %s", name, strings.Join(names, " or "))
}

// nearest is the command that a name was meant for: half of its letters or more
// are right.
func nearest(name string) (best command, ok bool) {
	least := len(name)/2 + 1
	for _, c := range commands() {
		if d := distance(strings.ToLower(name), c.names[0]); d < least {
			best, least, ok = c, d, true
		}
	}
	return best, ok
}

// distance counts the letters that are wrong, missing or too many.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := left
			if a[i] != b[j] {
				d = 1 + min(left, row[j], row[j+1])
			}
			left, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

func isLeaving(name string) bool {
	c, err := find(name)
	return err == nil && c.names[0] == "quit"
}

func (t *talk) command(name, arg string) {
	c, err := find(name)
	switch {
	case err != nil:
		t.wrong("%s", err)
	case t.tape != nil && !c.tape:
		t.wrong("a file is played back: /close goes back to the session")
	case t.acting && !c.waits:
		t.wrong("a reply is awaited: /stop stops waiting")
	default:
		c.run(t, arg)
	}
}

func (t *talk) quit(string) { t.leave() }

func (t *talk) halt(string) {
	if !t.stopWaiting() {
		t.say("nothing is awaited")
	}
}
