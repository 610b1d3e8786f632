package convert

import (
	"bytes"
	"encoding/base64"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// play is a transcript seen as something to be done again by another program:
// for each connection who says what in which order.
type play struct {
	t    *transcript.Transcript
	acts []act
}

// act is one connection.
type act struct {
	host, addr string
	implicit   bool // TLS came with the connection
	startTLS   bool
	offersTLS  bool // STARTTLS was offered
	lmtp       bool
	helo       string
	mech       string
	quit       bool
	steps      []step
	letters    []letter
	begun      bool // something was said
}

// letter is one mail transaction.
type letter struct {
	from     session.Envelope
	to       []session.Envelope
	content  []byte // dots undoubled
	withheld int64  // octets of it that nobody kept
	large    bool   // some of it is in a file
	chunked  bool   // by BDAT
	ended    bool   // the end of data was sent
	pipeline bool
}

type stepKind byte

const (
	stepHear stepKind = iota // wait for a reply
	stepSay
	stepContent
	stepSecure
	stepPause
)

// step is one thing that happens on a connection.
type step struct {
	kind   stepKind
	data   []byte
	bulk   *session.Bulk
	secret []part // pieces of data, if some of them are secret
	code   string // of a reply: three digits, x for any
	text   string
}

// part is a piece of what is said.
type part struct {
	text   []byte
	secret string // what stands in its place: plain, login-user, login-password, cram-md5, or another name
}

// newPlay reads what a transcript says. What is expected stands for what came.
func newPlay(t *transcript.Transcript) *play {
	b := &player{p: &play{t: t}}
	var expect []transcript.Item
	for it := range t.Items() {
		if it.Kind == transcript.Expect && it.Dir == transcript.FromServer && it.Op == '?' {
			expect = append(expect, it)
		}
	}
	for _, e := range t.Events() {
		for line := t.Line(e.Seq); len(expect) > 0 && expect[0].Line < line; expect = expect[1:] {
			b.hope(expect[0].Text)
		}
		b.event(e)
	}
	for _, it := range expect {
		b.hope(it.Text)
	}
	return b.p
}

// play reads the transcript, and notes that there is nothing to do again.
func (p *page) play() *play {
	play := newPlay(p.t)
	if len(play.acts) == 0 {
		p.note("no connection was made, so there is nothing to do again")
	}
	for i := range play.acts {
		if scenario := play.acts[i].practice(); scenario != "" {
			p.note("the practice server is to be started first: ehlo serve --listen 127.0.0.1:%s %s", practicePort, shellQuote(session.Target{Practice: scenario}.String()))
		}
	}
	return play
}

// player builds a play.
type player struct {
	p     *play
	st    session.State
	seq   int
	chunk int64 // octets of a BDAT chunk that are still to come
}

func (b *player) act() *act {
	if len(b.p.acts) == 0 {
		b.p.acts = append(b.p.acts, act{})
	}
	return &b.p.acts[len(b.p.acts)-1]
}

func (b *player) apply(e session.Event) {
	b.seq++
	e.Seq = b.seq
	b.st = b.st.Apply(e)
	if len(b.p.acts) > 0 && b.st.Offered.Has("STARTTLS") {
		b.act().offersTLS = true
	}
}

// hope takes an expected line for one that came.
func (b *player) hope(pattern string) {
	code, sep := "xxx", " "
	if len(pattern) >= 3 && strings.Trim(pattern[:3], "0123456789x") == "" {
		code = pattern[:3]
		if len(pattern) > 3 && pattern[3] == '-' {
			sep = "-"
		}
	}
	if pattern == "..." {
		return
	}
	b.event(session.Event{Kind: session.Received, Data: []byte(strings.ReplaceAll(code, "x", "0") + sep + "\r\n"), Text: code})
}

func (b *player) event(e session.Event) {
	switch e.Kind {
	case session.Opened:
		a := act{host: e.Fact("host"), addr: e.Fact("addr"), implicit: e.Fact("tls") == "implicit"}
		if n := len(b.p.acts); n > 0 && !b.p.acts[n-1].begun {
			b.p.acts = b.p.acts[:n-1] // that one came to nothing
		}
		b.p.acts = append(b.p.acts, a)
		b.chunk = 0
	case session.Secured:
		a := b.act()
		if b.st.Phase == session.Greet && !a.begun {
			a.implicit = true
		} else {
			a.startTLS = true
		}
		a.steps = append(a.steps, step{kind: stepSecure})
	case session.Sent:
		b.sent(e)
		return
	case session.Received:
		b.received(e)
		return
	}
	b.apply(e)
}

func (b *player) received(e session.Event) {
	a := b.act()
	a.begun = true
	last := b.st.Last.Seq
	b.apply(e)
	if b.st.Last.Seq == last || b.st.Last.Seq != b.seq {
		return
	}
	code := b.st.Last.Code.String()
	if e.Text != "" {
		code = e.Text
	}
	a.steps = append(a.steps, step{kind: stepHear, code: code, text: b.st.Last.Text()})
	switch r := b.st.Last; {
	case r.To == "EHLO" || r.To == "HELO" || r.To == "LHLO":
		if b.st.Helo != "" {
			a.helo, a.lmtp = b.st.Helo, b.st.LMTP
		}
	case r.To == "AUTH" && r.Code.Done():
		a.mech = b.st.Auth
	}
}

func (b *player) sent(e session.Event) {
	a := b.act()
	a.begun = true
	before := b.st
	content := before.Phase == session.Data && !before.MailData.Complete || b.chunk > 0
	if len(e.Secret) == 0 && e.Bulk == nil {
		e.Secret = before.Secrets(e.Data) // a file that was written by hand
	}
	s := step{kind: stepSay, data: e.Data, bulk: e.Bulk}
	if content || e.Bulk != nil {
		s.kind = stepContent
	}
	if len(e.Secret) > 0 {
		s.secret = b.cut(e)
	}
	if n := len(a.steps); n > 0 && s.kind == stepContent && a.steps[n-1].kind == stepContent && s.bulk == nil && a.steps[n-1].bulk == nil {
		a.steps[n-1].data = append(a.steps[n-1].data[:len(a.steps[n-1].data):len(a.steps[n-1].data)], s.data...)
	} else {
		a.steps = append(a.steps, s)
	}
	b.letter(e, content)
	b.apply(e)
}

// letter follows the mail that is sent.
func (b *player) letter(e session.Event, content bool) {
	a := b.act()
	if content {
		b.content(e)
		return
	}
	c := session.ParseCommand(e.Data)
	switch c.Verb {
	case "EHLO", "HELO", "LHLO":
		if a.helo == "" {
			a.helo, a.lmtp = strings.TrimSpace(c.Arg), c.Verb == "LHLO"
		}
	case "MAIL":
		env, _ := session.ParseEnvelope("FROM", c.Arg)
		a.letters = append(a.letters, letter{from: env})
	case "RCPT":
		if n := len(a.letters); n > 0 {
			env, _ := session.ParseEnvelope("TO", c.Arg)
			l := &a.letters[n-1]
			l.to = append(l.to, env)
			l.pipeline = l.pipeline || len(b.st.Pending) > 0
		}
	case "BDAT":
		size, rest, _ := strings.Cut(c.Arg, " ")
		b.chunk = 0
		for _, d := range []byte(size) {
			if d < '0' || d > '9' || b.chunk > 1<<50 {
				break
			}
			b.chunk = b.chunk*10 + int64(d-'0')
		}
		if n := len(a.letters); n > 0 {
			a.letters[n-1].chunked = true
			a.letters[n-1].ended = strings.EqualFold(rest, "LAST")
		}
	case "AUTH":
		mech, _, _ := strings.Cut(c.Arg, " ")
		a.mech = strings.ToUpper(strings.TrimSpace(mech))
	case "QUIT":
		a.quit = true
	}
}

// content keeps what is sent as content.
func (b *player) content(e session.Event) {
	a := b.act()
	n := int64(len(e.Data))
	if e.Bulk != nil {
		n = e.Bulk.Octets
	}
	chunked := b.chunk > 0
	b.chunk = max(b.chunk-n, 0)
	if len(a.letters) == 0 {
		return
	}
	l := &a.letters[len(a.letters)-1]
	switch {
	case e.Bulk != nil && e.Bulk.Name == "":
		l.withheld += n
	case e.Bulk != nil:
		l.large = true
	case chunked:
		l.content = append(l.content, e.Data...)
	case bytes.Equal(e.Data, []byte(".\r\n")):
		l.ended = true
	default:
		// RFC 5321, 4.5.2: the first of two dots goes.
		l.content = append(l.content, bytes.TrimPrefix(e.Data, []byte("."))...)
	}
}

// cut takes what is said to pieces at its secrets.
func (b *player) cut(e session.Event) []part {
	var parts []part
	at := 0
	for _, s := range e.Secret {
		from, to := min(max(s.From, at), len(e.Data)), min(s.To, len(e.Data))
		if from >= to {
			continue
		}
		parts = append(parts, part{text: e.Data[at:from]}, part{secret: b.meaning(e.Data)})
		at = to
	}
	return append(parts, part{text: e.Data[at:]})
}

// meaning says what the secret of a line is.
func (b *player) meaning(line []byte) string {
	c := session.ParseCommand(line)
	mech := b.st.Mechanism()
	if c.Verb == "AUTH" {
		mech, _, _ = strings.Cut(strings.ToUpper(c.Arg), " ")
	}
	challenge := ""
	if n := len(b.st.Challenges); n > 0 && b.st.Phase == session.Challenged {
		p, _ := base64.StdEncoding.DecodeString(b.st.Challenges[n-1])
		challenge = strings.ToLower(string(p))
	}
	switch {
	case mech == "PLAIN":
		return "plain"
	case mech == "LOGIN" && (c.Verb == "AUTH" || strings.HasPrefix(challenge, "user") || challenge == "" && !b.named()):
		return "login-user"
	case mech == "LOGIN":
		return "login-password"
	case mech == "CRAM-MD5":
		return "cram-md5"
	}
	return "other"
}

// named reports whether the name was said already.
func (b *player) named() bool {
	a := b.act()
	for i := len(a.steps) - 1; i >= 0; i-- {
		for _, p := range a.steps[i].secret {
			if p.secret == "login-user" {
				return true
			}
		}
		if c := session.ParseCommand(a.steps[i].data); a.steps[i].kind == stepSay && c.Verb == "AUTH" {
			return false
		}
	}
	return false
}

// userName finds whom a file names for a login.
func (p *play) userName() string {
	for it := range p.t.Items() {
		if it.Kind != transcript.Fact || it.Key != "auth" {
			continue
		}
		for word := range strings.FieldsSeq(it.Text) {
			if user, ok := strings.CutPrefix(word, "user="); ok {
				return strings.Trim(user, `"`)
			}
		}
	}
	return ""
}
