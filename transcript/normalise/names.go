package normalise

import (
	"net/netip"
	"slices"
	"strings"

	"ehlo/session"
)

// Names is what one of two runs calls what both have, and the rules.
type Names struct {
	words []Word
	Rules []Rule
}

// Word is one such name, and the token that stands for it.
type Word struct{ Text, Token, Why string }

// NamesOf lists what a run calls its two sides. They differ from run to run.
func NamesOf(s session.State, helo string) Names {
	var n Names
	// One token for all: a client may call itself by its address in one run and
	// by its name in the other, and servers repeat both.
	for _, w := range []Word{
		{s.Server, "name", "the server's name for itself"}, {s.Host, "name", "the server's name"}, {Host(s.Peer), "name", "the server's address"},
		{helo, "name", "the client's name"}, {s.Helo, "name", "the client's name"}, {Host(s.Local), "name", "the client's address"},
	} {
		if !isIP(w.Text) { // those are found in any case, brackets and all
			n.Add(w)
		}
	}
	return n
}

func isIP(text string) bool {
	_, err := netip.ParseAddr(strings.TrimPrefix(strings.Trim(text, "[]"), "IPv6:"))
	return err == nil
}

// Add adds a word, unless it is there or says too little.
func (n *Names) Add(w Word) {
	if len(w.Text) > 2 && !slices.ContainsFunc(n.words, func(x Word) bool { return strings.EqualFold(x.Text, w.Text) }) {
		n.words = append(n.words, w)
	}
}

// Host is an address without its port.
func Host(addr string) string {
	if i := strings.LastIndexByte(addr, ':'); i > 0 {
		return strings.Trim(addr[:i], "[]")
	}
	return addr
}

// Replace puts tokens in the place of what may differ, and lists what they
// stand for.
func (n Names) Replace(text string) (string, []Token) {
	var found []Token
	words := slices.Clone(n.words)
	slices.SortStableFunc(words, func(a, b Word) int { return len(b.Text) - len(a.Text) })
	for _, w := range words {
		text = replaceWord(text, w, &found)
	}
	for i := range n.Rules {
		text = n.Rules[i].replace(text, &found)
	}
	return text, found
}

// replaceWord replaces a name where it stands by itself, in either case.
func replaceWord(text string, w Word, found *[]Token) string {
	var b strings.Builder
	for at := 0; ; {
		i := indexFold(text[at:], w.Text)
		if i < 0 {
			b.WriteString(text[at:])
			return b.String()
		}
		from, to := at+i, at+i+len(w.Text)
		b.WriteString(text[at:from])
		if from > 0 && wordChar(text[from-1]) || to < len(text) && wordChar(text[to]) {
			b.WriteString(text[from:to])
		} else {
			b.WriteString("‹" + w.Token + "›")
			*found = append(*found, Token{Name: w.Token, Why: w.Why, Then: text[from:to]})
		}
		at = to
	}
}

func indexFold(text, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

func wordChar(c byte) bool {
	return c == '-' || c == '_' || isAlnum(c) || c >= 0x80
}
