package outbox

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

// Envelope is all that was asked for when a message was added. It does not
// change.
type Envelope struct {
	ID     string
	Added  time.Time
	From   session.Envelope
	To     []session.Envelope
	Target string // as [session.ParseTarget] reads it; "" is where the DNS says
	UTF8   bool   // the content needs SMTPUTF8 (RFC 6531)
	// Settings are words that the outbox keeps and does not read: how to reach
	// the server, as whoever added the message and whoever sends it agree. No
	// secret is among them.
	Settings []string
	// Content is what [session.Content.Measure] found out, and Sum the SHA-256
	// of the file, in hex.
	Content session.Content
	Sum     string
}

const (
	envelopeHead = "ehlo-envelope 1"
	maxEnvelope  = 64 << 20 // octets
)

// encode writes an envelope as text: a word and a value on each line, and a
// checksum on the last.
func (e *Envelope) encode() []byte {
	var b bytes.Buffer
	line := func(word, value string) {
		b.WriteString(word + " ")
		b.Write(appendField(nil, value))
		b.WriteByte('\n')
	}
	b.WriteString(envelopeHead + "\n")
	line("id", e.ID)
	line("added", e.Added.UTC().Format(time.RFC3339Nano))
	line("MAIL", e.From.Arg("FROM"))
	for _, to := range e.To {
		line("RCPT", to.Arg("TO"))
	}
	line("target", e.Target)
	for _, w := range e.Settings {
		line("setting", w)
	}
	var numbers []string
	for _, n := range e.numbers() {
		numbers = append(numbers, fmt.Sprintf("%s=%d", n.name, *n.value))
	}
	line("content", strings.Join(numbers, " "))
	for _, f := range e.flags() {
		if *f.set {
			line("flag", f.name)
		}
	}
	line("sha256", e.Sum)
	fmt.Fprintf(&b, "crc32c %08x\n", checksum(b.Bytes()))
	return b.Bytes()
}

// readEnvelope reads the envelope of a message.
func readEnvelope(dir *folder) (*Envelope, error) {
	name := filepath.Join(dir.name, "envelope")
	p, err := dir.read("envelope", maxEnvelope)
	if err == nil && len(p) > maxEnvelope {
		err = &os.PathError{Op: "read", Path: name, Err: fmt.Errorf("no envelope of %d octets at most", maxEnvelope)}
	}
	if err != nil {
		return nil, err
	}
	e, err := parseEnvelope(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}

func parseEnvelope(p []byte) (*Envelope, error) {
	at := bytes.LastIndex(p, []byte("crc32c "))
	if at < 0 || string(p[at:]) != fmt.Sprintf("crc32c %08x\n", checksum(p[:at])) {
		return nil, fmt.Errorf("the envelope is damaged: its checksum is wrong")
	}
	text, ok := strings.CutPrefix(string(p[:at]), envelopeHead+"\n")
	if !ok {
		return nil, fmt.Errorf("the first line should be %q", envelopeHead)
	}
	e := &Envelope{}
	for line := range strings.Lines(text) {
		word, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if err := e.set(word, unescaped(value)); err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
	}
	if !validID(e.ID) || len(e.To) == 0 {
		return nil, fmt.Errorf("the envelope has no ID or no recipient")
	}
	return e, nil
}

func (e *Envelope) set(word, value string) (err error) {
	switch word {
	case "id":
		e.ID = value
	case "added":
		e.Added, err = time.Parse(time.RFC3339Nano, value)
	case "MAIL":
		e.From, err = session.ParseEnvelope("FROM", value)
	case "RCPT":
		var to session.Envelope
		to, err = session.ParseEnvelope("TO", value)
		e.To = append(e.To, to)
	case "target":
		e.Target = value
	case "setting":
		e.Settings = append(e.Settings, value)
	case "content":
		err = e.measured(value)
	case "flag":
		for _, f := range e.flags() {
			*f.set = *f.set || f.name == value
		}
	case "sha256":
		e.Sum = value
	}
	return err
}

// numbers and flags are what is known of the content, by the names that stand
// for it in the file.
func (e *Envelope) numbers() []number {
	c := &e.Content
	return []number{{"octets", &c.Octets}, {"lines", &c.Lines}, {"longest", &c.Longest}, {"bare", &c.Bare}}
}

func (e *Envelope) flags() []flag {
	c := &e.Content
	return []flag{{"smtputf8", &e.UTF8}, {"wire", &c.Wire}, {"binary", &c.Binary}, {"eightbit", &c.EightBit}, {"nul", &c.NUL}, {"local", &c.Local}}
}

type number struct {
	name  string
	value *int64
}

type flag struct {
	name string
	set  *bool
}

func (e *Envelope) measured(value string) error {
	for word := range strings.FieldsSeq(value) {
		name, digits, _ := strings.Cut(word, "=")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return err
		}
		for _, x := range e.numbers() {
			if x.name == name {
				*x.value = n
			}
		}
	}
	return nil
}

// message is the envelope as the journal begins with it.
func (e *Envelope) message() *Message {
	m := &Message{ID: e.ID, Added: e.Added, From: e.From.Path, Octets: e.Content.Octets, Target: e.Target}
	for _, to := range e.To {
		m.Recipients = append(m.Recipients, Recipient{To: to.Path})
	}
	return m
}
