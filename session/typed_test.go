package session

import (
	"strings"
	"testing"
)

func typed(list []Envelope) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, e.Typed())
	}
	return strings.Join(parts, ", ")
}

func TestTypedEnvelopes(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string // as arguments of RCPT
	}{
		{"bob@example.com", []string{"TO:<bob@example.com>"}},
		{"", nil},
		{" , ,", nil},
		{"bob@example.com NOTIFY=NEVER, eve@example.com", []string{"TO:<bob@example.com> NOTIFY=NEVER", "TO:<eve@example.com>"}},
		{"bob@example.com notify=SUCCESS,FAILURE ORCPT=rfc822;bob@example.com, eve@example.com", []string{
			"TO:<bob@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.com", "TO:<eve@example.com>"}},
		{`"carol, x=y"@example.com RRVS=1`, []string{`TO:<"carol, x=y"@example.com> RRVS=1`}},
		{"al ice@example.org", []string{"TO:<al ice@example.org>"}},
		{"two words", []string{"TO:<two words>"}},
		{"Postmaster NOTIFY=NEVER CONNEG", []string{"TO:<Postmaster> NOTIFY=NEVER CONNEG"}},
		{"Postmaster", []string{"TO:<Postmaster>"}},
		{"a@b,c@d", []string{"TO:<a@b>", "TO:<c@d>"}},
		{"a@b NOTIFY=NEVER,c@d", []string{"TO:<a@b> NOTIFY=NEVER", "TO:<c@d>"}},
		{"a@b,  ", []string{"TO:<a@b>"}},
		{"a@b X=1,   , c@d", []string{"TO:<a@b> X=1", "TO:<c@d>"}},
	} {
		got := TypedEnvelopes(tt.text)
		if len(got) != len(tt.want) {
			t.Errorf("%q: %+v", tt.text, got)
			continue
		}
		for i, e := range got {
			if e.Arg("TO") != tt.want[i] {
				t.Errorf("%q: %q, want %q", tt.text, e.Arg("TO"), tt.want[i])
			}
		}
		again := TypedEnvelopes(typed(got))
		if typed(again) != typed(got) {
			t.Errorf("%q comes back as %q", typed(got), typed(again))
		}
	}
	if e := TypedEnvelope("SIZE=100 RET=HDRS"); e.Path != "" || len(e.Params) != 2 {
		t.Errorf("the null reverse-path with parameters is %+v", e)
	}
}

func FuzzTypedEnvelopes(f *testing.F) {
	f.Add(`a@b NOTIFY=X,Y, "c,\"d"@e F`)
	f.Add(",x ,, =")
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range TypedEnvelopes(text) {
			for _, p := range e.Params {
				if !isParameter(p.Key) {
					t.Errorf("%q is no parameter", p.Key)
				}
			}
		}
	})
}
