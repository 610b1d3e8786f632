package convert

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed program.py.txt
var pythonProgram string

// writePython writes a program for Python 3.
func writePython(p *page) error {
	l := &language{
		hear:  func(code, text string) string { return fmt.Sprintf("hear(%q)  # %s", code, text) },
		say:   func(data string) string { return "say(" + data + ")" },
		hide:  func(data string) string { return "say(" + data + ", secret=True)" },
		quote: pythonQuote, plus: " + ", need: "need(%q)", chunk: 4000,
		secret: func(what string, n int) string { return fmt.Sprintf("secret(%q, %d)", what, n) },
		secure: func(string) string { return "secure()" },
		file: func(name string, offset, octets int64) string {
			return fmt.Sprintf("send_file(%s, %d, %d)", pythonText(name), offset, octets)
		},
	}
	play, acts := l.programs(p)
	p.printf("#!/usr/bin/env python3\n")
	p.about("# ", "Run it as: python3 FILE [HOST:PORT]\n"+environment)
	p.printf("%s", strings.ReplaceAll(pythonProgram, "USER_NAME", pythonText(play.userName())))
	if needs := l.needs(play.userName()); len(needs) > 0 {
		p.printf("\n%s\n", strings.Join(needs, "\n"))
	}
	for i, a := range play.acts {
		host, port := a.target()
		p.printf("\nconnect(%s, %s, %s)\n", pythonText(host), port, map[bool]string{true: "True", false: "False"}[a.implicit])
		for _, line := range acts[i] {
			p.printf("%s\n", line)
		}
		p.printf("close()\n")
	}
	return nil
}

// pythonQuote writes octets as a literal of Python.
func pythonQuote(data []byte) string {
	var b strings.Builder
	b.WriteString(`b"`)
	for _, c := range data {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// pythonText writes text as a literal of Python.
func pythonText(text string) string { return pythonQuote([]byte(text)) + ".decode()" }
