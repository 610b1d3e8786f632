package channel

import (
	"os"
	"strconv"
	"strings"

	"ehlo/session"
)

// text returns the complaint as one line that is safe to show.
func (c *complaint) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := strings.FieldsFunc(string(c.kept), func(r rune) bool { return r == '\n' || r == '\r' })
	text := session.Escape(strings.Join(lines, " | "))
	if c.lost {
		text += "…"
	}
	return text
}

func pid(p *os.Process) string { return strconv.Itoa(p.Pid) }

// exitText is the exit status, or the signal that ended the process.
func exitText(s *os.ProcessState) string {
	if s.Exited() {
		return strconv.Itoa(s.ExitCode())
	}
	return s.String()
}
