package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/session/channel"
	"ehlo/transcript"
	"ehlo/transcript/replay"
)

const replayLong = `Run recordings again, against a server that is named here: the recorded address
is never connected to by itself. Each recorded command is sent as soon as the
replies before it have come, and each reply is compared with the recorded one:
code, enhanced code, number and order strictly, offered keywords as a set, texts
as a note. At the first reply of another class the run ends with QUIT.

A folder stands for all .smtp files in it. Where a file has expectations (S?,
S+, S!, @ expect), they are compared in place of what was recorded: so a file
written by hand is a test.

--ignore takes a list of enhanced, lines, keyword, keyword=NAME, parameter,
parameter=NAME, text, octets, ending, tls, tls=FACT, end, time and surplus.

Content is sent only after a 354. Secrets are not in transcripts. A login is
computed again from --secret password=SOURCE, and from --secret user=SOURCE if
the recording does not name the user; what else was masked, as in ${secret.2},
is --secret secret.2=SOURCE. A SOURCE is env:VAR, file:PATH, command:CMD or
prompt, never the value. What is missing is asked for, if there is a terminal.
A login that cannot be computed again ends the run and counts as a difference.
So does a certificate that was verified then and is not now: --ca names who may
have issued it, --insecure goes on all the same, --ignore tls has it not count.

Exit code 0: all the same; 41: something differs, or was not played; 2: no
connection; 29: no TLS; 43: no greeting in time; 44: unreadable transcript;
46: a value is missing. Of several files it is that of the first that failed.`

const replayExample = `  ehlo replay session.smtp --against practice
  ehlo replay tests/ --against smtp://localhost:2525 -j 8 --report junit=out.xml
  ehlo replay login.smtp --against localhost:2525 --secret password=env:PASSWORD
  ehlo replay session.smtp --against practice --compare text --ignore keyword=SIZE
  ehlo replay session.smtp --against practice --rcpt-map '*=bob@test.example'
  ehlo replay session.smtp --against practice --accept     # its replies, into the file`

// replayFlags are the flags of ehlo replay as they were given.
type replayFlags struct {
	against  string
	sameHost bool
	secrets  []string
	set      []string
	rcptMap  []string
	compare  string
	ignore   string
	refresh  string
	onDiff   string
	record   string
	reports  []string
	shard    string
	timeout  time.Duration
	jobs     int
	repeat   int
	maxNotes int

	accept, timing, captures, explain, keepGoing, insecure bool

	tls tlsFlags
}

func replayCommand(std streams) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use: "replay [flags] FILE... --against TARGET", Short: "Re-run recordings and print the differences",
		Long: replayLong, Example: replayExample, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "replay: no FILE given; see ehlo replay --help")
			}
			r, err := f.replay(cmd, args, std)
			if err != nil {
				return err
			}
			return r.all(cmd.Context())
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.against, "against", "", "the `TARGET` to run against (required)")
	fs.BoolVar(&f.sameHost, "same-host", false, "run against the recorded server; in place of --against")
	fs.StringVar(&f.compare, "compare", "code", "`HOW` strictly: code, text or octets")
	fs.StringVar(&f.ignore, "ignore", "", "`WHAT` does not count; see above")
	fs.IntVar(&f.maxNotes, "max-notes", -1, "more notes than `N` are a difference; -1: any number is none")
	fs.BoolVar(&f.explain, "show-normalised", false, "list what was not compared because it changes from run to run, and why")
	fs.StringVar(&f.onDiff, "on-diff", "stop", "`WHAT` to do behind a reply of another class: stop or continue")
	fs.StringArrayVar(&f.set, "set", nil, "`NAME=VALUE`: helo, from, or a variable ${NAME}; repeat it")
	fs.StringArrayVar(&f.rcptMap, "rcpt-map", nil, "`OLD=NEW` recipients; OLD is a path, @DOMAIN or *; repeat it")
	fs.StringVar(&f.refresh, "refresh", "", "`WHAT` of each message is made anew: date,message-id,boundary")
	fs.StringArrayVar(&f.secrets, "secret", nil, "`NAME=SOURCE` of a secret: env:VAR, file:PATH, command:CMD or prompt; repeat it")
	fs.DurationVar(&f.timeout, "timeout", 0, "wait `TIME` for each connection and reply (default: as RFC 5321 says)")
	fs.BoolVar(&f.timing, "timing", false, "wait between commands as long as was waited then")
	fs.StringVar(&f.record, "record", "", "`FILE` for the new run, or a folder for several")
	fs.BoolVar(&f.accept, "accept", false, "put the replies that differ into the files; goes on where it can, unless --on-diff stop")
	fs.BoolVar(&f.captures, "print-captures", false, "print NAME=VALUE of what was captured, queue ids among them")
	fs.IntVarP(&f.jobs, "jobs", "j", 1, "`N` replays at once")
	fs.IntVar(&f.repeat, "repeat", 1, "run each file `N` times")
	fs.StringVar(&f.shard, "shard", "", "`I/N`: only the I-th of N parts of the files, for runners side by side")
	fs.StringArrayVar(&f.reports, "report", nil, "`FORMAT[=FILE]`: text, json, junit or tap; repeat it")
	fs.BoolVar(&f.keepGoing, "keep-going", false, "use what can be read of a damaged file")
	fs.BoolVar(&f.insecure, "insecure", false, "go on although the certificate is not verified")
	f.tls.addHandshake(fs)
	return cmd
}

// replay makes of the flags what is to be done.
func (f *replayFlags) replay(cmd *cobra.Command, args []string, std streams) (*replays, error) {
	r := &replays{f: f, std: std}
	o := &r.options
	var err error
	switch {
	case f.against == "" && !f.sameHost:
		return nil, fail(exitUsage, "replay: no server to run against; give --against TARGET")
	case f.against != "" && f.sameHost:
		return nil, fail(exitUsage, "replay: --against and --same-host exclude each other")
	case f.jobs < 1 || f.repeat < 1:
		return nil, fail(exitUsage, "replay: --jobs and --repeat want a number from 1 on")
	case f.onDiff != "stop" && f.onDiff != "continue":
		return nil, fail(exitUsage, "replay: --on-diff %q: there are stop and continue", f.onDiff)
	}
	if f.against != "" {
		if o.Session.Target, err = target(f.against); err != nil {
			return nil, err
		}
	}
	if o.Session.TLS, err = f.tls.handshake(); err != nil {
		return nil, fail(exitUsage, "replay: %w", err)
	}
	o.Session.Dial, o.Session.Timeout = dialWith(channel.Dialer{}), f.timeout
	o.Continue = f.onDiff == "continue" || f.accept && !cmd.Flags().Changed("on-diff")
	o.Timing, o.Insecure = f.timing, f.insecure
	if err := f.rewrite(r); err != nil {
		return nil, fail(exitUsage, "replay: %w", err)
	}
	if err := r.secrets.read(cmd.Context(), f.secrets, std); err != nil {
		return nil, err
	}
	if r.files, err = transcriptsIn(args); err != nil {
		return nil, err
	}
	return r, r.share(f.shard)
}

// rewrite reads the flags that have a small language each.
func (f *replayFlags) rewrite(r *replays) error {
	o := &r.options
	var errs [3]error
	o.Compare.Level, errs[0] = transcript.ParseLevel(f.compare)
	o.Compare.Ignore, errs[1] = transcript.ParseIgnore(f.ignore)
	o.Rewrite.Refresh, errs[2] = replay.ParseRefresh(f.refresh)
	o.Compare.Timing = f.timing
	for i, name := range []string{"compare", "ignore", "refresh"} {
		if errs[i] != nil {
			return fmt.Errorf("--%s: %w", name, errs[i])
		}
	}
	for _, text := range f.rcptMap {
		m, err := replay.ParseMapping(text)
		if err != nil {
			return fmt.Errorf("--rcpt-map %w", err)
		}
		o.Rewrite.Rcpt = append(o.Rewrite.Rcpt, m)
		r.idle.add("--rcpt-map "+text+": no recipient fits", m.Fits)
	}
	o.Variables = map[string]string{}
	for _, text := range f.set {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok || name == "":
			return fmt.Errorf("--set %q: expected NAME=VALUE", text)
		case strings.ContainsAny(value, "\r\n"):
			return fmt.Errorf("--set %s: the value has a line end", name)
		case name == "helo":
			o.Rewrite.Helo = value
		case name == "from":
			o.Rewrite.From = value
		default:
			o.Variables[name] = value
			r.idle.add("--set "+name+": no file has ${"+name+"}", func(t *transcript.Transcript) bool { return t.Uses(name) })
		}
	}
	return nil
}

// replayCode says why a run could not be compared to its end.
func replayCode(r *replay.Report, err error) int {
	var missing *transcript.MissingError
	switch {
	case errors.As(err, &missing):
		return exitMissing
	case errors.Is(err, replay.ErrNothing):
		return exitTranscript
	case r == nil:
		return exitUsage
	}
	var state session.State
	for _, e := range r.Events {
		state = state.Apply(e)
	}
	switch state.Fault {
	case session.FaultConnect, session.FaultResolve:
		return exitConnect
	case session.FaultTLS:
		return exitTLS
	case session.FaultTimeout:
		return exitTimeout
	}
	return exitDiffers
}
