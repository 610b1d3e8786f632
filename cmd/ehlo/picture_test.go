package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// The pictures of the README are those of a real run: make pictures.

// A cell of a picture, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18.0
	baseline   = 13.5
)

// svg draws a screen. Frames are lines, so that they meet whatever the font;
// all else is text.
func (s *screenful) svg() string {
	var ground, lines, text strings.Builder
	for y, row := range s.rows {
		for x := 0; x < len(row); {
			from, look := x, row[x].look
			run := ""
			for x < len(row) && row[x].look == look && (strokes[row[x].text] == "") == (strokes[row[from].text] == "") {
				run += row[x].text
				x++
			}
			px, py, w := float64(from)*cellWidth, float64(y)*cellHeight, float64(x-from)*cellWidth
			fg, bg := look.fg, look.bg
			if look.reverse {
				fg, bg = bg, fg
			}
			fmt.Fprintf(&ground, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", px, py, w+0.1, cellHeight+0.1, bg)
			if strokes[row[from].text] != "" {
				for i := from; i < x; i++ {
					fmt.Fprintf(&lines, `<path d="%s" transform="translate(%.1f %.1f)" stroke="%s"/>`+"\n", strokes[row[i].text], float64(i)*cellWidth, py, fg)
				}
				continue
			}
			more := ""
			if look.bold {
				more += ` class="b"` // an attribute would lose against the style of all text
			}
			if look.underline {
				more += ` text-decoration="underline"`
			}
			for _, word := range words(run) {
				fmt.Fprintf(&text, `<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s>%s</text>`+"\n",
					px+float64(word.at)*cellWidth, py+baseline, float64(ansi.StringWidth(word.text))*cellWidth, fg, more, escapeXML(word.text))
			}
		}
	}
	w, h := float64(s.w)*cellWidth, float64(s.h)*cellHeight
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" width="%.0f" height="%.0f">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}.b{font-weight:bold}path{fill:none;stroke-width:1}</style>
<g shape-rendering="crispEdges">
%s</g>
%s%s</svg>
`, w, h, w, h, ground.String(), lines.String(), text.String())
}

// word is a piece of text without two blanks in a row, which XML would make
// one of.
type word struct {
	text string
	at   int // cells from the beginning
}

func words(run string) []word {
	var list []word
	at := 0
	for part := range strings.SplitSeq(run, "  ") {
		lead := len(part) - len(strings.TrimLeft(part, " "))
		if text := strings.TrimSpace(part); text != "" {
			list = append(list, word{text, at + lead})
		}
		at += ansi.StringWidth(part) + 2
	}
	return list
}

// strokes are the characters of frames as lines in a cell.
var strokes = map[string]string{
	"─": "M0 9H8.4", "│": "M4.2 0V18", "├": "M4.2 0V18M4.2 9H8.4", "┤": "M4.2 0V18M0 9H4.2",
	"╭": "M4.2 18V13Q4.2 9 8.4 9", "╮": "M4.2 18V13Q4.2 9 0 9", "╰": "M4.2 0V5Q4.2 9 8.4 9", "╯": "M4.2 0V5Q4.2 9 0 9",
	"┆": "M4.2 1V5M4.2 7V11M4.2 13V17", "▏": "M0.5 0V18",
}

func (p *terminal) svg() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.look.svg()
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// scene is a picture: what is done, and what must be in it.
type scene struct {
	name, theme string
	act         func(*terminal)
}

// scenes are told from the beginning, a session with a login and three
// recipients.
func scenes() []scene {
	refused := func(p *terminal) {
		p.see("connect").press("\r").rest("220")
		for range 6 { // EHLO, STARTTLS, the handshake, EHLO, AUTH, the first response
			p.press("n").see("reconnect")
		}
	}
	return []scene{
		{"session", "dark", func(p *terminal) {
			refused(p)
			for !strings.Contains(p.screen(), "550 5.1.1") {
				p.press("n").see("reconnect")
			}
		}},
		{"advice", "light", func(p *terminal) {
			refused(p)
			for !strings.Contains(p.screen(), "550 5.1.1") {
				p.press("n").see("reconnect")
			}
			p.press(":").see("Raw line").press("MAIL FROM: <bob@test.example> SIZ=1200").see("SIZ=1200")
		}},
		{"compose", "nord", func(p *terminal) { p.see("connect") }},
		{"timeline", "solarized-dark", func(p *terminal) {
			p.see("connect").press("\r").rest("220").press("c").see("done: accepted").press("\x1b7").see("[Timeline]")
		}},
		{"palette", "catppuccin-mocha", func(p *terminal) {
			refused(p)
			p.press("\x0b").see("Every action").press("reply").see("to-recipient")
		}},
	}
}

// TestPictures draws the pictures where EHLO_PICTURES says, and one of them
// in any case.
func TestPictures(t *testing.T) {
	folder := os.Getenv("EHLO_PICTURES")
	for i, sc := range scenes() {
		if folder == "" && i > 0 {
			return
		}
		config := t.TempDir()
		if err := os.MkdirAll(filepath.Join(config, "ehlo"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(config, "ehlo", "config.toml"), []byte("[autosave]\noff = true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		p := inTerminal(t, []string{"XDG_CONFIG_HOME=" + config, "EHLO_TEST_PASSWORD=wonderland"},
			"--theme", sc.theme, "--tls", "auto", "--user", "alice", "--password-from", "env:EHLO_TEST_PASSWORD", "--auth", "SCRAM-SHA-256",
			"--helo", "laptop.test.example", "--from", "alice@test.example", "--to", "bob@test.example,nobody@test.example,carol@test.example", "practice")
		sc.act(p)
		p.see("\x1b[H") // the end of a frame
		picture := p.svg()
		p.press("\x03").press("\x03")
		if err := xml.Unmarshal([]byte(picture), new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%s: %v", sc.name, err)
		}
		if folder == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, sc.name+".svg"), []byte(picture), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
