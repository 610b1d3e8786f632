package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const playedBack = `= smtp-transcript 1
= recorded 2026-11-23T18:50:12.345Z by=test
# a lesson
= connect host=a addr=192.0.2.1:25 from=b tls=none
+ 0.042
S: 220 a
+ 0.001
C: EHLO b
+ 0.019
S: 250-a
S: 250 AUTH LOGIN
= auth begin mech=LOGIN
+ 0.001
C: AUTH LOGIN
+ 0.001
S: 334 VXNlcm5hbWU6
+ 0.001
C> ${secret.1}
+ 0.001
S: 535 5.7.8 no
= auth end
@ break before the sender
+ 0.001
C: MAIL FROM:<x@y.example>
+ 0.001
S"250 \x1b[2J\r\n"
= invented by=a later version
# the end
`

const playedAll = `          # a lesson
    0.000 === connected to 192.0.2.1:25
            = waiting for the greeting
    0.042 <-  220 a
            = greeted
    0.001  -> EHLO b
    0.019 <-  250-a
          <-  250 AUTH LOGIN
            = ready
    0.001  -> AUTH LOGIN
    0.001 <-  334 VXNlcm5hbWU6
          === decoded: Username:
            = challenged
    0.001  -> ••••••••
    0.001 <** 535 5.7.8 no
            = ready
          --- before the sender
    0.001  -> MAIL FROM:<x@y.example>
    0.001 <-  250 \x1b[2J
              00000000  32 35 30 20 1b 5b 32 4a  0d 0a                    |250 .[2J..|
            = sender given · reverse-path <x@y.example> · responsible client
          # the end
`

// TestPlay: what is shown is what happened, with the state at each moment.
func TestPlay(t *testing.T) {
	file := written(t, "x.smtp", playedBack)
	last := "    0.001  -> MAIL"
	fromMail := strings.Replace(playedAll[strings.Index(playedAll, last):], "0.001", "0.000", 1)
	for _, c := range []struct {
		args []string
		keys string
		want string
	}{
		{nil, "", playedAll},
		{[]string{"--speed", "0"}, "", playedAll},
		{[]string{"--step", "--speed", "0.0001"}, strings.Repeat("\n", 20), playedAll},
		{[]string{"--step"}, "\n\nq\n", playedAll[:strings.Index(playedAll, "    0.001  -> EHLO")]},
		{[]string{"--from", "mail"}, "", "          --- before the sender\n" + fromMail},
		{[]string{"--from", "SENDER"}, "", "          --- before the sender\n" + fromMail},
		{[]string{"--from", "535", "--state", "none"}, "", "    0.000 <** 535 5.7.8 no\n          --- before the sender\n" + strings.Replace(playedAll[strings.Index(playedAll, last):], "            = sender given · reverse-path <x@y.example> · responsible client\n", "", 1)},
		{[]string{"--plain"}, "", "S: 220 a\nC: EHLO b\nS: 250-a\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: ••••••••\nS: 535 5.7.8 no\nC: MAIL FROM:<x@y.example>\nS: 250 \\x1b[2J\n"},
	} {
		code, out, stderr := ehlo(t, c.keys, append([]string{"play", file}, c.args...)...)
		if code != 0 || out != c.want {
			t.Errorf("%q: exit code %d, %s\n%s\nwant\n%s", c.args, code, stderr, out, c.want)
		}
		if c.keys == "" && !strings.Contains(stderr, ":27: = invented is not known") {
			t.Errorf("%q: %q", c.args, stderr)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		err  string
	}{
		{[]string{"--from", "nowhere"}, 1, `"nowhere" is nowhere in`},
		{[]string{"--state", "of the art"}, 1, "line, table or none"},
		{[]string{"--speed", "-1"}, 1, "not negative"},
	} {
		if code, _, stderr := ehlo(t, "", append([]string{"play", file}, c.args...)...); code != c.code || !strings.Contains(stderr, c.err) {
			t.Errorf("%q: exit code %d, %s", c.args, code, stderr)
		}
	}
	if code, out, stderr := ehlo(t, "", "play", "--speed", "0", written(t, "y.smtp", playedBack+"C& what\n")); code != 44 || !strings.Contains(out, "250 \\x1b") || !strings.Contains(stderr, "y.smtp:29:2: unknown operator") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, out)
	}
	if code, out, _ := ehlo(t, playedBack, "play", "-", "--step", "--state", "table"); code != 0 || !strings.Contains(out, "            = phase          sender given\n               reverse-path   <x@y.example>\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// TestPlayOpensNoSocket: under a filter of the kernel that ends the process at
// the first socket, a recording of the network is played and shown to its end.
func TestPlayOpensNoSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a filter of system calls is Linux'")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 puts the filter in place")
	}
	file := written(t, "x.smtp", playedBack)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	filtered := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), "python3", append([]string{"-c", noSockets, self}, args...)...)
		cmd.Env = append(os.Environ(), "EHLO_TEST_PROCESS=1")
		return cmd.CombinedOutput()
	}
	for _, args := range [][]string{{"play", "--speed", "0", file}, {"play", "--plain", file}, {"show", file}, {"fmt", file}, {"lint", file}} {
		if out, err := filtered(args...); err != nil {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
	}
	if out, err := filtered("probe", "127.0.0.1:9"); err == nil || !strings.Contains(err.Error(), "bad system call") {
		t.Errorf("the filter does not work: %v\n%s", err, out)
	}
	if rest, _ := os.ReadDir(filepath.Dir(file)); len(rest) != 1 {
		t.Errorf("it left %v behind", rest)
	}
}

// noSockets installs a filter (seccomp) and becomes what its arguments name:
// socket(2) is number 41 on amd64 and 198 on arm64.
const noSockets = `
import ctypes, os, platform, struct, sys
number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
code = b"".join(struct.pack("HBBI", *i) for i in [
    (0x20, 0, 0, 0),            # load the number of the call
    (0x15, 0, 1, number),       # is it socket?
    (0x06, 0, 0, 0x80000000),   # kill the process
    (0x06, 0, 0, 0x7fff0000)])  # allow
class Prog(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
prog = Prog(4, code)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(prog), 0, 0) == 0, ctypes.get_errno()
os.execv(sys.argv[1], sys.argv[1:])
`

// TestPlayPartlyAnswered: behind a reply that is only expected no state is shown,
// for the next one that came would be taken for it.
func TestPlayPartlyAnswered(t *testing.T) {
	text := "= smtp-transcript 1\nS: 220 a\nC: EHLO b\nS? 250 *\nC: MAIL FROM:<a@b>\nS: 250 ok\nC: QUIT\nS: 221 bye\n"
	code, stdout, stderr := ehlo(t, text, "play", "--speed", "0", "-")
	if code != exitDone || !strings.Contains(stdout, "= greeted") || strings.Contains(stdout, "reverse-path") || strings.Contains(stdout, "= ready") || !strings.Contains(stderr, "no state is shown to follow") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestPlayWithoutAnswers: a test shows no states, and it is said why.
func TestPlayWithoutAnswers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.smtp")
	for text, want := range map[string]bool{"S? 220 *\nC: NOOP\nS? 250 *\n": true, "S? 220 *\nC: NOOP\nS: 250 a\n": true, "S: 220 a\nC: NOOP\nS: 250 a\nS? 250 *\nC: QUIT\nS: 221 a\n": false, "S: 220 a\n": false} {
		if err := os.WriteFile(file, []byte("= smtp-transcript 1\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := ehlo(t, "", "play", file)
		if code != exitDone || strings.Contains(stderr, "x.smtp: it says what is expected, and not what was answered") != want {
			t.Errorf("%s: exit code %d, %q", text, code, stderr)
		}
	}
}
