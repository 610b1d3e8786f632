package main

import (
	"bufio"
	"context"
	"io"
	"strings"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript"
	"ehlo/transcript/lesson"
)

// pupil is a learner in one lesson, line by line.
type pupil struct {
	*classroom
	run     lesson.Run
	session *session.Session
	server  *practice.Server
	printer transcript.Printer
	seen    int
	group   string // lines that wait for the one that goes out with them
	skipped bool
}

// work goes from step to step.
func (p *pupil) work() error {
	p.printer.W = p.std.out
	for {
		st, ok := p.run.Step()
		if !ok {
			return nil
		}
		p.read(st)
		var err error
		switch {
		case st.Ask != nil:
			err = p.answer(*st.Ask)
		case st.Task != "":
			err = p.task(st)
		default:
			p.run = p.run.Skip()
		}
		if err != nil {
			return err
		}
	}
}

// read prints the text of a step.
func (p *pupil) read(st lesson.Step) {
	printf(p.std.out, "\n")
	for _, line := range st.Text {
		printf(p.std.out, "%s\n", line)
	}
	if len(st.Text) > 0 && (st.Task != "" || st.Ask != nil) {
		printf(p.std.out, "\n")
	}
	switch {
	case st.Ask != nil:
		printf(p.std.out, "Question: %s\n", st.Ask.Text)
	case st.Task != "":
		printf(p.std.out, "Task: %s\n", st.Task)
	}
}

// tries is how many wrong answers there are before the right one is told.
const tries = 3

func (p *pupil) answer(q lesson.Question) error {
	for n := 1; ; n++ {
		text, err := p.prompt("? ")
		if err != nil {
			return err
		}
		if strings.HasPrefix(text, ":") {
			if err := p.command(text); err != nil || text == ":skip" {
				return err
			}
			n--
			continue
		}
		next, right := p.run.Answer(text)
		switch {
		case right:
			printf(p.std.out, "Right. %s\n", q.Because)
			p.run = next
			return nil
		case n >= tries:
			printf(p.std.out, "It is: %s. %s\n", q.Answers[0], q.Because)
			p.run = p.run.Skip()
			return nil
		}
		printf(p.std.out, "No. Try again.\n")
	}
}

// task sends what the learner types until the check holds.
func (p *pupil) task(st lesson.Step) error {
	number := p.run.Number()
	if p.seen == 0 {
		if err := p.take(session.Step{Kind: session.Connect}); err != nil {
			return err
		}
	}
	for p.run.Number() == number && !p.run.Done() {
		mark := "C: "
		if !p.session.State().Open {
			mark = "(closed) "
		}
		text, err := p.prompt(mark)
		if err != nil {
			return err
		}
		if strings.HasPrefix(text, ":") {
			if err := p.command(text); err != nil || text == ":skip" {
				return err
			}
			continue
		}
		if line, more := strings.CutSuffix(text, `\`); more {
			p.group += line + "\r\n"
			continue
		}
		if !p.session.State().Open {
			printf(p.std.out, "The connection is closed; :connect opens a new one.\n")
			continue
		}
		line := p.group + text + "\r\n"
		p.group = ""
		if err := p.take(session.Step{Bytes: []byte(line)}); err != nil {
			return err
		}
		if p.session.State().Phase == session.Handshake {
			if err := p.take(session.Step{Kind: session.StartTLS}); err != nil {
				return err
			}
		}
	}
	printf(p.std.out, "Done.\n")
	return nil
}

// take carries out a step and shows what happened.
func (p *pupil) take(st session.Step) error {
	_ = p.session.Do(p.ctx, st) // what went wrong is in the log, as a line of its own
	if p.ctx.Err() != nil {
		return fail(exitInterrupted, "interrupted")
	}
	if st := p.session.State(); st.Phase == session.Over && st.Open {
		_ = p.session.Close()
	}
	for _, e := range p.session.Log().Since(p.seen) {
		p.seen = e.Seq
		if e.Kind != session.Sent { // he has just typed it
			_ = p.printer.Print(e)
		}
		p.run, _ = p.run.Apply(e)
	}
	return nil
}

// command carries out what is for ehlo.
func (p *pupil) command(text string) error {
	switch text {
	case ":hint":
		var hint string
		if p.run, hint = p.run.Hint(); hint == "" {
			hint = "there is none"
		}
		printf(p.std.out, "Hint: %s\n", hint)
	case ":skip":
		p.run = p.run.Skip()
		p.skipped = true
	case ":quit":
		return errLeave
	case ":connect":
		if p.session.State().Open {
			_ = p.take(session.Step{Kind: session.HangUp})
		}
		return p.take(session.Step{Kind: session.Connect})
	case ":state":
		s := p.session.State()
		from := "none"
		if s.ReversePath != nil {
			from = "<" + s.ReversePath.Path + ">"
		}
		printf(p.std.out, "%s; from %s, to %d of %d recipients; %d octets of content; responsible: %s\n",
			s.Phase, session.Escape(from), len(s.ForwardPath()), len(s.Recipients), s.MailData.Octets, s.Responsible)
	case ":mailboxes":
		p.mailboxes()
	default:
		printf(p.std.out, "There are :hint, :skip, :connect, :state, :mailboxes and :quit.\n")
	}
	return nil
}

// mailboxes prints what has been delivered.
func (p *pupil) mailboxes() {
	boxes := p.server.Store().Mailboxes()
	if len(boxes) == 0 {
		printf(p.std.out, "Nothing has been delivered yet.\n")
	}
	for _, box := range boxes {
		for i, m := range box.Messages {
			printf(p.std.out, "--- %s, %d of %d\n", session.Escape(box.Name), i+1, len(box.Messages))
			for line := range strings.Lines(string(m.Data)) {
				printf(p.std.out, "%s\n", session.Escape(strings.TrimRight(line, "\r\n")))
			}
		}
	}
}

func (p *pupil) prompt(mark string) (string, error) {
	printf(p.std.out, "%s", mark)
	return p.lines.next(p.ctx)
}

// lines reads standard input line by line, in a way that an interrupt ends.
type lines struct {
	in   *bufio.Scanner
	came chan string
}

func newLines(in io.Reader) *lines { return &lines{in: bufio.NewScanner(in)} }

// next returns the next line, or io.EOF.
func (l *lines) next(ctx context.Context) (string, error) {
	if l.came == nil {
		l.came = make(chan string)
		go func() {
			defer close(l.came)
			for l.in.Scan() {
				l.came <- strings.TrimSuffix(l.in.Text(), "\r")
			}
		}()
	}
	select {
	case line, ok := <-l.came:
		if !ok {
			return "", io.EOF
		}
		return line, nil
	case <-ctx.Done():
		return "", fail(exitInterrupted, "interrupted")
	}
}
