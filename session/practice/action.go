package practice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// action is one thing a rule does.
type action struct {
	verb  string
	text  string
	delay time.Duration
}

func parseAction(text string) (action, error) {
	verb, rest, _ := strings.Cut(text, " ")
	a := action{verb: verb, text: strings.TrimSpace(rest)}
	var err error
	switch verb {
	case "reply":
		for part := range strings.SplitSeq(a.text, " | ") {
			if l := session.ParseReplyLine([]byte(part + "\r\n")); l.Code == 0 {
				return a, fmt.Errorf("%q is no reply line; garbage goes with raw", part)
			}
		}
		err = checkPlaceholders(a.text)
		a.text = strings.ReplaceAll(a.text, " | ", "\r\n") + "\r\n"
	case "raw":
		if a.text, err = strconv.Unquote(a.text); err != nil {
			return a, fmt.Errorf("raw wants a quoted string")
		}
	case "delay", "drip":
		a.delay, err = parseDuration(verb, a.text)
	case "close", "reset", "keep", "show":
		if a.text != "" {
			return a, fmt.Errorf("%s takes no argument", verb)
		}
	case "go":
		if a.text != "on" {
			return a, fmt.Errorf("%q is no action", text)
		}
	default:
		return a, fmt.Errorf("%q is no action; there are reply, raw, delay, drip, close, reset, keep, show, go on", text)
	}
	return a, err
}

// placeholders are what can stand in ${…} in a reply.
func placeholders() []string {
	return []string{"name", "helo", "client", "path", "local", "domain", "argument", "line", "octets", "id", "date", "limit"}
}

// checkPlaceholders says which ${…} there is not.
func checkPlaceholders(text string) error {
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "${")
		if !ok {
			return nil
		}
		name, behind, closed := strings.Cut(after, "}")
		if !closed {
			return fmt.Errorf("a ${ is not closed")
		}
		if !slices.Contains(placeholders(), name) {
			return fmt.Errorf("${%s}: there are %s, each in ${…}", name, strings.Join(placeholders(), ", "))
		}
		rest = behind
	}
}

// fill puts into a reply what its placeholders stand for. What came from the
// client is cut and made printable.
func (c *conn) fill(text string, cmd session.Command) string {
	if !strings.Contains(text, "${") {
		return text
	}
	env, _ := session.ParseEnvelope("FROM", cmd.Arg)
	if cmd.Verb == "RCPT" {
		env, _ = session.ParseEnvelope("TO", cmd.Arg)
	}
	local, domain, _ := session.SplitMailbox(env.Path)
	helo := c.state.Helo
	if helo == "" {
		helo = argument(cmd)
	}
	var pairs []string
	for name, value := range map[string]string{
		"name": c.srv.opts.Name, "helo": helo, "client": c.clientHost(), "path": env.Path, "local": local, "domain": domain,
		"argument": argument(cmd), "line": cmd.Raw, "octets": strconv.FormatInt(c.contentSize(), 10), "id": c.id(),
		"date": c.srv.opts.Now().Format(time.RFC1123Z), "limit": strconv.FormatInt(c.maxSize(), 10),
	} {
		pairs = append(pairs, "${"+name+"}", shown(value))
	}
	// In one go: a client may say ${…}, too, and gets that back.
	return strings.NewReplacer(pairs...).Replace(text)
}

// shown makes what came from a client fit for a reply (RFC 5321, 4.2 and
// 4.5.3.1.5).
func shown(s string) string {
	if len(s) > 300 {
		s = s[:300]
	}
	if ascii(s) && printable(s) {
		return s
	}
	return strings.Trim(strconv.QuoteToASCII(s), `"`)
}
