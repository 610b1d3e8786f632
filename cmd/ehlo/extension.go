package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session"
)

// extensionFlags say what a mail asks of the server's extensions.
type extensionFlags struct {
	pipeline, chunking, bodyType, size  string
	smtputf8, requireTLS, prdr          bool
	xclientFirst, xclientOptional       bool
	ret, envid, notify, orcpt           string
	deliverBy, holdUntil, rrvs          string
	holdFor                             time.Duration
	priority, mailAuth                  string
	mailParams, rcptParams              []string
	xclient, xforward, ignore           []string
	mail, rcpt, xclientAttrs, xforwards []session.Param // what the flags amount to
}

func (f *extensionFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.pipeline, "pipeline", "off", "send groups of commands in one write: `WHEN` is auto (if offered), force or off")
	fl.Lookup("pipeline").NoOptDefVal = "auto"
	fl.StringVar(&f.chunking, "chunking", "", "send the content with BDAT, in chunks of `BYTES` or in one")
	fl.Lookup("chunking").NoOptDefVal = "all"
	fl.StringVar(&f.bodyType, "body-type", "", "BODY=`TYPE`: 7bit, 8bitmime or binarymime, which needs --chunking (default: by the content)")
	fl.StringVar(&f.size, "size", "auto", "SIZE=`BYTES`; auto is the true size if offered, force in any case, none never")
	fl.Lookup("size").NoOptDefVal = "force"
	fl.BoolVar(&f.smtputf8, "smtputf8", false, "SMTPUTF8, and header fields in UTF-8 (default: if an address needs it)")
	fl.StringVar(&f.ret, "ret", "", "RET=`WHAT` a failure notice returns: full or hdrs")
	fl.StringVar(&f.envid, "envid", "", "ENVID=`TEXT` that notices repeat")
	fl.StringVar(&f.notify, "notify", "", "NOTIFY=`WHEN`: never, or some of success,failure,delay")
	fl.StringVar(&f.orcpt, "orcpt", "", "ORCPT=`ADDR`, the original recipient; TYPE;ADDR for another type than rfc822")
	fl.StringVar(&f.deliverBy, "deliver-by", "", "BY=`TIME[,R|N][,T]`: deliver within TIME (90s, 2h), else Return or Notify, Trace")
	fl.DurationVar(&f.holdFor, "hold-for", 0, "HOLDFOR=`TIME`: release after TIME, in whole seconds")
	fl.StringVar(&f.holdUntil, "hold-until", "", "HOLDUNTIL=`DATE`: release then; RFC 3339, as in 2030-01-31T12:00:00Z")
	fl.StringVar(&f.priority, "priority", "", "MT-PRIORITY=`N`, from -9 to 9")
	fl.StringVar(&f.rrvs, "rrvs", "", "RRVS=`DATE`: the recipients must have owned their mailboxes since then")
	fl.BoolVar(&f.requireTLS, "require-tls", false, "REQUIRETLS on the whole way (not to be mixed up with --tls require)")
	fl.BoolVar(&f.prdr, "prdr", false, "PRDR: a verdict for each recipient after the content")
	fl.StringVar(&f.mailAuth, "mail-auth", "", "AUTH=`ADDR`, who submitted the mail at first; '<>' for unknown")
	fl.StringArrayVar(&f.mailParams, "mail-param", nil, "any other parameter of MAIL, `K=V` or K; repeat it")
	fl.StringArrayVar(&f.rcptParams, "rcpt-param", nil, "any other parameter of each RCPT, `K=V` or K; repeat it")
	fl.StringArrayVar(&f.xclient, "xclient", nil, "be taken for another client: `ATTR=V`, several in one, as in 'NAME=spike.example ADDR=192.0.2.1'")
	fl.BoolVar(&f.xclientFirst, "xclient-before-starttls", false, "say XCLIENT in the clear, before STARTTLS")
	fl.BoolVar(&f.xclientOptional, "xclient-optional", false, "send the mail also if XCLIENT is refused")
	fl.StringArrayVar(&f.xforward, "xforward", nil, "say for whom the mail is forwarded: `ATTR=V`, several in one")
	fl.StringSliceVar(&f.ignore, "ignore", nil, "treat these `KEYWORDS` as if they were not offered")
}

// apply puts what the flags ask for into a mail.
func (f *extensionFlags) apply(m *session.Mail) error {
	for _, set := range []func() error{f.checkModes, f.setMail, f.setRcpt} {
		if err := set(); err != nil {
			return err
		}
	}
	var err error
	if f.xclientAttrs, err = attributes("xclient", f.xclient); err != nil {
		return err
	}
	if f.xforwards, err = attributes("xforward", f.xforward); err != nil {
		return err
	}
	m.From.Params = append(m.From.Params, f.mail...)
	for i := range m.To {
		m.To[i].Params = append(m.To[i].Params, f.rcpt...)
	}
	m.UTF8 = f.smtputf8
	m.XClientFirst, m.XClientOptional = f.xclientFirst, f.xclientOptional
	m.XClient, m.XForward, m.Ignore = f.xclientAttrs, f.xforwards, f.ignore
	if f.size == "none" {
		m.Ignore = append(m.Ignore, "SIZE")
	}
	switch f.chunking {
	case "":
	case "all":
		m.Chunk = -1
	default:
		m.Chunk, err = strconv.ParseInt(f.chunking, 10, 64)
		if err != nil || m.Chunk <= 0 {
			return badValue("chunking", f.chunking, "expected a number of octets above 0")
		}
	}
	return nil
}

// size adds what only the finished content can tell.
func (f *extensionFlags) declare(m *session.Mail) {
	if f.size == "force" && m.Content != nil {
		m.From.Params = append(m.From.Params, session.Param{Key: "SIZE", Value: strconv.FormatInt(m.Content.Octets, 10)})
	}
}

func (f *extensionFlags) checkModes() error {
	if !slices.Contains([]string{"auto", "force", "off"}, f.pipeline) {
		return badValue("pipeline", f.pipeline, "expected auto, force or off")
	}
	if !slices.Contains([]string{"", "7bit", "8bitmime", "binarymime"}, strings.ToLower(f.bodyType)) {
		return badValue("body-type", f.bodyType, "expected 7bit, 8bitmime or binarymime")
	}
	if f.holdFor != 0 && f.holdUntil != "" {
		return badTogether([]string{"hold-for", "hold-until"}, "--hold-for %s and --hold-until %s contradict each other (RFC 4865, 5)", f.holdFor, f.holdUntil)
	}
	return nil
}

// setMail makes the parameters of MAIL.
func (f *extensionFlags) setMail() error {
	add := func(key, value string) { f.mail = append(f.mail, session.Param{Key: key, Value: value}) }
	switch f.size {
	case "auto", "none", "force":
	default:
		if _, err := strconv.ParseUint(f.size, 10, 63); err != nil {
			return badValue("size", f.size, "expected a number of octets, auto, force or none")
		}
		add("SIZE", f.size)
	}
	if f.bodyType != "" {
		add("BODY", strings.ToUpper(f.bodyType))
	}
	if f.ret != "" {
		ret := strings.ToUpper(f.ret)
		if ret != "FULL" && ret != "HDRS" {
			return badValue("ret", f.ret, "expected full or hdrs")
		}
		add("RET", ret)
	}
	if f.envid != "" {
		add("ENVID", session.XText(f.envid))
	}
	if err := f.setTimes(add); err != nil {
		return err
	}
	if f.priority != "" {
		// RFC 6710, 4.1: an optional minus and one digit
		if n, err := strconv.Atoi(f.priority); err != nil || n < -9 || n > 9 {
			return badValue("priority", f.priority, "expected a number from -9 to 9")
		}
		add("MT-PRIORITY", f.priority)
	}
	if f.requireTLS {
		add("REQUIRETLS", "")
	}
	if f.smtputf8 {
		add("SMTPUTF8", "")
	}
	if f.prdr {
		add("PRDR", "")
	}
	if f.mailAuth == "<>" {
		add("AUTH", "<>")
	} else if f.mailAuth != "" {
		add("AUTH", session.XText(f.mailAuth)) // RFC 4954, 5
	}
	return params("mail-param", f.mailParams, add)
}

// setTimes makes those parameters of MAIL that hold times.
func (f *extensionFlags) setTimes(add func(key, value string)) error {
	if f.deliverBy != "" {
		by, err := deliverBy(f.deliverBy)
		if err != nil {
			return badValue("deliver-by", f.deliverBy, "%w", err)
		}
		add("BY", by)
	}
	if f.holdFor != 0 {
		if f.holdFor < time.Second || f.holdFor%time.Second != 0 {
			return badValue("hold-for", f.holdFor, "expected whole seconds above 0")
		}
		add("HOLDFOR", strconv.FormatInt(int64(f.holdFor/time.Second), 10))
	}
	if f.holdUntil != "" {
		if err := checkDate(f.holdUntil); err != nil {
			return badValue("hold-until", f.holdUntil, "%w", err)
		}
		add("HOLDUNTIL", f.holdUntil)
	}
	return nil
}

// setRcpt makes the parameters of RCPT.
func (f *extensionFlags) setRcpt() error {
	add := func(key, value string) { f.rcpt = append(f.rcpt, session.Param{Key: key, Value: value}) }
	if f.notify != "" {
		when := strings.Split(strings.ToUpper(f.notify), ",")
		for _, w := range when {
			if !slices.Contains([]string{"NEVER", "SUCCESS", "FAILURE", "DELAY"}, w) || w == "NEVER" && len(when) > 1 {
				return badValue("notify", f.notify, "expected never, or some of success,failure,delay")
			}
		}
		add("NOTIFY", strings.Join(when, ","))
	}
	if f.orcpt != "" {
		kind, addr, ok := strings.Cut(f.orcpt, ";")
		if !ok {
			kind, addr = "rfc822", f.orcpt
		}
		add("ORCPT", kind+";"+session.XText(addr)) // RFC 3461, 4.2
	}
	if f.rrvs != "" {
		if err := checkDate(f.rrvs); err != nil {
			return badValue("rrvs", f.rrvs, "%w", err)
		}
		add("RRVS", f.rrvs)
	}
	return params("rcpt-param", f.rcptParams, add)
}

// deliverBy: RFC 2852, 4: by-time in seconds, a mode, and whether to trace.
func deliverBy(text string) (string, error) {
	words := strings.Split(text, ",")
	d, err := time.ParseDuration(words[0])
	if err != nil {
		n, nerr := strconv.Atoi(words[0])
		if nerr != nil {
			return "", fmt.Errorf("expected a time such as 90s or 2h")
		}
		d = time.Duration(n) * time.Second
	}
	mode, trace := "R", ""
	for _, w := range words[1:] {
		switch w = strings.ToUpper(w); w {
		case "R", "N":
			mode = w
		case "T":
			trace = w
		default:
			return "", fmt.Errorf("%q is none of R, N and T", w)
		}
	}
	return fmt.Sprintf("%d;%s%s", int64(d/time.Second), mode, trace), nil
}

func checkDate(text string) error {
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		return fmt.Errorf("expected a date as in 2030-01-31T12:00:00Z (RFC 3339)")
	}
	return nil
}

func params(flag string, texts []string, add func(key, value string)) error {
	for _, text := range texts {
		key, value, _ := strings.Cut(text, "=")
		if key == "" || strings.ContainsAny(text, " \r\n") {
			return badValue(flag, text, "expected K=V or K without blanks")
		}
		add(key, value)
	}
	return nil
}

// attributes reads ATTR=V pairs, several to a flag or one.
func attributes(flag string, texts []string) ([]session.Param, error) {
	var attrs []session.Param
	for _, text := range texts {
		for word := range strings.FieldsSeq(text) {
			key, value, ok := strings.Cut(word, "=")
			if !ok || key == "" {
				return nil, badValue(flag, word, "expected ATTR=VALUE")
			}
			attrs = append(attrs, session.Param{Key: strings.ToUpper(key), Value: value})
		}
	}
	return attrs, nil
}
