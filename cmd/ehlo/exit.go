package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ehlo/session"
)

// The exit codes of all subcommands. Those from 21 on are swaks' where swaks
// has them.
const (
	exitDone        = 0
	exitUsage       = 1
	exitConnect     = 2
	exitClosed      = 6
	exitGreeting    = 21
	exitHello       = 22
	exitMail        = 23
	exitRcpt        = 24
	exitData        = 25
	exitContent     = 26
	exitQuit        = 27
	exitAuth        = 28
	exitTLS         = 29
	exitPRDR        = 30
	exitSecureHello = 32
	exitXClient     = 33
	exitPartial     = 40
	exitDiffers     = 41
	exitBroken      = 42
	exitTimeout     = 43
	exitTranscript  = 44
	exitNoRoute     = 45
	exitMissing     = 46
	exitCrash       = 70
	exitInterrupted = 130
)

var exitTable = []struct {
	code    int
	meaning string
}{
	{exitDone, "done"},
	{exitUsage, "usage: a flag, an argument or a local file is wrong"},
	{exitConnect, "could not connect, or the name has no address"},
	{exitClosed, "the connection was closed unexpectedly"},
	{exitGreeting, "greeting refused"},
	{exitHello, "EHLO or HELO refused"},
	{exitMail, "MAIL refused"},
	{exitRcpt, "no recipient accepted"},
	{exitData, "DATA, or a BDAT before the last, refused"},
	{exitContent, "refused after the end of data"},
	{exitQuit, "QUIT refused"},
	{exitAuth, "AUTH failed, or no mechanism fits"},
	{exitTLS, "TLS failed, was refused, or the certificate is not verified"},
	{exitPRDR, "every recipient refused after the end of data, one by one (PRDR)"},
	{exitSecureHello, "EHLO refused after STARTTLS"},
	{exitXClient, "XCLIENT refused"},
	{exitPartial, "accepted for some of the recipients only"},
	{exitDiffers, "a replay differs, or a client did not follow the transcript that was served"},
	{exitBroken, "the server broke the protocol"},
	{exitTimeout, "timed out"},
	{exitTranscript, "unreadable transcript"},
	{exitNoRoute, "no route: the domain takes no mail, or nothing says where"},
	{exitMissing, "a secret or a variable of a transcript has no value"},
	{exitCrash, "the program has crashed: a report says where"},
	{exitInterrupted, "interrupted"},
}

// exitError ends the program with a code. A nil err ends it silently, because
// everything was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// fail returns an error that ends the program with a code.
func fail(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

// exitCodesTopic is the help topic "exit-codes".
func exitCodesTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Exit codes of ehlo and all its subcommands:\n\n")
	for _, row := range exitTable {
		fmt.Fprintf(&b, "  %3d  %s\n", row.code, row.meaning)
	}
	b.WriteString("\nThe code names the first thing that went wrong with a mail. A recipient that\nis refused while others are accepted is 40.")
	return &cobra.Command{
		Use: "exit-codes", Short: "What each exit code means", Long: b.String(), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}

// ending is what is known when a mail has no more steps.
type ending struct {
	state       session.State
	last        session.Step // the one with which the plan turned to its end
	taken       int          // recipients that messages were taken for
	interrupted bool
}

// outcome judges a session in which a mail was to be sent: the exit code, and
// a sentence for people.
func outcome(m session.Mail, e ending) (code int, sentence string) {
	s := e.state
	if e.interrupted {
		return exitInterrupted, "interrupted"
	}
	letters := append([]session.Letter{m.Letter}, m.More...)
	if n := len(letters) - 1; n > 0 && e.last.Ends == session.Stopped && m.Stop.Undecided() {
		letters = letters[:n] // nobody wanted a verdict on the last
	}
	asked := 0
	for _, l := range letters {
		asked += len(l.To)
	}
	if s.Accepted > 0 {
		sentence = fmt.Sprintf("the server took responsibility for %s to %d of %s",
			messages(s.Accepted, 1+len(m.More)), e.taken, session.Count(asked, "recipient", "recipients"))
		if e.taken < asked {
			return exitPartial, sentence
		}
	}
	switch {
	case m.Stop.Before == session.StageConnect:
		return exitDone, "nothing was sent, as asked"
	case e.last.Ends == session.Stopped && s.Accepted == 0:
		return exitDone, e.last.Why
	case s.Accepted == 0 && s.Fault == session.FaultTLS:
		return exitTLS, s.FaultText
	}
	switch e.last.Ends {
	case session.NoTLS:
		return exitTLS, e.last.Why
	case session.NoAuth:
		return exitAuth, e.last.Why
	case session.NoXClient:
		return exitXClient, e.last.Why
	}
	if code, why := firstTrouble(m, s); code != exitDone && e.last.Ends != session.Stopped {
		if s.Responsible == session.Either { // RFC 1047: who tries again should know
			why += "; its final dot was sent, and the message may have been delivered"
		}
		if sentence == "" {
			sentence = why
		} else {
			sentence += "; then " + why
		}
		return code, sentence
	}
	if s.Accepted == 0 && s.Answers.Rset.Code.Done() && slices.ContainsFunc(m.Asides, resets) {
		return exitDone, "the transaction was given up with RSET, as asked"
	}
	if s.Accepted == 0 {
		return exitBroken, "no message was sent: the server led nowhere"
	}
	return exitDone, sentence
}

func resets(a session.Aside) bool { return strings.EqualFold(strings.TrimSpace(a.Line), "RSET") }

func messages(taken, all int) string {
	if all == 1 {
		return "the message"
	}
	return fmt.Sprintf("%d of %d messages", taken, all)
}

// delivered counts the recipients that messages were taken for.
func delivered(events []session.Event) (taken int) {
	var s session.State
	for _, e := range events {
		before := s.Accepted
		if s = s.Apply(e); s.Accepted > before && s.Finished != nil {
			taken += len(s.Finished.Delivered())
		}
	}
	return taken
}

// firstTrouble finds what ended the plan.
func firstTrouble(m session.Mail, s session.State) (int, string) {
	a := s.Answers
	refused := func(x session.Answer) bool { return x.Code != 0 && !x.Code.Done() }
	switch {
	case s.Fault == session.FaultResolve && m.Target.MX != "":
		return exitNoRoute, s.FaultText
	case s.Fault == session.FaultConnect || s.Fault == session.FaultResolve:
		return exitConnect, s.FaultText
	case s.Broken != "":
		return exitBroken, "the server broke the protocol: " + s.Broken
	case refused(a.Greeting):
		return exitGreeting, fmt.Sprintf("the greeting was a refusal: %s", a.Greeting.Code)
	case s.Secure && a.StartTLS.Code == 220 && refused(a.EHLO):
		return exitSecureHello, fmt.Sprintf("EHLO was refused after STARTTLS: %s", a.EHLO.Code)
	case refused(a.HELO) || refused(a.EHLO) && a.HELO.Code == 0:
		return exitHello, "EHLO or HELO was refused"
	case refused(a.Mail):
		return exitMail, fmt.Sprintf("MAIL was refused: %s", a.Mail.Code)
	case refused(a.Rcpt) && s.Accepted == 0 && !tookSomebody(s):
		return exitRcpt, "no recipient was accepted"
	case m.Chunk != 0 && refused(a.Data) && a.EndOfData.Code == 0:
		return exitData, fmt.Sprintf("BDAT was refused: %s", a.Data.Code)
	case m.Chunk == 0 && a.Data.Code != 0 && a.Data.Code.Class() != 3 && a.EndOfData.Code == 0:
		return exitData, fmt.Sprintf("DATA was answered %s, not 354", a.Data.Code)
	case refused(a.EndOfData) && s.Finished != nil && !s.LMTP && oneByOne(s.Finished.Recipients):
		return exitPRDR, fmt.Sprintf("the message was refused for every recipient: %s", a.EndOfData.Code)
	case refused(a.EndOfData):
		return exitContent, fmt.Sprintf("the message was refused after the end of data: %s", a.EndOfData.Code)
	case s.Fault == session.FaultTimeout:
		return exitTimeout, s.FaultText
	case s.Fault == session.FaultContent:
		return exitUsage, s.FaultText
	case s.Fault == session.FaultLimit:
		return exitBroken, s.FaultText
	case refused(a.Quit):
		return exitQuit, fmt.Sprintf("QUIT was refused: %s", a.Quit.Code)
	case s.Last.Code == 421 && !a.Quit.Code.Done():
		// RFC 5321, 3.8: a server may say so at any time, and closes then.
		return exitClosed, "the server shut the connection down: 421"
	case s.Closed == "server" && !a.Quit.Code.Done():
		return exitClosed, "the server closed the connection"
	case s.Fault == session.FaultWrite:
		return exitClosed, s.FaultText
	}
	return exitDone, ""
}

// oneByOne reports whether recipients had verdicts of their own (PRDR, LMTP).
func oneByOne(recipients []session.Recipient) bool {
	for _, r := range recipients {
		if r.Final.Code != 0 {
			return true
		}
	}
	return false
}

// tookSomebody reports whether a recipient was taken in the transaction that
// is open or has just ended.
func tookSomebody(s session.State) bool {
	recipients := s.Recipients
	if s.Finished != nil {
		recipients = append(recipients, s.Finished.Recipients...)
	}
	for _, r := range recipients {
		if r.Taken() {
			return true
		}
	}
	return false
}
