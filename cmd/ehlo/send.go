package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/transcript"
)

const sendLong = `Send one mail and print the conversation as it happens:

  ->  sent      <-  received      <**  received, a refusal
  === what ehlo did               ***  what went wrong

Without --message the content is composed of --subject and --body, with Date,
From, To and Message-ID. With --message the file goes out as it is: if its
first line ends with CRLF not an octet is changed; if it ends with LF, as text
files on this machine do, every line ending becomes CRLF. In both cases dots
are doubled and the final dot is added (RFC 5321, 4.5.2).

--tls auto uses STARTTLS if it is offered, require sends no mail without it,
implicit begins with TLS. A certificate that does not verify ends the session
before the mail, unless --insecure is given. --user logs in; the password is
never on the command line.

The exit code says how it ended: ehlo help exit-codes.`

const sendExample = `  ehlo send --to bob@test.example practice
  ehlo send --from alice@test.example --to bob@test.example,nobody@test.example \
            --subject "two recipients" --body @letter.txt localhost:2525
  ehlo send --to bob@test.example --message mail.eml --transcript today.smtp smtp://mail.test.example
  ehlo send --to bob@test.example --json practice:helo-only
  ehlo send --to bob@test.example --tls require --user alice \
            --password-from env:PASSWORD mail.test.example:587`

type sendFlags struct {
	from, helo, subject, body, message string
	to                                 []string
	transcript                         string
	json, quiet                        bool
	tls                                tlsFlags
	auth                               authFlags
}

func sendCommand(std streams) *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use: "send [flags] TARGET", Short: "Send one mail without a terminal",
		Long: sendLong, Example: sendExample, Args: oneArgument("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args[0], std)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.from, "from", "", "reverse-path `ADDR`; '<>' is null (default: you at this host)")
	fl.StringArrayVar(&f.to, "to", nil, "recipient `ADDR`; repeat it, or separate by commas")
	fl.StringVar(&f.helo, "helo", "", "`NAME` for EHLO or HELO (default: this host's full name, else its address)")
	fl.StringVar(&f.subject, "subject", "test", "Subject `TEXT` of the composed content")
	fl.StringVar(&f.body, "body", "This is a test message.", "body of the composed content: `TEXT`, @FILE or -")
	fl.StringVar(&f.message, "message", "", "whole content from `FILE` or -, in place of --subject and --body")
	fl.StringVar(&f.transcript, "transcript", "", "write a transcript to `FILE`")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per event, then one with the result")
	fl.BoolVar(&f.quiet, "quiet", false, "print nothing but errors")
	f.tls.add(fl)
	f.auth.add(fl)
	cmd.MarkFlagsMutuallyExclusive("message", "subject")
	cmd.MarkFlagsMutuallyExclusive("message", "body")
	cmd.MarkFlagsMutuallyExclusive("json", "quiet")
	return cmd
}

func (f *sendFlags) run(cmd *cobra.Command, where string, std streams) error {
	t, err := target(where)
	if err != nil {
		return err
	}
	m, cleanUp, err := f.mail(cmd, std.in)
	if err != nil {
		return err
	}
	defer cleanUp()
	m.Target = t
	o := session.Options{Target: t, Dial: dial}
	if o.TLS, m.TLS, err = f.tls.options(t); err != nil {
		return err
	}
	m.Insecure = f.tls.insecure
	login, err := f.auth.client()
	if err != nil {
		return err
	}
	if f.transcript != "" {
		rec, err := createTranscript(f.transcript)
		if err != nil {
			return err
		}
		defer rec.Close()
		o.Recorder = rec
	}
	s := session.New(o)
	if login != nil {
		login.TLS = s.ConnectionState
		m.Auth = login
	}
	followed := follow(cmd.Context(), s, f.printer(std.out))
	interrupted := drive(cmd.Context(), s, m)
	followed()
	code, sentence := outcome(m, s.State())
	if interrupted {
		code, sentence = exitInterrupted, "interrupted"
	}
	f.result(std, code, sentence, m, s.State())
	if err := s.RecordError(); err != nil {
		printf(std.err, "ehlo: write the transcript %s: %v\n", f.transcript, err)
	}
	if code == exitDone {
		return nil
	}
	return fail(code, "send to %s: %s", t, sentence)
}

// drive takes the steps of a mail one by one until there are none, or
// something leaves no sense in going on. It reports an interruption.
func drive(ctx context.Context, s *session.Session, m session.Stepper) bool {
	defer s.Close()
	for {
		st, ok := m.Next(s.State())
		if !ok {
			return false
		}
		err := s.Do(ctx, st)
		if ctx.Err() != nil {
			return true
		}
		if state := s.State(); err != nil || state.Broken != "" {
			return false
		}
	}
}

// follow prints events while they happen. The function it returns waits for
// the last of them.
func follow(ctx context.Context, s *session.Session, show func(session.Event)) func() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	seq := 0
	go func() {
		defer close(done)
		for {
			events, err := s.Log().Wait(ctx, seq)
			if err != nil {
				return
			}
			for _, e := range events {
				show(e)
			}
			seq += len(events)
		}
	}()
	return func() {
		cancel()
		<-done
		for _, e := range s.Log().Since(seq) {
			show(e)
		}
	}
}

func (f *sendFlags) printer(w io.Writer) func(session.Event) {
	switch {
	case f.quiet:
		return func(session.Event) {}
	case f.json:
		return func(e session.Event) {
			if p, err := transcript.EncodeJSON(e); err == nil {
				printf(w, "%s\n", p)
			}
		}
	}
	p := transcript.Printer{W: w}
	return func(e session.Event) { _ = p.Print(e) }
}

// mail makes the envelope and the content of the flags.
func (f *sendFlags) mail(cmd *cobra.Command, stdin io.Reader) (session.Mail, func(), error) {
	m := session.Mail{Helo: f.helo, From: f.from}
	nothing := func() {}
	if m.Helo == "" {
		m.Helo = hostName()
	}
	switch {
	case !cmd.Flags().Changed("from"):
		m.From = defaultFrom()
	case f.from == "<>":
		m.From = ""
	}
	m.From = strings.TrimSuffix(strings.TrimPrefix(m.From, "<"), ">")
	for _, list := range f.to {
		m.To = append(m.To, splitAddresses(list)...)
	}
	if len(m.To) == 0 {
		return m, nothing, fail(exitUsage, "send: no recipient; give --to ADDR")
	}
	for _, value := range append([]string{m.Helo, m.From}, m.To...) {
		if strings.ContainsAny(value, "\r\n") {
			return m, nothing, fail(exitUsage, "send: %q has a line break in it", value)
		}
	}
	var err error
	cleanUp := nothing
	if f.message != "" {
		m.Content, cleanUp, err = wholeMessage(f.message, stdin)
	} else {
		m.Content, err = f.compose(m, stdin)
	}
	if err != nil {
		return m, nothing, fail(exitUsage, "send: %w", err)
	}
	return m, cleanUp, nil
}

// splitAddresses splits at commas outside of quotes.
func splitAddresses(list string) []string {
	var out []string
	quoted, start := false, 0
	add := func(text string) {
		if text = strings.Trim(strings.TrimSpace(text), "<>"); text != "" {
			out = append(out, text)
		}
	}
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			add(list[start:i])
			start = i + 1
		}
	}
	add(list[start:])
	return out
}

func (f *sendFlags) compose(m session.Mail, stdin io.Reader) (*session.Content, error) {
	body := f.body
	var err error
	switch name, isFile := strings.CutPrefix(f.body, "@"); {
	case f.body == "-":
		body, err = readText(stdin)
	case isFile:
		var file *os.File
		if file, err = os.Open(name); err == nil {
			body, err = readText(file)
			file.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	now := time.Now()
	return composeDraft(message.Draft{
		From: m.From, To: m.To, Subject: f.subject, Body: body, Date: now,
		ID: fmt.Sprintf("%d.%d@%s", now.UnixNano(), os.Getpid(), idHost(m.Helo)),
	})
}

// maxBody bounds what is composed in memory; anything larger is a job for
// --message, which streams.
const maxBody = 64 << 20

func readText(r io.Reader) (string, error) {
	p, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if len(p) > maxBody {
		return "", fmt.Errorf("more than %d MiB; use --message", maxBody>>20)
	}
	return string(p), err
}

// wholeMessage opens --message. What can be read only once, standard input or
// a named pipe, goes through a temporary file, because content is read twice:
// to measure it, and to send it.
func wholeMessage(name string, stdin io.Reader) (*session.Content, func(), error) {
	nothing := func() {}
	if name == "-" {
		return spooled("standard input", stdin)
	}
	if info, err := os.Stat(name); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		f, err := os.Open(name)
		if err != nil {
			return nil, nothing, fmt.Errorf("read the message: %w", err)
		}
		defer f.Close()
		return spooled(name, f)
	}
	c, err := session.FileContent(name)
	if err != nil {
		return nil, nothing, fmt.Errorf("read the message: %w", err)
	}
	return c, nothing, nil
}

// spooled copies a stream to a temporary file, which the returned function
// removes.
func spooled(name string, r io.Reader) (*session.Content, func(), error) {
	nothing := func() {}
	tmp, err := os.CreateTemp("", "ehlo-*.eml") // 0600
	if err != nil {
		return nil, nothing, err
	}
	remove := func() { _ = os.Remove(tmp.Name()) }
	_, err = io.Copy(tmp, r)
	if err2 := tmp.Close(); err == nil {
		err = err2
	}
	var c *session.Content
	if err == nil {
		c, err = session.FileContent(tmp.Name())
	}
	if err != nil {
		remove()
		return nil, nothing, fmt.Errorf("read the message from %s: %w", name, err)
	}
	return c, remove, nil
}

// result prints how it ended.
func (f *sendFlags) result(std streams, code int, sentence string, m session.Mail, s session.State) {
	if f.json {
		if p, err := json.Marshal(resultOf(code, sentence, m, s)); err == nil {
			printf(std.out, "%s\n", p)
		}
		return
	}
	if !f.quiet && code == exitDone {
		printf(std.out, "=== %s\n", sentence)
	}
}

type sendResult struct {
	Result      string          `json:"result"`
	Exit        int             `json:"exit"`
	Responsible string          `json:"responsible"`
	Reply       string          `json:"reply,omitempty"`
	Recipients  []sendRecipient `json:"recipients,omitempty"`
}

type sendRecipient struct {
	To    string `json:"to"`
	Taken bool   `json:"taken"`
	Reply string `json:"reply"`
}

func resultOf(code int, sentence string, m session.Mail, s session.State) sendResult {
	r := sendResult{Result: sentence, Exit: code, Responsible: s.Responsible.String()}
	recipients := s.Recipients
	if s.Finished != nil {
		recipients = s.Finished.Recipients
		if s.Finished.Reply.Code != 0 {
			r.Reply = s.Finished.Reply.String()
		}
	}
	for _, x := range recipients {
		r.Recipients = append(r.Recipients, sendRecipient{x.Path, x.Taken(), x.Reply.String()})
	}
	return r
}

// hostName is this host's name if it is a full one. Anything else would be
// no valid argument of EHLO; the session takes an address literal then
// (RFC 5321, 4.1.4).
func hostName() string {
	name, err := os.Hostname()
	if err != nil || !strings.Contains(name, ".") || session.CheckDomain(name, false) != nil {
		return ""
	}
	return name
}

func defaultFrom() string {
	name := "ehlo"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil || session.CheckDomain(host, false) != nil {
		host = "localhost"
	}
	return name + "@" + host
}

func idHost(helo string) string {
	if helo == "" || strings.HasPrefix(helo, "[") {
		return "localhost"
	}
	return helo
}
