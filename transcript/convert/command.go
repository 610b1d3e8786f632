package convert

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"ehlo/session"
)

// shellQuote quotes a word for sh. What no quotes can hold is left to printf.
func shellQuote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_") == "" {
		return word
	}
	plain := true
	for _, r := range word {
		plain = plain && session.Visible(r) && r != utf8.RuneError
	}
	if plain {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return ansiQuote([]byte(word))
}

// ansiQuote quotes octets as bash has them: $'…'.
func ansiQuote(data []byte) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range data {
		switch {
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString("'")
	return b.String()
}

// commandLine is one command with its options, a line each.
type commandLine struct {
	words []string
}

func (c *commandLine) add(words ...string) {
	for i, w := range words {
		if i > 0 || !strings.HasPrefix(w, "-") {
			w = shellQuote(w)
		}
		if i == 0 {
			c.words = append(c.words, w)
		} else {
			c.words[len(c.words)-1] += " " + w
		}
	}
}

func (c *commandLine) String() string { return strings.Join(c.words, " \\\n  ") }

// heredoc writes content behind a command that reads standard input: as text
// where it is text, else as base64 in a pipe before it.
func (p *page) heredoc(command string, content []byte) {
	text := bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	if utf8.Valid(text) && bytes.HasSuffix(text, []byte("\n")) && !bytes.ContainsAny(text, "\r\x00") {
		end := "END"
		for bytes.Contains(text, []byte("\n"+end+"\n")) || bytes.HasPrefix(text, []byte(end+"\n")) {
			end += "_"
		}
		p.printf("%s <<'%s'\n%s%s\n", command, end, text, end)
		return
	}
	p.piped(command, content)
}

// piped writes octets behind a command that reads standard input.
func (p *page) piped(command string, content []byte) {
	p.printf("base64 -d <<'END' | %s\n", command)
	for piece := range slices.Chunk(content, 57) {
		p.printf("%s\n", base64.StdEncoding.EncodeToString(piece))
	}
	p.printf("END\n")
}

// content returns what of a letter can be sent again, and notes what cannot.
func (p *page) content(l letter) []byte {
	data := l.content
	switch {
	case l.large:
		p.note("some of the content is in a file beside the transcript and is not sent here")
	case l.withheld > 0:
		p.note("%d octets of content were not kept; a filler is sent in their place", l.withheld)
		data = append(data, filler(l.withheld)...)
	}
	if l.ended && len(data) == 0 {
		return []byte("\r\n")
	}
	return data
}

// filler makes so many octets of lines, or the most that makes sense.
func filler(n int64) []byte {
	n = min(n, 1<<20)
	line := strings.Repeat("x", 70) + "\r\n"
	out := []byte(strings.Repeat(line, int(n)/len(line)))
	if rest := int(n) - len(out); rest >= 2 {
		out = append(out, strings.Repeat("x", rest-2)+"\r\n"...)
	}
	return out
}

// oddities notes what a program with a plan of its own cannot be made to say.
func (p *page) oddities(a act, program string, known ...string) {
	var odd []string
	login := false
	for _, s := range a.steps {
		if s.kind != stepSay {
			continue
		}
		c := session.ParseCommand(s.data)
		login = c.Verb == "AUTH" || login && (c.Verb == "" || len(s.secret) > 0)
		switch {
		case login: // an empty response, too
		case c.Verb == "EHLO", c.Verb == "HELO", c.Verb == "LHLO", c.Verb == "MAIL", c.Verb == "RCPT", c.Verb == "DATA", c.Verb == "QUIT", c.Verb == "STARTTLS", c.Verb == "BDAT":
		case slices.Contains(known, c.Verb), len(s.secret) > 0, len(odd) > 5:
		default:
			odd = append(odd, shown(session.Event{Data: s.data}))
		}
	}
	if len(odd) > 0 {
		p.note("%s says nothing else: left out are %s", program, strings.Join(odd, "; "))
	}
	for _, l := range a.letters {
		if l.chunked {
			p.note("%s sends content with DATA, not with BDAT", program)
		}
	}
}

// paths returns the recipients.
func (l letter) paths() []string {
	var to []string
	for _, r := range l.to {
		to = append(to, r.Path)
	}
	return to
}

// writeCurl writes a command of curl for each letter.
func writeCurl(p *page) error {
	play := p.play()
	var commands []func()
	for _, a := range play.acts {
		p.oddities(a, "curl")
		if a.lmtp {
			p.note("curl does not speak LMTP; this would say EHLO")
		}
		if len(a.letters) > 1 {
			p.note("this makes a connection for each letter")
		}
		letters := a.letters
		if len(letters) == 0 {
			p.note("there is no letter here; curl says NOOP where that is so")
			letters = []letter{{}}
		}
		for _, l := range letters {
			c := curlCommand(p, play, a, l)
			commands = append(commands, func() {
				if len(l.to) == 0 {
					p.printf("%s\n", c)
					return
				}
				p.heredoc(c.String(), p.content(l))
			})
			if len(l.to) > 0 && !l.ended {
				p.note("curl cannot stop before the content: a letter without any would be sent; the recipients are checked all the same")
			}
			p.content(l)
		}
	}
	p.comments("# ")
	for _, write := range commands {
		write()
	}
	return nil
}

func curlCommand(p *page, play *play, a act, l letter) *commandLine {
	c := &commandLine{}
	scheme := "smtp"
	if a.implicit {
		scheme = "smtps"
	}
	host, port := a.target()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	url := fmt.Sprintf("%s://%s:%s", scheme, host, port)
	if a.helo != "" {
		// curl takes brackets in a URL for a range.
		url += "/" + strings.NewReplacer("[", "%5B", "]", "%5D").Replace(a.helo)
	}
	c.add("curl")
	c.add("--verbose")
	c.add("--url", url)
	if a.startTLS {
		c.add("--ssl-reqd")
	}
	if a.mech != "" {
		user := play.userName()
		if user == "" {
			user = "USER"
			p.note("the transcript does not name the user: put the name in the place of USER")
		}
		c.add("--user", user)
		c.add("--login-options", "AUTH="+a.mech)
		if strings.HasPrefix(strings.ToUpper(a.mech), "SCRAM-") {
			p.note("a curl that was built without GSASL has no %s and says that the login is denied; AUTH=PLAIN has it log in all the same", a.mech)
		}
		p.note("curl asks for the password, since none is here")
	}
	if len(l.to) == 0 {
		c.add("--request", "NOOP")
		return c
	}
	c.add("--mail-from", l.from.Path)
	for _, to := range l.paths() {
		c.add("--mail-rcpt", to)
	}
	if len(l.to) > 1 {
		c.add("--mail-rcpt-allowfails")
	}
	for _, param := range l.from.Params {
		switch param.Key {
		case "SIZE": // curl adds its own
		case "AUTH":
			c.add("--mail-auth", param.Value)
		default:
			p.note("curl adds no parameters but SIZE, AUTH and SMTPUTF8: %s is left out", session.Escape(param.String()))
		}
	}
	c.add("--crlf")
	c.add("--upload-file", "-")
	return c
}
