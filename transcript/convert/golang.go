package convert

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed program.go.txt
var goProgram string

// writeGo writes a Go program of one file.
func writeGo(p *page) error {
	l := &language{
		hear:  func(code, text string) string { return fmt.Sprintf("hear(%q) // %s", code, text) },
		say:   func(data string) string { return "say(" + data + ")" },
		hide:  func(data string) string { return "sayHidden(" + data + ")" },
		quote: func(data []byte) string { return strconv.QuoteToASCII(string(data)) }, plus: " + ", need: "need(%q)", chunk: 4000,
		secret: func(what string, n int) string { return fmt.Sprintf("secret(%q, %d)", what, n) },
		secure: func(string) string { return "secure()" },
		file: func(name string, offset, octets int64) string {
			return fmt.Sprintf("sendFile(%q, %d, %d)", name, offset, octets)
		},
	}
	play, acts := l.programs(p)
	p.about("// ", "Run it as: go run FILE.go [HOST:PORT]\n"+environment)
	p.printf("%s", strings.ReplaceAll(goProgram, "USER_NAME", strconv.Quote(play.userName())))
	p.printf("\nfunc main() {\n")
	for _, line := range l.needs(play.userName()) {
		p.printf("\t%s\n", line)
	}
	for i, a := range play.acts {
		host, port := a.target()
		if i > 0 {
			p.printf("\n")
		}
		p.printf("\tconnect(%q, %q, %v)\n", host, port, a.implicit)
		for _, line := range acts[i] {
			p.printf("\t%s\n", line)
		}
		p.printf("\tconn.Close()\n")
	}
	p.printf("}\n")
	return nil
}
