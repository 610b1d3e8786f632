package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// peer is a mail server that ehlo is tried against.
type peer struct {
	name  string
	addrs []string // its ports
	ca    string   // PEM file of its certificate
	user  string   // what alice logs in as
}

// serverStore is where make servers puts them.
func serverStore() string {
	if store := os.Getenv("EHLO_SERVERS"); store != "" {
		return store
	}
	return "/var/cache/ehlo-servers"
}

// fromPostfix is a command of Postfix' own: of this machine, or of the server
// that make servers installs. nil if there is none.
func fromPostfix(name string, args ...string) *exec.Cmd {
	if _, err := exec.LookPath(name); err == nil {
		return exec.Command(name, args...)
	}
	root := filepath.Join(serverStore(), "postfix")
	path := filepath.Join(root, "usr/sbin", name)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	cmd := exec.Command(path, args...)
	libraries, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(append(libraries, filepath.Join(root, "usr/lib/postfix")), ":"))
	return cmd
}

// startPeer starts testdata/servers/NAME.sh. Where it cannot the test is
// skipped and says why; EHLO_INTEROP=require makes that a failure.
func startPeer(t *testing.T, name string, env ...string) peer {
	t.Helper()
	cannot := t.Skipf
	if os.Getenv("EHLO_INTEROP") == "require" {
		cannot = t.Fatalf
	}
	switch _, err := os.Stat(filepath.Join(serverStore(), name)); {
	case runtime.GOOS != "linux":
		cannot("%s is started on Linux only", name)
	case os.Getuid() != 0:
		cannot("%s is started by root only", name)
	case err != nil:
		cannot("%s is not there; make interop installs it: %v", name, err)
	}
	script, err := filepath.Abs("testdata/servers/" + name + ".sh")
	if err != nil {
		t.Fatal(err)
	}
	for tries := 3; ; tries-- { // by now somebody else may have taken a port
		dir, port := t.TempDir(), freePorts(t, 3)
		err := runPeer(t, script, dir, port, env)
		if err == nil {
			p := peer{name: name, user: "alice", ca: filepath.Join(dir, "root/etc/cert.pem")}
			for i := range 3 {
				p.addrs = append(p.addrs, fmt.Sprintf("127.0.0.1:%d", port+i))
			}
			return p
		}
		if tries == 1 {
			t.Fatalf("%s start: %v", name, err)
		}
		t.Logf("%s does not start at port %d: %v", name, port, err)
	}
}

// runPeer runs the script of a server until the test ends.
func runPeer(t *testing.T, script, dir string, port int, env []string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", script, "start", dir, fmt.Sprint(port))
	cmd.Env = append(os.Environ(), env...)
	var errs strings.Builder
	cmd.Stderr = &errs
	t.Cleanup(func() { // not under t.Context, which has ended
		if out, err := exec.Command("bash", script, "stop", dir).CombinedOutput(); err != nil {
			t.Errorf("%s stop: %v: %s", script, err, out)
		}
	})
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "ready ") {
		return fmt.Errorf("%v: %s%s", err, out, errs.String())
	}
	return nil
}

// freePorts finds n ports in a row that nobody listens on, below those that
// the system gives to clients.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	first := 15000 + os.Getpid()*8%15000
	for port := first; port < first+2000; port += n {
		free := true
		for i := range n {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+i))
			if err != nil {
				free = false
				break
			}
			l.Close()
		}
		if free {
			return port
		}
	}
	t.Fatal("no free ports")
	return 0
}

// talk is one run of ehlo send against a peer.
type talk struct {
	name string
	at   int // which port
	args []string
	code int
	want []string // what the output says, in this order
}

// inPieces is a line of the server that arrived in more than one piece, which is
// a matter of luck.
var inPieces = regexp.MustCompile(`(?m)^(<.*)…\n<(-|~|\*\*|~\*) +`)

// try has the talk and checks how it ended and what was said.
func (p peer) try(t *testing.T, c talk) (stdout string) {
	t.Helper()
	args := append(c.args, p.addrs[c.at])
	if !slices.Contains(args, "--to") {
		args = append(args, "--to", "alice@test.example")
	}
	if !slices.Contains(args, "--tls") {
		args = append(args, "--tls", "never")
	}
	code, stdout, stderr := ehlo(t, "", send(append(args, "--ca", p.ca)...)...)
	if code != c.code {
		t.Errorf("exit code %d, want %d: %s\n%s", code, c.code, stderr, tail(stdout))
	}
	rest := stdout
	for inPieces.MatchString(rest) {
		rest = inPieces.ReplaceAllString(rest, "$1")
	}
	for _, want := range c.want {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Errorf("no %q, or not in its place, in\n%s%s", want, tail(stdout), stderr)
			break
		}
		rest = after
	}
	return stdout
}

// tryAll has each talk as a test of its own, records it and runs the recording
// again, which must not differ.
func (p peer) tryAll(t *testing.T, talks []talk) {
	t.Helper()
	t.Setenv("EHLO_TEST_PASSWORD", "wonderland")
	t.Setenv("EHLO_TEST_USER", p.user)
	for _, c := range talks {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "talk.smtp")
			c.args = append(slices.Clone(c.args), "--transcript", file)
			p.try(t, c)
			// Who closes first, and what is still heard, is a matter of luck then.
			if !strings.HasPrefix(c.name, "oversize") && c.name != "21 unknown commands" {
				p.again(t, file, c)
			}
		})
	}
}

// again replays a recording of a talk.
func (p peer) again(t *testing.T, file string, c talk, more ...string) {
	t.Helper()
	target := p.addrs[c.at]
	if slices.Contains(c.args, "implicit") {
		target = "smtps://" + target
	}
	args := []string{"replay", file, "--against", target, "--ca", p.ca, "--secret", "user=env:EHLO_TEST_USER", "--secret", "password=env:EHLO_TEST_PASSWORD"}
	for _, flag := range []string{"--cert", "--key", "--tls-max"} {
		if i := slices.Index(c.args, flag); i >= 0 {
			args = append(args, c.args[i:i+2]...)
		}
	}
	code, stdout, stderr := ehlo(t, "", append(args, more...)...)
	if code != exitDone {
		t.Errorf("replay: exit code %d\n%s%s", code, tail(stdout), stderr)
	}
}

// tail shortens a conversation to what a person reads.
func tail(s string) string {
	const most = 6000
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}
