package convert

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// cmyFormat reads the dialogue scripts of chasquid's tests:
//
//	c tcp_connect localhost:1025
//	c <~ 220
//	c -> EHLO localhost
//	c <... 250 HELP
//
// The first word names a process; those that do not talk over a network are
// left out.
func cmyFormat() Format {
	return Format{
		Name: "cmy", About: "dialogue scripts of chasquid",
		score: func(head []string) int {
			n, sends, takes, process := 0, map[string]bool{}, map[string]bool{}, false
			for _, l := range head {
				m := cmySure().FindStringSubmatch(l)
				if m == nil {
					continue
				}
				n += 2
				switch {
				case m[2] == "->":
					sends[m[1]] = true
				case m[2][0] == '<':
					takes[m[1]] = true
				}
				process = process || strings.HasSuffix(m[2], "_connect") || sends[m[1]] && takes[m[1]] && (m[2] == "<~" || m[2] == "<...")
			}
			if !process { // client -> and server <-, or SMTP -> and SMTP <-, are marks of something else
				return 0
			}
			return n
		},
		read: readCmy,
	}
}

var (
	cmyLine    = lazy.Regexp(`^(\w+) (->|~>|<-|<~|<\.\.\.|tcp_connect|tls_connect|unix_connect|close|wait|sleep|timeout|re|=|\|=|unix_listen|tls_listen|tcp_listen)(?: (.*))?$`)
	cmySure    = lazy.Regexp(`^(\w+) (->|~>|<-|<~|<\.\.\.|(?:tcp|tls|unix)_connect)(?: |$)`)
	cmyLiteral = lazy.Regexp(`^[2-5]\d\d(?:[ -][\w .:;,<>@()!?'/=-]*)?$`)
)

func readCmy(src *source, d *draft) {
	c := cmy{src: src, d: d, local: map[string]bool{}}
	for {
		line, ok := src.next()
		if !ok {
			return
		}
		d.line = src.line
		c.line(line)
	}
}

type cmy struct {
	src   *source
	d     *draft
	local map[string]bool // processes that are no connections
	told  bool
}

func (c *cmy) line(line string) {
	d := c.d
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "#"); ok {
		d.comment(rest)
		return
	}
	m := cmyLine().FindStringSubmatch(strings.TrimRight(line, "\r"))
	if m == nil {
		d.unknown(line)
		return
	}
	name, verb, arg := m[1], m[2], m[3]
	switch verb {
	case "tcp_connect", "tls_connect", "unix_connect":
		delete(c.local, name)
		d.closed("client", "")
		facts := []session.Fact{{Key: "host", Value: strings.TrimSpace(arg)}}
		if verb == "tls_connect" {
			facts = append(facts, session.Fact{Key: "tls", Value: "implicit"})
		}
		d.connect(facts...)
		if verb == "tls_connect" {
			d.secured()
		}
		return
	case "=", "|=", "tcp_listen", "tls_listen", "unix_listen":
		if len(c.local) < 1000 {
			c.local[name] = true
		}
	}
	if c.local[name] {
		if !c.told {
			d.warn("what is done with a process, and not over a network, is no dialogue; kept as comments")
			c.told = true
		}
		d.comment(line)
		return
	}
	c.say(verb, arg)
}

func (c *cmy) say(verb, arg string) {
	d := c.d
	switch verb {
	case "->":
		d.say(transcript.FromClient, arg)
	case "~>":
		c.raw(arg)
	case "<-":
		d.expect('?', cmyExact(arg))
	case "<~":
		d.expect('?', c.pattern(arg))
	case "<...":
		// Lines up to one that has this in it.
		d.expect('?', "...")
		d.expect('?', "*"+cmyExact(arg)+"*")
		d.hope(arg)
	case "close":
		d.closed("client", "")
	case "sleep", "timeout":
		d.intend(map[string]string{"sleep": "wait", "timeout": "timeout"}[verb], strings.TrimSpace(arg))
	case "wait":
	default:
		d.unknown(verb + " " + arg)
	}
}

// cmyExact makes a pattern that means exactly this.
func cmyExact(text string) string {
	if strings.HasSuffix(text, " ") { // no line of a transcript ends so
		return cmyExact(strings.TrimRight(text, " ")) + " *"
	}
	return session.Escape(strings.NewReplacer(`\`, `\\`, `*`, `\*`, `$`, `\$`).Replace(text))
}

// pattern makes a pattern of a regular expression that must match at the
// beginning of a line.
func (c *cmy) pattern(expr string) string {
	if cmyLiteral().MatchString(expr) {
		return cmyExact(expr) + "*"
	}
	if len(expr) > 3 && replyLike().MatchString(expr) && !strings.ContainsAny(expr[:4], `.[(\`) && !strings.Contains(expr, "/}") {
		return expr[:3] + "${rest:/" + expr[3:] + ".*/}"
	}
	return "${line:/" + strings.ReplaceAll(expr, "/}", "/[}]") + ".*/}"
}

// raw sends octets that an expression of Python stands for.
func (c *cmy) raw(expr string) {
	p := pythonExpr{text: expr}
	parts, err := p.sum(0)
	if err == nil && strings.TrimSpace(p.text[p.at:]) != "" {
		err = errors.New("more than an expression")
	}
	if err != nil {
		c.d.warn("%s: %v; left out", expr, err)
		c.d.gap("octets of " + expr)
		return
	}
	for _, part := range parts {
		c.d.repeat(part.count, part.data)
	}
}

// repeated is data, so many times.
type repeated struct {
	data  []byte
	count int
}

// pythonExpr reads sums and products of literals: ('a' * 899 + '\r\n') * 1165.
type pythonExpr struct {
	text string
	at   int
}

// maxExpr bounds the octets that an expression may stand for.
const maxExpr = 16 << 20

func (p *pythonExpr) blank() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *pythonExpr) next() byte {
	p.blank()
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *pythonExpr) sum(depth int) ([]repeated, error) {
	all, err := p.product(depth)
	for err == nil && p.next() == '+' {
		p.at++
		var more []repeated
		more, err = p.product(depth)
		all = append(all, more...)
	}
	return all, err
}

func (p *pythonExpr) product(depth int) ([]repeated, error) {
	all, err := p.atom(depth)
	for err == nil && p.next() == '*' {
		p.at++
		p.blank()
		from := p.at
		for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
			p.at++
		}
		n, wrong := strconv.Atoi(p.text[from:p.at])
		if wrong != nil {
			return nil, errors.New("expected a number")
		}
		all, err = multiply(all, n)
	}
	return all, err
}

// multiply repeats parts; they are joined unless there is only one.
func multiply(parts []repeated, n int) ([]repeated, error) {
	size := 0
	for _, part := range parts {
		size += len(part.data) * part.count
	}
	if n > maxExpr || size*n > maxExpr {
		return nil, fmt.Errorf("more than %d octets", maxExpr)
	}
	if len(parts) == 1 {
		return []repeated{{parts[0].data, parts[0].count * n}}, nil
	}
	var data []byte
	for _, part := range parts {
		for range part.count {
			data = append(data, part.data...)
		}
	}
	return []repeated{{data, n}}, nil
}

func (p *pythonExpr) atom(depth int) ([]repeated, error) {
	switch c := p.next(); {
	case depth > 20:
		return nil, errors.New("too many brackets")
	case c == '(':
		p.at++
		all, err := p.sum(depth + 1)
		if err == nil && p.next() != ')' {
			err = errors.New("a bracket is not closed")
		}
		p.at++
		return all, err
	case c == '\'' || c == '"' || c == 'b':
		end := p.literalEnd()
		data, whole, ok := pythonLiteral(p.text[p.at:end])
		if !ok || !whole {
			return nil, errors.New("a literal is not closed")
		}
		p.at = end
		return []repeated{{data, 1}}, nil
	}
	return nil, errors.New("no literal of Python")
}

func (p *pythonExpr) literalEnd() int {
	i := p.at
	if p.text[i] == 'b' {
		i++
	}
	if i >= len(p.text) {
		return i
	}
	quote := p.text[i]
	for i++; i < len(p.text) && p.text[i] != quote; i++ {
		if p.text[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(p.text))
}
