package tui

import (
	"testing"

	"ehlo/session"
)

func TestPreambleIsNoContentAndNoCommand(t *testing.T) {
	var c timeline
	c.learn([]session.Event{
		{Seq: 1, Kind: session.Opened, Facts: []session.Fact{{Key: "preamble", Value: "6"}}},
		{Seq: 2, Kind: session.Sent, Data: []byte("QUIT\n")},
		{Seq: 3, Kind: session.Sent, Data: []byte("!")},
		{Seq: 4, Kind: session.Received, Data: []byte("220 x\r\n")},
		{Seq: 5, Kind: session.Sent, Data: []byte("EHLO y\r\n")},
	})
	for i, want := range []bool{false, true, true, false, false} {
		if r := c.rows[i]; r.preamble != want || r.content {
			t.Errorf("row %d: preamble %t, content %t", i, r.preamble, r.content)
		}
	}
	if verb := c.rows[4].verb; verb != "EHLO" {
		t.Errorf("the last row is %q", verb)
	}
}
