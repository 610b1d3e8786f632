package convert

import (
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// swaksFormat reads what swaks prints. Its marks are three characters wide.
func swaksFormat() Format {
	return Format{
		Name: "swaks", About: "output of swaks, under TLS or not",
		score: func(head []string) int {
			if slices.ContainsFunc(head, swaksQuoted().MatchString) {
				return 0 // somebody else's arrows
			}
			n, swap := count(head, swaksMarks())
			if swap {
				return 0 // the same marks, and another meaning
			}
			for _, l := range head {
				if swaksAside().MatchString(l) || swaksDump().MatchString(l) {
					n++
				}
			}
			return n
		},
		read: func(src *source, d *draft) {
			read := readGuessed // people type these marks too
			if slices.ContainsFunc(peekHead(src), swaksAside().MatchString) {
				read = readMarked
			}
			read(src, d, false, swaksMarks(), nil)
		},
	}
}

var (
	swaksClient = lazy.Regexp(`^ ?(->|~>|\*\*>|\*~>)(?: (.*))?$`)
	swaksServer = lazy.Regexp(`^(<- |<~ |<\*\*|<~\*|<-$|<~$)(?: ?(.*))?$`)
	swaksAside  = lazy.Regexp(`^(===|\*\*\*) (.*)$`)
	swaksQuoted = lazy.Regexp(`^ ?(?:->|<-) +".*\\n"$`)
	swaksDump   = lazy.Regexp(`^(?:  >|<  )(?: |$)`)

	swaksTrying = lazy.Regexp(`^(?:Trying|Connecting to) (.*?):(\d+)\.\.\.`)
	swaksTLS    = lazy.Regexp(`^TLS started (?:with cipher|w/ cipher) (?:([^:\s]+):)?([^:\s]+)`)
	swaksLines  = lazy.Regexp(`^\d+ lines sent$`)
)

func swaksMarks() marks {
	host, port := "", ""
	return func(line string) []said {
		if m := swaksClient().FindStringSubmatch(line); m != nil {
			s := said{who: theClient, text: m[2], mark: m[1], tls: strings.Contains(m[1], "~")}
			if swaksLines().MatchString(m[2]) {
				s.who = withheld
			}
			return []said{s}
		}
		if swaksDump().MatchString(line) {
			return []said{{who: noise}} // --show-raw-text: the same again, in hexadecimal
		}
		if m := swaksServer().FindStringSubmatch(line); m != nil {
			return []said{{who: theServer, text: m[2], mark: strings.TrimSpace(m[1]), tls: strings.Contains(m[1], "~")}}
		}
		m := swaksAside().FindStringSubmatch(line)
		if m == nil {
			return []said{{text: line}}
		}
		if t := swaksTrying().FindStringSubmatch(m[2]); t != nil {
			host, port = t[1], t[2]
			return []said{{who: noise}}
		}
		if strings.HasPrefix(m[2], "Connected to ") {
			return []said{{who: opened, facts: []session.Fact{{Key: "host", Value: host}, {Key: "addr", Value: address(host, port)}}}}
		}
		return []said{swaksInfo(m[2])}
	}
}

// swaksInfo reads what stands behind === and ***.
func swaksInfo(text string) said {
	begins := func(with ...string) bool {
		for _, w := range with {
			if strings.HasPrefix(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case begins("TLS started"):
		s := said{who: securing}
		if t := swaksTLS().FindStringSubmatch(text); t != nil {
			s.facts = []session.Fact{{Key: "version", Value: t[1]}, {Key: "cipher", Value: t[2]}}
		}
		return s
	case begins("TLS startup failed", "TLS verification failed", "STARTTLS attempted but failed"):
		return said{who: failing, fault: session.FaultTLS, text: text}
	case begins("Error connecting"):
		return said{who: failing, fault: session.FaultConnect, text: text}
	case begins("Timeout"):
		return said{who: failing, fault: session.FaultTimeout, text: text}
	case begins("Connection closed"):
		return said{who: closing}
	case begins("Dropping connection"):
		return said{who: closing, text: "client"}
	case begins("Remote host closed connection"):
		return said{who: closing, text: "server"}
	case begins("Connecting to ", "Spawning "):
		_, rest, _ := strings.Cut(text, " ")
		return said{who: opened, facts: []session.Fact{{Key: "host", Value: rest}}}
	case begins("response in "):
		return said{who: noise}
	}
	return said{who: aside, text: text}
}
