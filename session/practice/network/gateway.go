package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"ehlo/session/practice"
)

// Transport carries a message where SMTP does not go: it is given a message,
// with the gateway's trace on top, and returns what arrives on the other side.
// via is what the trace there calls it.
type Transport func(ctx context.Context, id string, message []byte) (via string, arrived []byte, err error)

// Memory carries messages in memory, as a file would: with the line ends of
// Unix.
func Memory(_ context.Context, _ string, message []byte) (string, []byte, error) {
	return "FILE", bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n")), nil
}

// Maildir carries messages as files of a maildir, and leaves them there.
func Maildir(dir string) Transport {
	return func(_ context.Context, _ string, message []byte) (string, []byte, error) {
		file, err := practice.WriteMaildir(dir, time.Now(), message)
		if err != nil {
			return "", nil, fmt.Errorf("gateway: %w", err)
		}
		arrived, err := os.ReadFile(file)
		if err != nil {
			return "", nil, fmt.Errorf("gateway: %w", err)
		}
		return "FILE", arrived, nil
	}
}

// pipeTime is how long a process may take for a message.
const pipeTime = time.Minute

// Pipe carries messages through a process: what it is given on standard input,
// and what it says on standard output. Its other end is not SMTP's, so it gets
// the line ends of Unix.
func Pipe(command string, args ...string) Transport {
	return func(ctx context.Context, _ string, message []byte) (string, []byte, error) {
		ctx, cancel := context.WithTimeout(ctx, pipeTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, command, args...)
		cmd.Stdin = bytes.NewReader(bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n")))
		out := &limited{most: practice.DefaultRoom}
		cmd.Stdout = out
		if err := cmd.Run(); err != nil {
			return "", nil, fmt.Errorf("gateway: %s: %w", command, err)
		}
		return "PIPE", out.Bytes(), nil
	}
}

// limited takes so many octets and no more.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > l.most {
		return 0, errors.New("too much comes out of the pipe")
	}
	return l.Buffer.Write(p)
}

// leave takes a message out of SMTP, and puts what arrives on the other side
// into it again.
//
// RFC 5321, 3.7.2: a gateway puts a Received line on top each time, and touches
// none of those that are there. RFC 5321, 3.7.1 and 3.7.3: it may change what
// else is in the header; a relay may not.
func (h *Host) leave(m practice.Mail) error {
	via, arrived, err := h.net.opts.Transport(h.net.ctx, m.ID, append([]byte(m.Trace()), m.Content...))
	if err != nil {
		h.note("%s: does not leave: %v", m.ID, err)
		return err
	}
	h.note("%s: left SMTP as %s, %d octets", m.ID, via, len(arrived))
	back := h.net.Host("back.elsewhere.example")
	text := bytes.ReplaceAll(bytes.ReplaceAll(arrived, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	m.ID, m.Helo, m.Client, m.By, m.Protocol, m.Via, m.At = back.newID(), h.Name, "", back.Name, "local", via, h.now()
	m.Content = append([]byte("X-Gateway: "+h.Name+" by "+via+"\r\n"), text...)
	back.note("%s: came back by %s", m.ID, via)
	return back.keep(m)
}
