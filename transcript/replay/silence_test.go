package replay

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ehlo/session"
)

// TestServerFallsSilent: a report says what was waited for, and how long.
func TestServerFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := parse(t, "S: 220 a\nC: EHLO b\nS: 250 a\n@ wait 3600\nC: MAIL FROM:<>\n@ wait 3600\nS: 250 ok\n")
		played := parse(t, "S: 220 a\nC: EHLO b\nS: 250 a\nC: MAIL FROM:<>\nS: 250 ok\n")
		rep, _ := between(t, served, played, Options{Session: session.Options{Timeout: 7 * time.Second}})
		if got := text(t, rep); rep.Same || !strings.Contains(got, "no reply: no reply to MAIL within 7s") {
			t.Error(got)
		}
	})
}

const silentThen = `= smtp-transcript 1
= recorded by=test
= connect host=a addr=192.0.2.1:25 from=b:1 tls=none
S: 220 a
C: EHLO b
S: 250 a
C: MAIL FROM:<>
= failed what=timeout text="no reply to MAIL within 5m0s"
= closed by=client how=fin
`

// TestRecordedSilence: a recording may end with a server that said no more.
func TestRecordedSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		played := parse(t, silentThen)
		rep, problems := between(t, played, played, Options{})
		got := text(t, rep)
		if !rep.Same || len(problems) > 0 || !strings.Contains(got, "note: the recording ends here with: no reply to MAIL within 5m0s") {
			t.Errorf("%q\n%s", problems, got)
		}
		wordless := parse(t, strings.Replace(silentThen, ` text="no reply to MAIL within 5m0s"`, "", 1))
		rep, _ = between(t, wordless, wordless, Options{})
		if got := text(t, rep); !strings.Contains(got, "note: the recording ends here with: timeout: no reply to MAIL") {
			t.Error(got)
		}
	})
}

// TestServerStaysOpen: the recorded server closed the channel.
func TestServerStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const file = "S: 220 a\nC: EHLO b\nS: 250 a\n= closed by="
		rep, _ := between(t, parse(t, file+"client\n"), parse(t, file+"server\n"), Options{})
		if got := text(t, rep); rep.Same || !strings.Contains(got, "the server closed the channel then, and does not now within 5s") {
			t.Error(got)
		}
	})
}
