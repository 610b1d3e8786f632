package practice_test

import (
	"bytes"
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/session/sasl"
	"ehlo/transcript"
	"ehlo/transcript/replay"
)

var update = flag.Bool("update", false, "record the transcripts of the scenarios anew")

const (
	begin = "EHLO client.example\n"
	mail  = begin + "MAIL FROM:<alice@client.example>\nRCPT TO:<bob@practice.example>\n"
	two   = mail + "RCPT TO:<carol@practice.example>\n"
	body  = "DATA\nSubject: a scenario\\r\\n\\r\\nHello.\\r\\n.\n"
	whole = two + body + "QUIT"
)

// conversations are what a client says to show a scenario, a write a line.
// TLS is a handshake, CONNECT a second connection, a bare number of seconds
// a wait. Scenarios that are not here get a whole mail.
var conversations = map[string]string{
	"reject":          "EHLO client.example\nQUIT",
	"busy-greeting":   "",
	"helo-only":       begin + strings.Replace(whole, "EHLO", "HELO", 1),
	"picky-name":      "EHLO laptop\nEHLO [127.0.0.300]\nEHLO localhost\nEHLO client.example\nQUIT",
	"no-second-ehlo":  mail + begin + body + "QUIT",
	"greylisting":     mail + "QUIT\nCONNECT\n" + mail + "QUIT\n60\nCONNECT\n" + mail + body + "QUIT",
	"rate-limit":      mail + "RSET\nMAIL FROM:<>\nRSET\nMAIL FROM:<>\nQUIT",
	"relay-denied":    begin + "MAIL FROM:<>\nRCPT TO:<bob@elsewhere.example>\nRCPT TO:<bob@practice.example>\nQUIT",
	"case":            begin + "MAIL FROM:<>\nRCPT TO:<Smith@practice.example>\nRCPT TO:<smith@PRACTICE.example>\nRCPT TO:<SMITH@practice.example>\n" + body + "QUIT",
	"ambiguous-vrfy":  begin + "VRFY Smith\nVRFY bob\nQUIT",
	"list":            begin + "EXPN staff\nVRFY staff\nMAIL FROM:<alice@client.example>\nRCPT TO:<staff@practice.example>\n" + body + "QUIT",
	"vrfy-disabled":   begin + "VRFY bob\nEXPN staff\nQUIT",
	"bad-password":    begin + strings.Repeat("AUTH PLAIN AGFsaWNlAHdyb25n\n", 3),
	"weak-mechanism":  begin + "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\nSTARTTLS\nTLS\n" + begin + "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=\nQUIT",
	"oauth-error":     begin + "AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBvbGQBAQ==\n\nQUIT",
	"auth-required":   begin + "MAIL FROM:<alice@client.example>\nAUTH ANONYMOUS =\n" + strings.TrimPrefix(whole, begin),
	"tls-required":    begin + "MAIL FROM:<>\nSTARTTLS\nTLS\n" + whole,
	"tls-unavailable": begin + "STARTTLS\n" + strings.TrimPrefix(whole, begin),
	"tls-broken":      begin + "STARTTLS\nTLS",
	"tls-injection":   begin + "STARTTLS\nTLS\n" + whole,
	"tls-stripped":    begin + "STARTTLS\nQUIT",
	"tls-expired":     begin + "STARTTLS\nTLS\n" + begin + "QUIT",
	"tls-wrong-name":  begin + "STARTTLS\nTLS\n" + begin + "QUIT",
	"tls-self-signed": begin + "STARTTLS\nTLS\n" + begin + "QUIT",
	"tls-revoked":     begin + "STARTTLS\nTLS\n" + begin + "QUIT",
	"implicit-tls":    whole,
	"size-declared":   begin + "MAIL FROM:<> SIZE=101\nMAIL FROM:<> SIZE=100\nQUIT",
	"too-many-recipients": begin + "MAIL FROM:<>\nRCPT TO:<a@x.example>\nRCPT TO:<b@x.example>\nRCPT TO:<c@x.example>\n" +
		"RCPT TO:<d@x.example>\n" + body + "MAIL FROM:<>\nRCPT TO:<d@x.example>\nQUIT",
	"error-limit":        begin + "FROB\nFROB\nFROB",
	"dot-forgotten":      mail + "DATA\nSubject: dots\\r\\n\\r\\n.one dot\\r\\n..two dots\\r\\n.\nQUIT",
	"dots-kept":          mail + "DATA\nSubject: dots\\r\\n\\r\\n..one dot, doubled\\r\\n.\nQUIT",
	"bare-lf":            mail + "DATA\nSubject: x\\r\\n\\r\\na line\\nanother\\r\\n.\n",
	"seven-bit":          mail + "DATA\nSubject: x\\r\\n\\r\\nGr\\xc3\\xbc\\xc3\\x9fe\\r\\n.\nQUIT",
	"eight-bit-mangled":  begin + "MAIL FROM:<> BODY=8BITMIME\nRCPT TO:<bob@x.example>\nDATA\nSubject: x\\r\\n\\r\\nGr\\xc3\\xbc\\xc3\\x9fe\\r\\n.\nQUIT",
	"smtputf8":           begin + "MAIL FROM:<jos\\xc3\\xa9@practice.example>\nMAIL FROM:<jos\\xc3\\xa9@practice.example> SMTPUTF8\nRCPT TO:<bob@practice.example>\n" + body + "QUIT",
	"dsn":                begin + "MAIL FROM:<alice@client.example> RET=HDRS ENVID=QQ314159\nRCPT TO:<bob@practice.example> NOTIFY=SUCCESS ORCPT=rfc822;Bob@practice.example\nRCPT TO:<full@practice.example>\n" + body + "QUIT",
	"chunking":           mail + "BDAT 7\\r\\nHello\\r\\n\nBDAT 7 LAST\\r\\nHello\\r\\n\nRSET\nQUIT",
	"pipelining-strict":  begin + "MAIL FROM:<>\\r\\nRCPT TO:<bob@practice.example>\n",
	"prdr":               strings.Replace(two, "example>\n", "example> PRDR\n", 1) + body + "QUIT",
	"lmtp":               strings.Replace(strings.Replace(two, "EH", "LH", 1), "carol", "full", 1) + body + "QUIT",
	"lmtp-partial":       strings.Replace(two, "EH", "LH", 1) + body + "QUIT",
	"no-enhanced":        begin + "MAIL FROM:<>\nRCPT TO:<nobody@practice.example>\nQUIT",
	"garbage":            begin + "QUIT",
	"extensions":         begin + "ETRN practice.example\nMAIL FROM:<> BODY=BINARYMIME BY=120;R MT-PRIORITY=3\nRCPT TO:<bob@practice.example> RRVS=2014-04-03T23:01:00Z\nQUIT",
	"duplicated-replies": begin + "NOOP\nQUIT",
	"mailbox-busy":       two + "QUIT", "mailbox-full": two + "QUIT", "moved-refused": two + "QUIT", "null-mx": two + "QUIT",
	"no-space":  begin + "MAIL FROM:<>\nQUIT",
	"multi-503": mail + "DATA\n" + body + "QUIT",
	"silent":    mail + "DATA\n",
	"dovecot":   begin + "MAIL FROM:<>\nFROB\nQUIT",
	"default":   begin + "VRFY smith\nMAIL FROM:<alice@client.example>\nRCPT TO:<nobody@practice.example>\nRCPT TO:<busy@practice.example>\nRCPT TO:<gone@practice.example>\nRCPT TO:<moved@practice.example>\n" + body + "QUIT",
	"postfix":   "MAIL FROM:<a@b.example>\n" + begin + profile,
	"exim":      begin + profile,
	"sendmail":  "MAIL FROM:<a@b.example>\n" + begin + profile,
	"exchange":  begin + profile,
}

// profile is what tells real servers apart.
const profile = "RCPT TO:<bob@practice.example>\nDATA\nMAIL FROM:<a@b.example>\nMAIL FROM:<a@b.example>\nRCPT TO:<nobody@practice.example>\n" +
	"RCPT TO:<bob@practice.example>\n" + body + "FROB\nNOOP\nRSET\nQUIT"

// TestTranscripts: each scenario has a transcript that shows it, and plays it
// again.
func TestTranscripts(t *testing.T) {
	for _, sc := range practice.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			file := filepath.Join("testdata", sc.Name+".smtp")
			synctest.Test(t, func(t *testing.T) {
				if *update {
					record(t, sc, file)
				}
				tr, err := transcript.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				srv := practice.New(sc, practice.Options{})
				defer srv.Close()
				rep, err := replay.Run(t.Context(), tr, replay.Options{
					Session: options(sc, srv), Continue: true,
					Auth:      func(string, string) (session.Authenticator, error) { return login(), nil },
					Variables: map[string]string{},
				})
				if err != nil {
					t.Fatal(err)
				}
				if !rep.Same {
					for _, s := range rep.Steps {
						if !s.Diff.Same() {
							t.Errorf("%s:%d: %s: want %q, got %q: %q", file, s.Line, s.Title, s.Want, s.Got, s.Diff.Differences)
						}
					}
				}
				time.Sleep(2 * time.Hour) // the server's own waits end
			})
		})
	}
}

func login() session.Authenticator {
	return sasl.NewClient(sasl.Credentials{User: "alice", Password: "wonderland"})
}

func options(sc practice.Scenario, srv *practice.Server) session.Options {
	o := session.Options{
		Target: session.Target{Practice: sc.Name, LMTP: sc.LMTP()},
		Dial:   func(ctx context.Context, _ session.Target, _ string) (net.Conn, error) { return srv.Dial(ctx) },
	}
	o.TLS.Implicit = sc.Name == "implicit-tls"
	return o
}

// record says what shows the scenario, and keeps it.
func record(t *testing.T, sc practice.Scenario, file string) {
	t.Helper()
	var out bytes.Buffer
	srv := practice.New(sc, practice.Options{})
	defer srv.Close()
	o := options(sc, srv)
	o.Recorder = transcript.NewRecorder(&out)
	s := session.New(o)
	s.Note(sc.Title + ": " + sc.Notice + " (" + sc.Source + ")")
	do := func(st session.Step) { _ = s.Do(t.Context(), st) } // what goes wrong is the point
	if sc.Name == "scram-extra-334" {
		m := session.Mail{Target: o.Target, Helo: "client.example", Auth: login(), Letter: session.Letter{
			To: session.To("bob@practice.example"), Content: session.BytesContent([]byte("Subject: x\r\n\r\nHello.\r\n")),
		}}
		for range 40 {
			if st, ok := m.Next(s.State()); ok {
				do(st)
			}
		}
	} else {
		do(session.Step{Kind: session.Connect})
		lines, known := conversations[sc.Name]
		if !known {
			lines = whole
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(lines, "\n"), "\n") {
			switch {
			case lines == "":
			case line == "TLS":
				do(session.Step{Kind: session.StartTLS})
			case line == "CONNECT":
				do(session.Step{Kind: session.HangUp})
				do(session.Step{Kind: session.Connect})
			case line == "60":
				time.Sleep(time.Minute)
			default:
				line = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\xc3`, "\xc3", `\xa9`, "\xa9", `\xbc`, "\xbc", `\x9f`, "\x9f").Replace(line)
				if !strings.HasSuffix(line, "\n") {
					line += "\r\n"
				}
				do(session.Step{Bytes: []byte(line)})
			}
		}
	}
	synctest.Wait()
	s.Close()
	if err := s.RecordError(); err != nil {
		t.Fatal(err)
	}
	// A replay goes by replies, not by the clock, unless it is told to.
	text := bytes.ReplaceAll(out.Bytes(), []byte("+ 60.000\n"), []byte("@ wait 60\n+ 60.000\n"))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
