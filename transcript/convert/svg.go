package convert

import (
	"fmt"
	"html"

	"ehlo/session"
)

const (
	svgWidth  = 900
	svgLeft   = 120 // the line of the client
	svgRight  = svgWidth - 120
	svgLine   = 18 // height of a line of text
	svgLetter = 85 // characters that fit between the lines
)

const svgStyle = `text{font:13px ui-monospace,monospace;fill:#222}
.life{stroke:#999;stroke-dasharray:4}.c{stroke:#0b62a4}.s{stroke:#2e7d32}.r{stroke:#c62828}.n{fill:#666;font-style:italic}
.name{font-weight:bold}.arrow{stroke-width:1.5;fill:none}.box{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#ddd}.box{fill:#16181c}.n{fill:#999}.c{stroke:#6fb3e8}.s{stroke:#81c784}.r{stroke:#ef9a9a}}`

// writeSVG draws both sides as lines and what they say as arrows.
func writeSVG(p *page) error {
	all := exchanges(p.t)
	height := 70
	for _, x := range all {
		height += (len(x.lines)+min(x.more, 1))*svgLine + 16
	}
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">`+"\n", svgWidth, height, svgWidth, height)
	p.printf("<title>%s</title>\n<style>%s</style>\n", html.EscapeString("SMTP session"+prefixed(" with ", session.Escape(peerOf(p.t)))), svgStyle)
	p.printf(`<rect class="box" width="%d" height="%d"/>`+"\n", svgWidth, height)
	p.text(svgLeft, 24, "name", "middle", "client")
	p.text(svgRight, 24, "name", "middle", session.Escape(nonEmpty(peerOf(p.t), "server")))
	for _, x := range []int{svgLeft, svgRight} {
		p.printf(`<line class="life" x1="%d" y1="34" x2="%d" y2="%d"/>`+"\n", x, x, height-10)
	}
	y := 46
	for _, x := range all {
		y = p.arrow(x, y)
	}
	p.printf("</svg>\n")
	return nil
}

func (p *page) text(x, y int, class, anchor, text string) {
	if r := []rune(text); len(r) > svgLetter {
		text = string(r[:svgLetter-1]) + "…"
	}
	p.printf(`<text x="%d" y="%d" class="%s" text-anchor="%s" xml:space="preserve">%s</text>`+"\n", x, y, class, anchor, html.EscapeString(text))
}

// arrow draws one exchange and returns where the next begins.
func (p *page) arrow(x exchange, y int) int {
	lines := x.lines
	if x.more > 0 {
		lines = append(lines[:len(lines):len(lines)], fmt.Sprintf("… %d lines more", x.more))
	}
	at, anchor, class := svgLeft+10, "start", "c"
	from, to, tip := svgLeft, svgRight, -8
	switch {
	case x.kind == session.Received:
		class, from, to, tip = "s", svgRight, svgLeft, 8
		if x.refused {
			class = "r"
		}
	case x.kind != session.Sent:
		at, anchor, class = svgWidth/2, "middle", "n"
	}
	for _, l := range lines {
		y += svgLine
		p.text(at, y, map[bool]string{true: "n", false: ""}[class == "n"], anchor, l)
	}
	if class != "n" {
		y += 6
		p.printf(`<path class="arrow %s" d="M%d %dH%dm%d -4l%d 4l%d 4"/>`+"\n", class, from, y, to, tip, -tip, tip)
	}
	return y + 10
}
