package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/practice"
	"ehlo/themes"
	"ehlo/tui"
)

// screen makes the options of the terminal interface from the flags of send.
func (f *sendFlags) screen(cmd *cobra.Command, std streams) (tui.Options, error) {
	box := newSandbox(practice.Options{})
	o, err := f.screenIn(cmd, std, box)
	if err != nil {
		return o, err
	}
	o.Scenarios, o.Mailboxes, o.Behind, o.Templates = scenarios(), box.mailboxes, box.behind, templateFolder()
	if o.Progress, err = readProgress(); err != nil {
		return o, err
	}
	o.Profiles, err = f.profile.names()
	o.Profile = func(name string) (tui.Options, error) {
		return screenOfProfile(cmd.Context(), name, f.profile.config, box)
	}
	return o, err
}

// screenOfProfile makes the options that a profile alone comes to. Nobody is
// asked anything, since the terminal is in use.
func screenOfProfile(ctx context.Context, name, config string, box *sandbox) (tui.Options, error) {
	var f sendFlags
	cmd := &cobra.Command{Use: "ehlo"}
	cmd.SetContext(ctx)
	f.sections().addHidden(cmd)
	f.breaks.add(cmd.Flags())
	f.profile.name, f.profile.config = name, config
	if err := f.profile.load(cmd); err != nil {
		return tui.Options{}, err
	}
	if f.auth.passwordFrom == "prompt" { // the form has a field for it
		f.auth.passwordFrom = ""
	}
	o, err := f.screenIn(cmd, streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, box)
	o.Scenarios = scenarios()
	return o, f.profile.blame(err)
}

// screenIn makes those options that are settings of a mail.
func (f *sendFlags) screenIn(cmd *cobra.Command, std streams, box *sandbox) (tui.Options, error) {
	o := tui.Options{Target: f.profile.target, Now: time.Now, Message: f.content.message, Host: hostName()}
	m, err := f.template(cmd)
	if err != nil {
		return o, fail(exitUsage, "%w", err)
	}
	var t session.Target
	if o.Target != "" {
		if t, err = f.profile.judge(o.Target); err != nil {
			return o, err
		}
	}
	if o.Timeout, err = f.patience(cmd); err != nil {
		return o, err
	}
	err = f.text(cmd, std, &o)
	if err == nil {
		err = f.reach(&o, &m, box)
	}
	if err == nil {
		err = f.logIn(cmd.Context(), t, std, &o, &m)
	}
	if err == nil {
		err = f.breaks.apply(&o, &f.profile)
	}
	if err != nil {
		return o, fail(exitUsage, "%w", err)
	}
	f.keepers(cmd.Flags(), &o)
	rememberPanes(&o)
	o.Compose = f.composer(m)
	m.Onward = onward(m)
	o.Mail, o.Outbox = m, f.outbox(box, std)
	return o, nil
}

// text is what the flags say of a letter that the form has fields for.
func (f *sendFlags) text(cmd *cobra.Command, std streams, o *tui.Options) (err error) {
	o.Attach, f.content.attach = f.content.attach, nil
	o.Headers, f.content.headers = f.content.headers, nil
	if cmd.Flags().Changed("subject") || cmd.Flags().Changed("body") {
		o.Subject = f.content.subject
		if o.Body, err = textOf(f.content.body, std.in); err != nil {
			return badValue("body", "", "%w", err)
		}
	}
	return nil
}

// reach says how the server is reached, and what its certificate must be.
func (f *sendFlags) reach(o *tui.Options, m *session.Mail, box *sandbox) (err error) {
	if o.TLS, m.TLS, err = f.tls.options(); err != nil {
		return err
	}
	m.Insecure = f.tls.insecure
	way, err := f.network.routed(o.TLS.Roots)
	if err != nil {
		return err
	}
	o.Route, o.Vouch, o.TLS.Trust = way.hops, f.network.vouch(way), way.trust
	o.STS = f.network.mtaSTS
	d, err := f.network.dialer()
	if err != nil {
		return err
	}
	o.Dial, o.Lookup = box.dialer(d), way.lookup(d)
	return nil
}

// logIn says who logs in. Without a password that is left to the form.
func (f *sendFlags) logIn(ctx context.Context, t session.Target, std streams, o *tui.Options, m *session.Mail) error {
	if f.auth.passwordMissing() {
		o.Login, f.auth.user, f.auth.mechs = strings.Join(append([]string{f.auth.user}, f.auth.mechs...), " "), "", nil
	}
	o.NewLogin = f.auth.login
	m.AuthOptional, m.AuthIfOffered = f.auth.optional, f.auth.ifOffered
	login, err := f.auth.client(ctx, t, std.in)
	if err != nil || login == nil {
		return err
	}
	o.Begins, login.TLS = latest()
	m.Auth = login
	return nil
}

// composer makes content of a letter, with what the flags say besides.
func (f *sendFlags) composer(m session.Mail) func(message.Draft) (*session.Content, error) {
	return func(d message.Draft) (c *session.Content, err error) {
		if d.ID, err = message.NewID(time.Now(), rand.Reader, idHost(m.Helo)); err != nil {
			return nil, err
		}
		if c, err = f.content.composeDraft(d, f.extension); err != nil {
			return nil, err
		}
		return f.content.finish(c)
	}
}

// template is the mail that the form begins with. What the flags leave open
// the form knows better: addresses to practise with.
func (f *sendFlags) template(cmd *cobra.Command) (session.Mail, error) {
	m, err := f.envelope(cmd.Flags().Changed("from"))
	if err != nil {
		return m, err
	}
	if !cmd.Flags().Changed("from") {
		m.From.Path = ""
	}
	if !cmd.Flags().Changed("helo") {
		m.Helo = ""
	}
	if len(m.To) == 0 {
		m.To = session.To("") // takes the parameters
	}
	if err := f.extension.apply(&m); err != nil {
		return m, err
	}
	return m, f.stage.apply(&m)
}

// patience bounds each wait: as the flags say, else as the configuration does.
func (f *sendFlags) patience(cmd *cobra.Command) (time.Duration, error) {
	if cmd.Flags().Changed("timeout") {
		return f.network.timeout, nil
	}
	c, _, err := readConfig(f.profile.config)
	if err != nil {
		return 0, fail(exitUsage, "%w", err)
	}
	return c.timeout()
}

// given is what flags and environment say in place of the configuration.
func (f *sendFlags) given(l appearance) map[string]given {
	list := map[string]given{}
	switch {
	case l.theme != "":
		list["screen.theme"] = given{l.theme, "--theme"}
	case os.Getenv("NO_COLOR") != "":
		list["screen.theme"] = given{themes.Plain().Name, "NO_COLOR"}
	}
	switch by := f.profile.sources["timeout"]; by {
	case "":
	case "command line":
		list["screen.timeout"] = given{f.network.timeout.String(), "--timeout"}
	default:
		list["screen.timeout"] = given{f.network.timeout.String(), by}
	}
	return list
}

// latest follows the sessions that begin: the TLS of the last one is what a
// login is bound to.
func latest() (begins func(*session.Session), state func() (tls.ConnectionState, bool)) {
	var current atomic.Pointer[session.Session]
	return func(s *session.Session) { current.Store(s) }, func() (cs tls.ConnectionState, ok bool) {
		if s := current.Load(); s != nil {
			return s.ConnectionState()
		}
		return cs, false
	}
}

// firstSteps has TLS go with the target where nobody has said what they wish:
// practice has none, for who sees SMTP for the first time wants to see SMTP, unless
// the scenario is about it; other servers have the default.
func firstSteps(cmd *cobra.Command, o *tui.Options) { o.TLSByItself = !cmd.Flags().Changed("tls") }
