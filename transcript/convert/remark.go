package convert

import (
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

// comment keeps what is neither of both sides.
func (d *draft) comment(text string) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "# "))
	if text = session.Escape(d.scrub(text)); text != "" {
		if len(text) > 1000 {
			text = text[:1000] + "…"
		}
		d.item(transcript.Item{Kind: transcript.Comment, Text: strings.ToValidUTF8(text, "?")})
	}
}

var (
	passwordWord = lazy.Regexp(`(?i)((?:--?(?:auth-)?pass(?:word|wd)?|-ap|--oauth2-bearer)[ =]+|\b\w*pass(?:word|wd|phrase)?["']? *[=:] *|, pass +|(?:Master-Key|Resumption PSK) *: *)('[^']*'|"[^"]*"|\S+)`)
	urlWord      = lazy.Regexp(`(\b[a-z][a-z0-9+]*://[^\s:/@]+:)\S+@`)
	userWord     = lazy.Regexp(`((?:^|\s)(?:-u|--user|--proxy-user)[ =]?)(?:('[^':]+:)[^']*|("[^":]+:)[^"]*|([^\s:'"]+:)[^\s'"]+)`)
)

// scrub takes passwords out of words that are no dialogue: a command that
// somebody typed, or settings.
func (d *draft) scrub(text string) string {
	text = passwordWord().ReplaceAllString(text, "${1}"+transcript.Bullets)
	text = urlWord().ReplaceAllString(text, "${1}"+transcript.Bullets+"@")
	return d.words.Line(userWord().ReplaceAllString(text, "${1}${2}${3}${4}"+transcript.Bullets))
}

// unknown keeps a line that nobody understood.
func (d *draft) unknown(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	if d.strange == 0 {
		d.strange = d.line
	}
	d.until = d.line
	d.comment(text)
}

// understood ends a run of lines that nobody understood: one warning for all.
func (d *draft) understood() {
	switch {
	case d.strange == 0:
	case d.strange == d.until:
		d.warnAt(d.strange, "not understood, kept as a comment")
	default:
		d.warnAt(d.strange, fmt.Sprintf("this line and those up to %d are not understood, and kept as comments", d.until))
	}
	d.strange = 0
}
