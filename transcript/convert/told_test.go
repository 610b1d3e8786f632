package convert

import (
	"bytes"
	"html"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ehlo/session"
	"ehlo/transcript"
)

// literal are the formats of programs that say whose a line is and what was in
// it; of the others something is always guessed.
var literal = []string{
	"pcap", "swaks", "curl", "curl-trace", "smtplib", "phpmailer", "nodemailer", "exim", "exim-server",
	"cmy", "kumo", "haraka", "postfix", "postfix-notice", "follow", "strace",
}

var aMark = regexp.MustCompile(`taken for a (?:label|mark) of the \w+: (.*)$`)

// TestEveryGuessIsTold: a line of the transcript either stands in the file as it
// is, with a label of the format's own, or a warning says what it was made of.
func TestEveryGuessIsTold(t *testing.T) {
	t.Parallel()
	files := samples(t)
	rfcs, err := filepath.Glob("../testdata/rfc/*.txt")
	if err != nil || len(rfcs) == 0 {
		t.Fatal(err)
	}
	for _, f := range rfcs {
		files[f] = "rfc"
	}
	for file, format := range files {
		if slices.Contains(literal, format) || format == "hexdump" || strings.Contains(file, "socat") || strings.Contains(file, "tcpdump-hex") {
			continue // the last three show each octet
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			data := read(t, file)
			text, report := imported(t, data, options(t, file))
			tr, err := transcript.Parse(file, strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			raw := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
			for _, e := range tr.Events() {
				line := strings.TrimSuffix(string(e.Data), "\r\n")
				if e.Kind != session.Sent && e.Kind != session.Received || e.Bulk != nil || len(e.Secret) > 0 || bytes.Contains(e.Data, []byte("${")) {
					continue
				}
				label := "S: "
				if e.Kind == session.Sent {
					label = "C: "
				}
				if !asItStands(raw, label, line) && !told(raw, report.Warnings, line) {
					t.Errorf("nothing says how this came: %s%s\n%v", label, line, report.Warnings)
				}
			}
		})
	}
}

// asItStands reports whether a line of the file is one of the format already.
func asItStands(raw []string, label, line string) bool {
	return slices.ContainsFunc(raw, func(l string) bool { return strings.TrimRight(l, " ") == strings.TrimRight(label+line, " ") })
}

// changes are what a warning about a whole file says was done to its lines. A
// line is explained by it if the file has it so changed, at that line or behind.
var changes = []struct {
	told   string
	change func(string) string
}{
	{"told by the protocol", asIs}, {"CRLF is written", asIs}, {"taken away", asIs}, {"as they are like replies", asIs}, {"before the labels", asIs},
	{"entities were resolved", html.UnescapeString},
	{"changed back", strings.NewReplacer("–", "-", "\u00a0", " ").Replace},
	{"quoted-printable", strings.NewReplacer("=3D", "=").Replace},
	{"UTF-16", func(l string) string { return strings.ReplaceAll(l, "\x00", "") }},
	{"the cursor goes back", func(l string) string { return strings.ReplaceAll(l, "xx\b \b\b \b", "") }},
	{"doubles the dots", func(l string) string { return strings.Replace(l, " .", " ..", 1) }},
	{"quotes are doubled", strings.NewReplacer(`""`, `"`).Replace},
	{"one blank", asIs}, {"line ends are a guess", asIs}, {"stands for CR", asIs}, {"the other way round", asIs},
	{"for the end of a line", asIs}, {"in quotes below who says it", asIs}, {"a dialogue in one line", asIs}, {"S and C", asIs},
}

// ofCodes is a warning about the code of a line, or what stands behind it.
var ofCodes = regexp.MustCompile(`codes are a guess|have no code|which line of a reply is the last`)

func asIs(l string) string { return l }

// told reports whether a warning is about a line: one of all lines, or one that
// shows the mark before it, or one of a line of the file that it came from.
func told(raw []string, warnings []transcript.Warning, line string) bool {
	for _, w := range warnings {
		at := min(max(w.Line-1, 0), len(raw)-1)
		for _, c := range changes {
			if strings.Contains(w.Text, c.told) && slices.ContainsFunc(raw[at:], func(l string) bool { return strings.Contains(c.change(l), strings.TrimSpace(line)) }) {
				return true
			}
		}
		if ofCodes.MatchString(w.Text) && len(line) > 4 && slices.ContainsFunc(raw[at:], func(l string) bool { return strings.Contains(l, line[4:]) }) {
			return true
		}
		if strings.Contains(raw[at], line) || strings.Contains(line, strings.TrimSpace(raw[at])) {
			return true
		}
		m := aMark.FindStringSubmatch(w.Text)
		if m != nil && len(line) > 4 && strings.Trim(m[1], "[]") == line[:3] && strings.Contains(raw[at], line[4:]) {
			return true // the code is the mark
		}
		if m != nil && slices.ContainsFunc(raw, func(l string) bool {
			return strings.Contains(digits().ReplaceAllString(l, "0"), digits().ReplaceAllString(m[1], "0")) && strings.Contains(l, line)
		}) {
			return true
		}
	}
	return false
}

// TestMarksAreTold: each mark of a program that is not known is named where it
// comes first, for either side.
func TestMarksAreTold(t *testing.T) {
	for name, marks := range map[string][]string{
		"numbered":  {"1. Server: 220 a\n2. Client: EHLO b\n3. Server: 250 a\n4. Client: QUIT\n5. Server: 221 a\n", "Server:", "Client:"},
		"boxed":     {"[S] 220 a\n[C] EHLO b\n[S] 250 a\n[C] QUIT\n[S] 221 a\n", "[S]", "[C]"},
		"arrows":    {"<-- 220 a\n--> EHLO b\n<-- 250 a\n--> QUIT\n<-- 221 a\n", "<--", "-->"},
		"angles":    {"< 220 a\n> EHLO b\n< 250 a\n> QUIT\n< 221 a\n", "<", ">"},
		"swaks":     {"<-  220 a\n -> EHLO b\n<-  250 a\n -> QUIT\n<-  221 a\n", "<-", "->"},
		"learned":   {"mx says 220 a\nwe say EHLO b\nmx says 250 a\nwe say QUIT\nmx says 221 a\n", "mx says", "we say"},
		"one-sided": {"220 a\n>>> EHLO b\n250 a\n>>> QUIT\n221 a\n", "have no mark", ">>>"},
		"tcpflow":   {"192.000.002.025.00025-192.000.002.077.51234: 220 a\n\n192.000.002.077.51234-192.000.002.025.00025: EHLO b\n\n192.000.002.025.00025-192.000.002.077.51234: 250-a\n250 b\n", "CRLF is written"},
		"hexdump":   {"< 0000  32 32 30 20 61 0d 0a   220 a..\n> 0000  45 48 4c 4f 20 62 0d 0a   EHLO b..\n", "mark of the server: <", "mark of the client: >"},
		"bare":      {"220 a\nEHLO b\n250 a\nQUIT\n221 a\n", "told by the protocol", "CRLF is written"},
		"labels":    {"   (R) 220 a\n   C: EHLO b\n   S: 250 a\n", "blanks stand before every line"},
		"page":      {"C: EHLO b\nS: 250-a\n\f\nSmith           Standards Track     [Page 3]\nS: 250 b\n", "furniture"},
		"joined":    {"Server: 250-a.test.example greets\n   you\nServer: 250 b\nClient: QUIT\n", "goes on with the one before"},
		"glued":     {"C:EHLO b\nS:250 a\n", "one blank"},
		"remark":    {"S: 220 a <-- hello\nC: EHLO b\nS: 250 a\n", "remark"},
	} {
		t.Run(name, func(t *testing.T) {
			_, report := imported(t, []byte(marks[0]), Options{})
			for _, mark := range marks[1:] {
				if !slices.ContainsFunc(report.Warnings, func(w transcript.Warning) bool { return w.Line > 0 && strings.Contains(w.Text, mark) }) {
					t.Errorf("of %s nothing is said: %v", mark, report.Warnings)
				}
			}
		})
	}
}

// TestCertainIsNotGuessed: where a program says whose a line is, no warning
// doubts it.
func TestCertainIsNotGuessed(t *testing.T) {
	doubt := regexp.MustCompile(`taken for a mark|CRLF is written|told by the protocol`)
	for file, format := range samples(t) {
		if !slices.Contains(literal, format) || strings.Contains(file, "typed") {
			continue
		}
		_, report := imported(t, read(t, file), options(t, file))
		for _, w := range report.Warnings {
			if doubt.MatchString(w.Text) {
				t.Errorf("%s:%d: %s", file, w.Line, w.Text)
			}
		}
	}
}
