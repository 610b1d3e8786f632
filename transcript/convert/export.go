package convert

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// Form is one that can be written.
type Form struct {
	Name  string
	About string
	write func(*page) error
}

// Forms returns all forms that can be written.
func Forms() []Form {
	return []Form{
		{"swaks", "a command line of swaks", writeSwaks},
		{"curl", "a command line of curl", writeCurl},
		{"openssl", "a command line of openssl s_client, which speaks nothing but TLS", writeOpenSSL},
		{"nc", "a command line of nc, which speaks in the clear", writeNC},
		{"go", "a Go program, with nothing but the standard library", writeGo},
		{"python", "a Python program, likewise", writePython},
		{"shell", "a bash script; it needs openssl for TLS only", writeShell},
		{"jsonl", "JSON Lines; ehlo import makes the same transcript of them again", writeJSONL},
		{"markdown", "Markdown, for a ticket", writeMarkdown},
		{"html", "one HTML file: the dialogue, and beside it what both sides know", writeHTML},
		{"svg", "a picture", writeSVG},
		{"mermaid", "a sequence diagram for Mermaid", writeMermaid},
		{"pcap", "a capture for Wireshark", writePcap},
	}
}

// page is what a form is written on.
type page struct {
	*bufio.Writer
	t     *transcript.Transcript
	name  string   // of the transcript, for people
	notes []string // what the form cannot say
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p.Writer, format, args...) }

// note says what gets lost, once.
func (p *page) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, n := range p.notes {
		if n == text {
			return
		}
	}
	p.notes = append(p.notes, text)
}

// comments writes the notes behind a mark.
func (p *page) comments(mark string) {
	for _, n := range p.notes {
		p.printf("%s%s\n", mark, session.Escape(n))
	}
}

// Export writes a transcript in a form. It returns what the form cannot say.
// Secrets are not in the result, even if the transcript has some.
func Export(w io.Writer, t *transcript.Transcript, form string) (notes []string, err error) {
	var names []string
	for _, f := range Forms() {
		if f.Name != form {
			names = append(names, f.Name)
			continue
		}
		if len(t.Events()) == 0 && form != "jsonl" {
			return nil, errors.New("nothing happens in it")
		}
		p := &page{Writer: bufio.NewWriterSize(w, 64<<10), t: t, name: session.Escape(t.Name)}
		if err := f.write(p); err != nil {
			return p.notes, err
		}
		return p.notes, p.Flush()
	}
	return nil, fmt.Errorf("%w %q; there are %s", ErrFormat, form, strings.Join(names, ", "))
}

// public returns the events with every secret marked, also in a file that was
// written by hand.
func public(t *transcript.Transcript) func(func(session.Event, session.State) bool) {
	return func(yield func(session.Event, session.State) bool) {
		var st session.State
		var veil session.Veil
		for _, e := range t.Events() {
			veil.Mark(&st, &e)
			st = st.Apply(e)
			if !yield(e, st) {
				return
			}
		}
	}
}

// shown is a line of octets for people: no secret, no line end, no control
// characters.
func shown(e session.Event) string {
	if b := e.Bulk; b != nil {
		return fmt.Sprintf("[%d octets of content, %d lines]", b.Octets, b.Lines)
	}
	text := string(e.Public(transcript.Bullets))
	if whole, ok := strings.CutSuffix(text, "\r\n"); ok {
		return session.Escape(whole)
	}
	return session.Escape(text)
}
