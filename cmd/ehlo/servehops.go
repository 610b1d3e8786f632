package main

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session/channel"
	"ehlo/session/practice"
	"ehlo/session/practice/network"
)

// hopsFlags say what the network behind practice:hops is like.
type hopsFlags struct {
	dns, gateway string
	down         []string

	flags *pflag.FlagSet
	net   *network.Network // once it is made
}

func (f *hopsFlags) add(flags *pflag.FlagSet) {
	f.flags = flags
	flags.StringVar(&f.dns, "dns", "", "answer DNS at `ADDR`, and have each host listen at the address that it gives, 127.1.0.1 and so on, and the port of --listen")
	flags.StringSliceVar(&f.down, "down", nil, "`HOST[:TIME]` that is down, for so long or for ever, in place of mx1.destination.example; '' is none")
	flags.StringVar(&f.gateway, "gateway", "", "`WHERE` mail for elsewhere.example leaves SMTP: maildir:DIR or pipe:'COMMAND ARGS'")
}

// given names a flag that was given, if one was.
func (f *hopsFlags) given() (name string) {
	f.flags.VisitAll(func(x *pflag.Flag) {
		if x.Changed {
			name = "--" + x.Name
		}
	})
	return name
}

// origin makes the network, and returns the server that clients talk to.
func (f *hopsFlags) origin(sc practice.Scenario, o practice.Options, w io.Writer) (*practice.Server, error) {
	transport, err := gateway(f.gateway)
	if err != nil {
		return nil, fail(exitUsage, "serve --gateway %s: %w", f.gateway, err)
	}
	f.net = network.New(network.Options{
		Server: o, Scenario: sc, Transport: transport, Loopback: f.dns != "", Retry: hurried(network.Retries(), o.Hurry),
		Log: func(e network.Entry) { printf(w, "%s %s\n", e.Host, e.Text) },
	})
	if f.down != nil {
		err = f.takeDown()
	}
	return f.net.Origin().Server, err
}

// gateway is what takes mail out of SMTP.
func gateway(text string) (network.Transport, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch {
	case text == "":
		return nil, nil
	case kind == "maildir" && rest != "":
		return network.Maildir(rest), nil
	case kind == "pipe" && rest != "":
		words, err := channel.Words(rest)
		if err == nil && len(words) == 0 {
			err = errors.New("the command is missing")
		}
		if err != nil {
			return nil, err
		}
		return network.Pipe(words[0], words[1:]...), nil
	}
	return nil, errors.New("expected maildir:DIR or pipe:'COMMAND ARGS'")
}

func hurried(waits []time.Duration, by float64) []time.Duration {
	for i := range waits {
		waits[i] = time.Duration(float64(waits[i]) / by)
	}
	return waits
}

// takeDown has those hosts down that were named, and no others.
func (f *hopsFlags) takeDown() error {
	for _, h := range f.net.Hosts() {
		named := func(text string) bool { name, _, _ := strings.Cut(text, ":"); return name == h.Name }
		if h.Down() && !slices.ContainsFunc(f.down, named) {
			_ = f.net.SetDown(h.Name, false)
		}
	}
	for _, text := range f.down {
		if text == "" {
			continue
		}
		name, after, timed := strings.Cut(text, ":")
		d, err := time.ParseDuration(after)
		if timed && (err != nil || d <= 0) {
			return fail(exitUsage, "serve --down %s: expected HOST or HOST:TIME, as in mx1.destination.example:30s", text)
		}
		if err := f.net.SetDown(name, true); err != nil {
			return fail(exitUsage, "serve --down %s: there is no such host; there are %s", text, strings.Join(f.names(), ", "))
		}
		if timed {
			time.AfterFunc(d, func() { _ = f.net.SetDown(name, false) })
		}
	}
	return nil
}

func (f *hopsFlags) names() (list []string) {
	for _, h := range f.net.Hosts() {
		list = append(list, h.Name)
	}
	return list
}

// open lets programs outside see the network, if they are to: its DNS, and the
// hosts at the port that the origin listens on.
func (f *hopsFlags) open(ctx context.Context, origin net.Addr, w io.Writer) error {
	if f.net == nil {
		return nil
	}
	context.AfterFunc(ctx, f.net.Close)
	if f.dns == "" {
		return nil
	}
	port := uint16(origin.(*net.TCPAddr).Port)
	if _, err := f.net.Listen(port); err != nil {
		return fail(exitUsage, "serve --dns: %w", err)
	}
	addr, err := f.net.ListenDNS(ctx, f.dns)
	if err != nil {
		return fail(exitUsage, "serve --dns %s: %w", f.dns, err)
	}
	printf(w, "DNS on %s\n", addr)
	for _, h := range f.net.Hosts() {
		state := ""
		if h.Down() {
			state = ", down"
		}
		printf(w, "%s is %s:%d (%s%s)\n", h.Name, h.Addr, port, h.Role, state)
	}
	return nil
}
