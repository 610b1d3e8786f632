package replay

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"ehlo/session"
)

// dialogue is a conversation, part by part: what a client writes at one go, and
// what it is answered.
type dialogue struct {
	name  string
	parts []part
}

type part struct {
	client []string // lines, as they stand in a file: "C: NOOP"
	server []string // lines of all replies, without their ends
	closes bool     // then the server closes the channel
}

// dialogueOf reads "C: " and "S: " lines; "= closed" is where the server closes.
func dialogueOf(name, text string) dialogue {
	d := dialogue{name: name, parts: []part{{}}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		last := &d.parts[len(d.parts)-1]
		switch reply, ok := strings.CutPrefix(line, "S: "); {
		case ok:
			last.server = append(last.server, reply)
		case strings.HasPrefix(line, "= closed"):
			last.closes = true
		default:
			if len(last.server) > 0 {
				d.parts = append(d.parts, part{})
				last = &d.parts[len(d.parts)-1]
			}
			last.client = append(last.client, line)
		}
	}
	return d
}

// file is the dialogue with something else in the place of the replies to one
// part, and the line where that begins and ends.
func (d *dialogue) file(at int, put []string, others func([]string) []string) (text string, from, to int) {
	lines := []string{"= smtp-transcript 1"}
	for i, p := range d.parts {
		lines = append(lines, p.client...)
		if i == at {
			from = len(lines) + 1
			lines = append(lines, put...)
			to = len(lines)
			continue
		}
		lines = append(lines, others(p.server)...)
	}
	return strings.Join(lines, "\n") + "\n", from, to
}

// octets is how many octets a line of the client has on the wire.
func octets(t *testing.T, line string, variables map[string]string) int {
	t.Helper()
	switch {
	case strings.HasPrefix(line, "C: "), line == "C:":
		return len(strings.TrimPrefix(line[2:], " ")) + 2
	case strings.HasPrefix(line, "C> "):
		text := line[3:]
		for name, value := range variables {
			text = strings.ReplaceAll(text, "${"+name+"}", value)
		}
		return len(text) + 2
	}
	return 0 // a time, a remark
}

// what a server does in the place of the replies to one part.
type answer struct {
	write string
	then  string // "", "close" or "silence"
}

// stage is a server that answers as a dialogue says, but for one part.
func (d *dialogue) stage(t *testing.T, at int, put answer, variables map[string]string) dialer {
	return func(context.Context, session.Target, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			for i, p := range d.parts {
				n := 0
				for _, line := range p.client {
					n += octets(t, line, variables)
				}
				if read, _ := io.CopyN(io.Discard, server, int64(n)); read < int64(n) {
					return
				}
				a := answer{write: wire(p.server)}
				if p.closes {
					a.then = "close"
				}
				if i == at {
					a = put
				}
				if _, err := io.WriteString(server, a.write); err != nil || a.then == "close" {
					return
				}
				if a.then == "silence" {
					break
				}
			}
			_, _ = io.Copy(io.Discard, server) // until the client hangs up
		}()
		return client, nil
	}
}

func wire(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}

// perform replays a file against a stage.
func perform(t *testing.T, file string, on dialer, o Options) *Report {
	t.Helper()
	o.Session.Dial, o.Session.Target, o.Session.Timeout = on, session.Target{Practice: "stage"}, time.Minute
	rep, err := Run(t.Context(), parse(t, file), o)
	if err != nil && rep == nil {
		t.Fatal(err)
	}
	return rep
}
