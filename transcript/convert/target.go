package convert

import (
	"net"
	"strings"
)

// practicePort is where the practice server is to listen for programs: it was in
// memory.
const practicePort = "2525"

// practice is the scenario of the practice server that it was, or "".
func (a *act) practice() string {
	if a.host != "practice" {
		return ""
	}
	scenario, ok := strings.CutPrefix(a.addr, "practice:")
	if !ok {
		return ""
	}
	return scenario
}

// target is where a program connects to, unless it is told otherwise.
func (a *act) target() (host, port string) {
	if a.practice() != "" {
		return "127.0.0.1", practicePort
	}
	host, port, err := net.SplitHostPort(a.addr)
	if err != nil {
		host, port = a.addr, ""
	}
	if a.host != "" {
		host = a.host
		if h, p, err := net.SplitHostPort(a.host); err == nil {
			host, port = h, p
		}
	}
	if strings.ContainsAny(host, "/ ") || host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "25"
		if a.implicit {
			port = "465"
		}
	}
	return host, port
}
