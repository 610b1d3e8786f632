package convert

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed program.sh.txt
var shellProgram string

// writeShell writes a script for bash, which can open connections itself;
// under TLS openssl does.
func writeShell(p *page) error {
	l := &language{
		hear:  func(code, text string) string { return fmt.Sprintf("hear %s  # %s", code, text) },
		say:   func(data string) string { return "say " + data },
		hide:  func(data string) string { return "line=" + data + ` || exit 1; say_hidden "$line"` },
		quote: ansiQuote, plus: "", need: `: "${%s:?is not set}"`, chunk: 4000,
		secret: func(what string, n int) string { return fmt.Sprintf(`"$(secret %s %d)"`, what, n) },
		file: func(name string, offset, octets int64) string {
			return fmt.Sprintf(`tail -c +%d %s | head -c %d >&"$out"`, offset+1, shellQuote(name), octets)
		},
	}
	play := p.play()
	acts := make([][]string, len(play.acts))
	for i, a := range play.acts {
		acts[i] = shellLines(l, p, a)
	}
	p.printf("#!/usr/bin/env bash\n")
	p.about("# ", "Run it as: bash FILE [HOST:PORT]\n"+environment)
	p.printf("%s", strings.ReplaceAll(shellProgram, "USER_NAME", shellQuote(play.userName())))
	if needs := l.needs(play.userName()); len(needs) > 0 {
		p.printf("\n%s\n", strings.Join(needs, "\n"))
	}
	for i, a := range play.acts {
		host, port := a.target()
		how := "plain"
		switch {
		case a.implicit:
			how = "implicit"
		case a.startTLS && a.lmtp:
			how = "lmtp"
		case a.startTLS:
			how = "smtp"
		}
		p.printf("\nopen %s %s %s\n", shellQuote(host), port, how)
		for _, line := range acts[i] {
			p.printf("%s\n", line)
		}
		p.printf("close\n")
	}
	return nil
}

// shellLines writes the steps. openssl says EHLO and STARTTLS by itself, so
// what was said before the handshake is left out.
func shellLines(l *language, p *page, a act) []string {
	if a.startTLS {
		for i, s := range a.steps {
			if s.kind == stepSecure {
				a.steps = a.steps[i+1:]
				break
			}
		}
		p.note("openssl says EHLO and STARTTLS by itself; what was said before the handshake is left out")
		return l.lines(p, a)
	}
	if a.implicit && len(a.steps) > 0 && a.steps[0].kind == stepSecure {
		a.steps = a.steps[1:]
	}
	return l.lines(p, a)
}
