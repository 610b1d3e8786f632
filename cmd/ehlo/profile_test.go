package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// wrongSettings gives each setting that can stand in a profile a value that
// cannot be, as TOML; what else the profile must say stands before it.
var wrongSettings = []struct{ key, value, before, want string }{
	{"from", `"a\nb"`, "", "line break"},
	{"to", `"a\nb"`, "", "line break"},
	{"helo", `"a\nb"`, "", "line break"},
	{"hello", `"HI"`, "", "expected EHLO, HELO or LHLO"},
	{"subject", `"a\nb"`, "", "line break"},
	{"body", `"@/does/not/exist"`, "", "no such file"},
	{"html", `"@/does/not/exist"`, "", "no such file"},
	{"header", `["X-A: 1", "no colon"]`, "", "no colon"},
	{"attach", `"/does/not/exist"`, "", "no such file"},
	{"message", `"/does/not/exist"`, "", "no such file"},
	{"dkim", `"x"`, "", "SELECTOR:DOMAIN:KEYFILE"},
	{"mangle", `"everything"`, "", `there is no "everything"`},
	{"smuggle", `"@/does/not/exist"`, "mangle = \"end-lf.lf\"\n", "no such file"},
	{"tls", `"sometimes"`, "", "expected auto, never, require or implicit"},
	{"ca", `"/does/not/exist"`, "", "no such file"},
	{"cert", `"/does/not/exist"`, "", "belong together"},
	{"key", `"/does/not/exist"`, "", "belong together"},
	{"tls-min", `"1.9"`, "", "expected 1.0"},
	{"tls-max", `1.9`, "", "expected 1.0"},
	{"tls-cipher", `"ROT13"`, "", "no suite"},
	{"keylog", `"/does/not/exist"`, "", "no such file"},
	{"auth", `"FROB"`, "user = \"alice\"\n", "there are ANONYMOUS"},
	{"user", `"alice"`, "", "needs a password"},
	{"authzid", `"alice"`, "", "need --user"},
	{"password-from", `"env:EHLO_NO_SUCH_VARIABLE"`, "user = \"alice\"\n", "the environment has no"},
	{"channel-binding", `"tls-unique"`, "", "expected tls-exporter or tls-server-end-point"},
	{"pipeline", `"often"`, "", "expected auto, force or off"},
	{"chunking", `0`, "", "above 0"},
	{"body-type", `"9bit"`, "", "expected 7bit"},
	{"size", `"big"`, "", "expected a number"},
	{"ret", `"all"`, "", "expected full or hdrs"},
	{"notify", `"never,delay"`, "", "expected never"},
	{"deliver-by", `"soon"`, "", "expected a time"},
	{"hold-for", `"1ms"`, "", "whole seconds"},
	{"hold-until", `"tomorrow"`, "", "expected a date"},
	{"priority", `11`, "", "from -9 to 9"},
	{"rrvs", `"yesterday"`, "", "expected a date"},
	{"mail-param", `"=x"`, "", "expected K=V"},
	{"rcpt-param", `"=x"`, "", "expected K=V"},
	{"xclient", `"NAME"`, "", "expected ATTR=VALUE"},
	{"xforward", `"NAME"`, "", "expected ATTR=VALUE"},
	{"family", `5`, "", "expected 4 or 6"},
	{"local-addr", `"here"`, "", "expected ADDR"},
	{"proxy", `"ftp://x"`, "", "not supported"},
	{"proxy-protocol", `"v3"`, "", "v3"},
	{"resolver", `"not an address"`, "", "write an IP address"},
	{"mx-port", `65536`, "", "from 1 to 65535"},
	{"timeout", `"-1s"`, "", "above 0"},
	{"stop-before", `"lunch"`, "", "no stage"},
	{"stop-after", `"lunch"`, "", "no stage"},
	{"drop-after", `"lunch"`, "", "no stage"},
	{"drop-after-send", `"lunch"`, "", "no stage"},
	{"also", `"NOOP"`, "", "expected STEP=LINE"},
	{"repeat", `0`, "", "1 or more"},
	{"transcript", `"/does/not/exist"`, "", "no such file"},
	{"inline-max", `-1`, "transcript = \"%s/x.smtp\"\n", "from 0 to"},
	{"keep-secrets", `true`, "", "want --transcript"},
	{"sync", `true`, "", "want --transcript"},
	{"save-certs", `"/etc/passwd"`, "", "is no certificate"},
	{"queue-on-failure", `true`, "repeat = 2\n", "one whole mail"},
	{"target", `"host:port:25"`, "", "target"},
}

// anyText are the settings that no value is wrong for before a server has
// seen it, and breakpoints, which only the terminal interface reads.
var anyText = []string{"server-name", "verify-name", "envid", "orcpt", "mail-auth", "ignore", "break"}

// TestWrongSettingsOfAProfile: whatever is wrong with a setting of a profile
// is told with its line and its key.
func TestWrongSettingsOfAProfile(t *testing.T) {
	seen := map[string]bool{"target": true}
	for _, c := range wrongSettings {
		t.Run(c.key, func(t *testing.T) {
			wrongSetting(t, c.key, c.value, c.before, c.want)
		})
		seen[c.key] = true
	}
	sendCommand(streams{}).Flags().VisitAll(func(x *pflag.Flag) {
		switch {
		case x.Value.Type() == "bool" || x.Value.Type() == "int" || x.Value.Type() == "duration":
			t.Run(x.Name+"_type", func(t *testing.T) { wrongSetting(t, x.Name, `"x"`, "", `"x": expected `) })
		case !isSetting(x.Name) || slices.Contains(anyText, x.Name) || seen[x.Name]:
		default:
			t.Errorf("%s: no wrong value is tried", x.Name)
		}
	})
}

func wrongSetting(t *testing.T, key, value, before, want string) {
	if !isSetting(key) {
		want = "there is no such setting"
	}
	dir := configured(t, nil)
	if strings.Contains(before, "%s") {
		before = fmt.Sprintf(before, dir)
	}
	text := "# mine\n[ profile.\"work\" ] # at the office\n" + before + key + " = " + value + "\n"
	configured(t, map[string]string{"config.toml": text})
	args := []string{"send", "--profile", "work"}
	if key != "to" {
		args = append(args, "--to", "bob@practice.example")
	}
	if key != "target" {
		args = append(args, "smtp://127.0.0.1:1")
	}
	code, _, stderr := ehlo(t, "", args...)
	where := fmt.Sprintf("%s:%d: profile work: ", filepath.Join("ehlo", "config.toml"), 3+strings.Count(before, "\n"))
	if code != exitUsage || !strings.Contains(stderr, where) || !strings.Contains(stderr, " "+key) || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %q; want %q and %q in one line", code, stderr, where, want)
	}
}

// TestWhereASettingStands: however the table is written.
func TestWhereASettingStands(t *testing.T) {
	for text, line := range map[string]int{
		"[profile.work]\nfrom = \"\"\nret = 'x'\n":                       3,
		"[profile]\nwork.ret = 'x'\n":                                    2,
		"profile.work.ret = 'x'\n":                                       1,
		"[profile]\n\nwork = { from = '', ret = 'x' }\n":                 3,
		"[profile.home]\ntls='never'\n[profile.work] # a\n'ret' = 'x'\n": 4,
	} {
		configured(t, map[string]string{"config.toml": text})
		code, _, stderr := ehlo(t, "", append(send("--to", "bob@practice.example"), "--profile", "work", "practice")...)
		if want := fmt.Sprintf("config.toml:%d: profile work: ret x: ", line); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit code %d, %q; want %q", text, code, stderr, want)
		}
	}
}
