package tui

import (
	"testing"

	"ehlo/session"
)

func TestAddressesWithParameters(t *testing.T) {
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
		{"Postmaster", []string{"TO:<Postmaster>"}},
		{"a@b,c@d", []string{"TO:<a@b>", "TO:<c@d>"}},
		{"a@b NOTIFY=NEVER,c@d", []string{"TO:<a@b> NOTIFY=NEVER", "TO:<c@d>"}},
		{"a@b,  ", []string{"TO:<a@b>"}},
		{"a@b X=1,   , c@d", []string{"TO:<a@b> X=1", "TO:<c@d>"}},
	} {
		got := readAddresses(tt.text)
		if len(got) != len(tt.want) {
			t.Errorf("%q: %+v", tt.text, got)
			continue
		}
		for i, e := range got {
			if e.Arg("TO") != tt.want[i] {
				t.Errorf("%q: %q, want %q", tt.text, e.Arg("TO"), tt.want[i])
			}
		}
		again := readAddresses(writeAddresses(got))
		if writeAddresses(again) != writeAddresses(got) {
			t.Errorf("%q comes back as %q", writeAddresses(got), writeAddresses(again))
		}
	}
	if e := readAddress("SIZE=100 RET=HDRS"); e.Path != "" || len(e.Params) != 2 {
		t.Errorf("the null reverse-path with parameters is %+v", e)
	}
}

func FuzzAddresses(f *testing.F) {
	f.Add(`a@b NOTIFY=X,Y, "c,\"d"@e F`)
	f.Add(",x ,, =")
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range readAddresses(text) {
			for _, p := range e.Params {
				if !isParameter(p.Key) {
					t.Errorf("%q is no parameter", p.Key)
				}
			}
		}
	})
}

func TestAdviceOnParameters(t *testing.T) {
	dsn := session.Extensions{{Keyword: "DSN"}}
	for _, tt := range []struct {
		verb, text string
		offered    session.Extensions
		known      bool
		want       string
	}{
		{"RCPT", "b@example.com", nil, true, ""},
		{"RCPT", "b@example.com NOTIFY=NEVER", dsn, true, ""},
		{"RCPT", "b@example.com NOTIFY=NEVER", nil, true, "expect 555: NOTIFY belongs to the extension DSN, which was not offered"},
		{"RCPT", "b@example.com NOTIFY=NEVER", nil, false, ""},
		{"RCPT", "b@example.com NOTIFY=MAYBE", nil, false, "expect 501: NOTIFY is NEVER, or SUCCESS, FAILURE, DELAY with commas between"},
		{"RCPT", "b@example.com RET=HDRS", nil, false, "expect 555: RET is a parameter of MAIL"},
		{"MAIL", "a@example.com RET=HALF", dsn, true, "expect 501: RET is FULL or HDRS"},
	} {
		if got := adviseParams(tt.verb, readAddress(tt.text), tt.offered, tt.known); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.verb, tt.text, got, tt.want)
		}
	}
	for _, verb := range []string{"MAIL", "RCPT"} {
		for _, p := range parameters(verb) {
			if p.text[len(p.text)-1] == '=' || p.text[len(p.text)-1] == ';' {
				continue // to be filled in
			}
			if got := adviseParams(verb, readAddress("x@example.com "+p.text), nil, false); got != "" {
				t.Errorf("%s: %s", p.text, got)
			}
		}
	}
}
