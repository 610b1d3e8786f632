package plain

import "strings"

const introduction = `A line goes to the server as you type it, with CRLF behind it. A line that
begins with / is a command; type // to send a line with a slash. An empty line
sends nothing, except as content, as the response to a challenge, and behind a
line that was not sent because the rules speak against it: /ask has the rule.
In front of a line: C: the client, S: the server, == what happened beside it.`

// help names the commands, chapter by chapter, or says what some do.
func (t *talk) help(arg string) {
	arg = strings.TrimPrefix(strings.TrimSpace(arg), "/")
	if arg == "" {
		t.paragraph(introduction)
	}
	found := false
	for _, c := range chapters() {
		switch arg {
		case "":
			text := c.name + ":"
			for _, x := range c.commands {
				text += " /" + x.names[0]
			}
			t.prose("", text)
		case "all", c.name:
			found = true
			t.describe(c.commands)
		}
	}
	if arg == "" {
		t.prose("", "/help plan says what each command of that chapter does, /help step what one does, /help all what all do.")
		return
	}
	if found {
		return
	}
	c, err := find(arg)
	if err != nil {
		t.wrong("%s", err)
		return
	}
	t.say("%s", c.usage())
	t.prose("  ", c.does)
}

// describe says what commands do.
func (t *talk) describe(list []command) {
	for _, c := range list {
		if t.o.Width > 0 && t.o.Width < 80 { // in two columns it would be torn
			t.say("%s", c.usage())
			t.prose("  ", c.does)
			continue
		}
		t.say("%-26s %s", c.usage(), c.does)
	}
}

// usage is how a command is typed: its long name, then the short ones.
func (c command) usage() string {
	text := ""
	for i, n := range c.names {
		if i > 0 {
			text += ", "
		}
		text += "/" + n
	}
	if c.args != "" {
		text += " " + c.args
	}
	return text
}
