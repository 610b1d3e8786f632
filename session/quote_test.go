package session

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestUnquote(t *testing.T) {
	for _, c := range []struct {
		text, data string
		gaps       []Gap
	}{
		{`NOOP\r\n`, "NOOP\r\n", nil},
		{`NOOP`, "NOOP", nil},
		{`a\x00\xfFb\\r\t\0`, "a\x00\xffb\\r\t\x00", nil},
		{`grüße\n`, "grüße\n", nil},
		{`MA\pIL\p{1.5s}\r\n`, "MAIL\r\n", []Gap{{2, 0}, {4, 1500 * time.Millisecond}}},
		{``, "", nil},
	} {
		data, gaps, err := Unquote(c.text)
		if err != nil || string(data) != c.data || fmt.Sprint(gaps) != fmt.Sprint(c.gaps) {
			t.Errorf("%s is %q %v, %v", c.text, data, gaps, err)
		}
	}
}

func TestUnquoteSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		`abc\`:        "column 4",
		`ä\q`:         `column 2: \q is no escape`,
		`\xg0`:        "two hex digits",
		`\x1`:         "two hex digits",
		`\p{soon}`:    `\p{500ms}`,
		`\p{5s`:       `\p{500ms}`,
		`\p{-1s}`:     `\p{500ms}`,
		`\p{1h1ms}`:   "an hour at most",
		"\\\x1b[31mx": `\x1b`,
	} {
		if _, _, err := Unquote(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzQuote: any octets survive being written as text and read back, and the
// text has nothing in it that a terminal could act on.
func FuzzQuote(f *testing.F) {
	f.Add([]byte("EHLO x\r\n"), 3, int64(5))
	f.Add([]byte("\\p{\x00\xff\u202e"), 0, int64(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, ms int64) {
		g := Gap{At: max(min(at, len(data)), 0), Pause: time.Duration(ms&0xffff) * time.Millisecond}
		text := Quote(data, g)
		if Escape(text) != text || strings.Contains(text, "\t") {
			t.Fatalf("%q cannot be shown", text)
		}
		back, gaps, err := Unquote(text)
		if err != nil || !bytes.Equal(back, data) || len(gaps) != 1 || gaps[0] != g {
			t.Fatalf("%q became %s became %q, %v, %v", data, text, back, gaps, err)
		}
	})
}
