package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/transcript"
)

const sendLong = `Send one mail and print the conversation as it happens:

  ->  sent       <-  received      <**  received, a refusal
  ~>  sent       <~  received      <~*  the same under TLS
  === what ehlo did               ***  what went wrong

TARGET is what ehlo --help lists, or mx:DOMAIN; without one the mail goes where
the DNS says for the domain of the first recipient, address after address until
a server decides (RFC 5321, 5.1).

STARTTLS is used where it is offered. A certificate that does not verify ends
the session before the mail, unless --insecure is given; --ca names another
authority. --user logs in; the password is never on the command line.

Without --message the content is composed, with Date, From, To and Message-ID.
With --message the file goes out as it is: if its first line ends with CRLF not
an octet is changed; if it ends with LF, as text files on this machine do, every
line ending becomes CRLF. Dots are doubled and the final dot is added (RFC 5321,
4.5.2); with --chunking neither is needed (RFC 3030).

Parameters go out as they are asked for, offered or not: the server's answer is
what you came for. The exit code says how it ended: ehlo help exit-codes.`

const sendExample = `  ehlo send --to bob@test.example practice
  ehlo send --to bob@test.example,nobody@test.example --subject two --body @letter.txt localhost:2525
  ehlo send --to bob@test.example --message mail.eml --transcript today.smtp mail.test.example
  ehlo send --to bob@test.example --tls require --user alice --password-from env:PASSWORD \
            mail.test.example:587
  ehlo send --to bob@test.example --resolver 192.0.2.53 mx:test.example
  ehlo send --to bob@test.example --stop-after rcpt practice:mailbox-busy
  ehlo send --to bob@test.example --pipeline --chunking=65536 --notify success,failure practice`

type sendFlags struct {
	content           contentFlags
	from, hello, helo string
	to                []string
	record            recordFlags
	json, quiet       bool
	facts             bool
	certs             string
	times, remarks    bool
	queueOnFailure    bool
	tls               tlsFlags
	auth              authFlags
	extension         extensionFlags
	network           networkFlags
	stage             stageFlags
	breaks            breakFlags
	profile           profileFlags
}

func sendCommand(std streams) *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use: "send [flags] TARGET", Short: "Send one mail without a terminal",
		Long: sendLong, Example: sendExample, Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.profile.blame(f.run(cmd, args, std))
		},
	}
	append(f.sections(), sections{{"Transcript", f.record.add}, {"Output", f.addOutput}}...).addTo(cmd)
	sections{{"Terminal interface", f.breaks.add}}.addHidden(cmd) // a profile may have them
	return cmd
}

// sections are the flags that the terminal interface has, too.
func (f *sendFlags) sections() sections {
	return sections{
		{"Envelope", f.addEnvelope}, {"Content", f.content.add}, {"TLS", f.tls.add}, {"Login", f.auth.add},
		{"Extensions", f.extension.add}, {"Network", f.network.add}, {"Way", f.stage.add}, {"Profiles", f.profile.add},
	}
}

func (f *sendFlags) addEnvelope(fl *pflag.FlagSet) {
	fl.StringVar(&f.from, "from", "", "reverse-path `ADDR`; '<>' is null; its parameters may stand behind it (default: you at this host)")
	fl.StringArrayVar(&f.to, "to", nil, "recipient `ADDR`, its own parameters behind it: 'bob@test.example NOTIFY=NEVER'; repeat it, or separate by commas")
	fl.StringVar(&f.helo, "helo", "", "`NAME` for EHLO, HELO or LHLO (default: this host's full name, else its address)")
	fl.StringVar(&f.hello, "hello", "", "say `VERB` EHLO, HELO or LHLO (default: EHLO, then HELO if it is unknown)")
}

func (f *sendFlags) addOutput(fl *pflag.FlagSet) {
	fl.BoolVar(&f.json, "json", false, "print one JSON object per event, then one with the result")
	fl.BoolVar(&f.quiet, "quiet", false, "print nothing but errors")
	fl.BoolVar(&f.times, "time", false, "print how many seconds each line took to come")
	fl.BoolVar(&f.facts, "facts", false, "print every fact of connecting and of TLS: addresses, certificates, fingerprints")
	fl.StringVar(&f.certs, "save-certs", "", "write the certificates that the server shows to `FILE`, in PEM")
	fl.BoolVar(&f.queueOnFailure, "queue-on-failure", false, "put what was neither accepted nor refused for good into the outbox: ehlo queue")
	fl.BoolVar(&f.remarks, "remarks", false, "print what the RFCs say about what happened")
}

func (f *sendFlags) run(cmd *cobra.Command, args []string, std streams) error {
	e, err := f.errand(cmd, args, std)
	if e == nil || err != nil {
		return err
	}
	defer e.cleanUp()
	if err := f.canQueue(); err != nil {
		return err
	}
	return f.send(cmd, e.mail, e.where, std)
}

// lint judges the content, and sends nothing.
func (f *sendFlags) lint(cmd *cobra.Command, m session.Mail, std streams) error {
	wrong, err := f.content.findings(m, f.extension.smtputf8, f.network.lookupTXT(cmd.Context()), std.out)
	if err != nil {
		return fail(exitUsage, "%s: read the content: %w", doing(cmd), err)
	}
	if wrong {
		return fail(exitUsage, "%s: the content is not as it should be", doing(cmd))
	}
	return nil
}

// send has the session and says how it ended.
func (f *sendFlags) send(cmd *cobra.Command, m session.Mail, where string, std streams) error {
	secure, policy, err := f.tls.options()
	if err == nil {
		err = f.profile.unused(cmd)
	}
	if err != nil {
		return fail(exitUsage, "send: %w", err)
	}
	o, err := f.network.options(m.Target, secure)
	if err != nil {
		return fail(exitUsage, "send: %w", err)
	}
	m.TLS, m.Insecure = policy, f.tls.insecure
	if f.certs != "" {
		if err := saveCerts(f.certs, &o.TLS); err != nil {
			return fail(exitUsage, "send: %w", err)
		}
	}
	login, err := f.auth.client(cmd.Context(), m.Target, std.in)
	if err != nil {
		return fail(exitUsage, "send: %w", err)
	}
	rec, err := f.record.begin(&o)
	if err != nil {
		return err
	}
	if rec != nil {
		defer rec.Close()
	}
	s := session.New(o)
	if login != nil {
		login.TLS = s.ConnectionState
		m.Auth, m.AuthOptional, m.AuthIfOffered = login, f.auth.optional, f.auth.ifOffered
	}
	followed := func() {}
	if !f.quiet {
		followed = follow(cmd.Context(), s, f.printer(std.out))
	}
	m.Onward = onward(m)
	end := drive(cmd.Context(), s, func(st session.State) []session.Step { return f.group(st, m) })
	followed()
	code, sentence := outcome(m, end)
	if err := s.RecordError(); err != nil {
		printf(std.err, "ehlo: write the transcript %s: %v\n", f.record.file, err)
	}
	queued, lost := "", error(nil)
	if f.queueOnFailure && code != exitDone && code != exitInterrupted {
		var failed int
		if queued, failed, lost = f.queueLeft(cmd, m, where, s, std); lost == nil && failed == 0 {
			code = exitDone // the rest is the outbox' business
		}
	}
	f.result(std, code, sentence, queued, s.State())
	hops := hopsTo(std.out)
	if f.json || f.quiet {
		hops = hopsTo(io.Discard)
	}
	f.network.box.settle(cmd.Context(), hops)
	if lost != nil || code == exitDone {
		return lost
	}
	return fail(code, "send to %s: %s", m.Target, sentence)
}

// group returns the steps that go out in the next write.
func (f *sendFlags) group(s session.State, m session.Stepper) []session.Step {
	switch f.extension.pipeline {
	case "auto":
		return session.Group(s, m, false)
	case "force":
		return session.Group(s, m, true)
	}
	if st, ok := m.Next(s); ok {
		return []session.Step{st}
	}
	return nil
}

func (f *sendFlags) printer(w io.Writer) func(session.Event) {
	if f.json {
		return func(e session.Event) {
			if p, err := transcript.EncodeJSON(e); err == nil {
				printf(w, "%s\n", p)
			}
		}
	}
	p := transcript.Printer{W: w, Times: f.times, Remarks: f.remarks, Decode: f.auth.plaintext, Facts: f.facts}
	return func(e session.Event) { _ = p.Print(e) }
}

// result prints how it ended.
func (f *sendFlags) result(std streams, code int, sentence, queued string, s session.State) {
	if f.json {
		r := resultOf(code, sentence, s)
		r.Queued = queued
		if p, err := json.Marshal(r); err == nil {
			printf(std.out, "%s\n", p)
		}
		return
	}
	if !f.quiet && code == exitDone && queued == "" {
		printf(std.out, "=== %s\n", sentence)
	}
}

type sendResult struct {
	Result      string          `json:"result"`
	Exit        int             `json:"exit"`
	Responsible string          `json:"responsible"`
	Reply       string          `json:"reply,omitempty"`
	Queued      string          `json:"queued,omitempty"` // ID in the outbox
	Recipients  []sendRecipient `json:"recipients,omitempty"`
}

type sendRecipient struct {
	To    string `json:"to"`
	Taken bool   `json:"taken"` // and not given up by a verdict of its own
	Reply string `json:"reply"`
	Final string `json:"final,omitempty"` // that verdict, after the end of data (LMTP, PRDR)
}

func resultOf(code int, sentence string, s session.State) sendResult {
	r := sendResult{Result: session.Escape(sentence), Exit: code, Responsible: s.Responsible.String()}
	recipients := s.Recipients
	if s.Finished != nil {
		recipients = s.Finished.Recipients
		if s.Finished.Reply.Code != 0 {
			r.Reply = session.Escape(s.Finished.Reply.String())
		}
	}
	for _, x := range recipients {
		to := sendRecipient{To: session.Escape(x.Path), Taken: x.Verdict().Code.Done(), Reply: session.Escape(x.Reply.String())}
		if x.Final.Code != 0 {
			to.Final = session.Escape(x.Final.String())
		}
		r.Recipients = append(r.Recipients, to)
	}
	return r
}
