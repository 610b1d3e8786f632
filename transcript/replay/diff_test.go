package replay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/normalise"
)

func reply(lines ...string) session.Reply {
	r := session.Reply{To: "EHLO"}
	for _, l := range lines {
		line := session.ParseReplyLine([]byte(l + "\r\n"))
		r.Lines = append(r.Lines, line)
		r.Code, r.Enhanced = line.Code, line.Enhanced
	}
	return r
}

func TestDiffReplies(t *testing.T) {
	for _, c := range []struct {
		want, got   session.Reply
		differences string
		notes       string
	}{
		{reply("250 ok"), reply("250 ok"), "", ""},
		{reply("250 ok"), reply("451 ok"), "code differs: 250 → 451", ""},
		{reply("250 2.1.0 ok"), reply("250 ok"), "enhanced code differs: 2.1.0 → none", ""},
		{reply("250 ok"), reply("250 2.1.0 ok"), "", ""},
		{reply("250 queued as 4XyzAb1Cd2"), reply("250 queued as 9AbcDe1Fg3"), "", ""},
		{reply("220 a Mon, 23 Nov 2026 19:50:12 +0100"), reply("220 a Tue, 24 Nov 2026 08:00:01 +0100 (CET)"), "", ""},
		{reply("250 fine"), reply("250 good"), "", `text: "fine" → "good"`},
		{reply("250-a", "250-SIZE 1", "250 DSN"), reply("250-a", "250-SIZE 2", "250 HELP"), "not offered: DSN", "SIZE: 1 → 2; offered now: HELP"},
		{reply("250-a", "250 AUTH PLAIN LOGIN"), reply("250-a", "250 AUTH LOGIN PLAIN"), "", ""},
	} {
		var d Diff
		d.reply(transcript.ByCode, c.want, c.got, normalise.Names{Rules: normalise.Rules()}, normalise.Names{Rules: normalise.Rules()})
		if got := strings.Join(inWords(d.Differences), "; "); got != c.differences {
			t.Errorf("%s, %s: %q", c.want, c.got, got)
		}
		if got := strings.Join(inWords(d.Notes), "; "); got != c.notes {
			t.Errorf("%s, %s: notes %q", c.want, c.got, got)
		}
	}
}

// TestManyKeywords: a megabyte of offers is compared, and each that is gone found
// in its line, in no time.
func TestManyKeywords(t *testing.T) {
	const n = 20_000
	lines, rows := []string{"250-a"}, []int{1}
	for i := range n {
		lines, rows = append(lines, fmt.Sprintf("250-X%d a", i)), append(rows, i+2)
	}
	begun := time.Now()
	var d Diff
	want := reply(append(lines, "250 X0 b")...)
	d.keywords(transcript.ByCode, session.ParseExtensions(want), nil)
	d.place(want, append(rows, n+2))
	if took := time.Since(begun); took > 5*time.Second || len(d.Differences) != n || d.Differences[0].Line != 2 || d.Differences[n-1].Line != n+1 {
		t.Errorf("%s, %d differences", took, len(d.Differences))
	}
}
