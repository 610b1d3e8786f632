package script

import (
	"slices"

	"ehlo/session"
	"ehlo/transcript/normalise"
)

// Missing names the first variable that has no value and no capture before it.
// Those of a login can be computed.
func (s *Script) Missing(values map[string]string, computed bool) (name string, line int) {
	known := map[string]bool{}
	for i := range s.Conns {
		c := &s.Conns[i]
		told := 0 // answers before the turn
		for k, t := range c.Turns {
			for ; told < len(c.Answer) && c.Answer[told].Turn < k; told++ {
				c.learn(known, &c.Answer[told])
			}
			for _, p := range t.Parts {
				for _, v := range p.Vars {
					if computed && p.Login != nil && v.Secret() {
						continue
					}
					_, given := values[v.Name]
					if _, set := s.Set[v.Name]; !given && !set && !known[v.Name] {
						return v.Name, p.Line
					}
				}
			}
		}
	}
	return "", 0
}

// Captures is the line that is to capture a variable before another line, the
// last if there are several; 0 if there is none.
func (s *Script) Captures(name string, before int) (line int) {
	for i := range s.Conns {
		c := &s.Conns[i]
		for _, a := range c.Answer {
			if name == normalise.QueueName && (a.To == session.EndOfData || a.To == "BDAT") && a.Line < before {
				line = a.Line
			}
		}
		for _, g := range c.Groups {
			for _, x := range g.Expect {
				if x.Line < before && slices.Contains(x.Pattern.Names(), name) {
					line = x.Line
				}
			}
		}
	}
	return line
}

// learn notes what a reply will capture.
func (c *Conn) learn(known map[string]bool, a *Answer) {
	if a.To == session.EndOfData || a.To == "BDAT" {
		known[normalise.QueueName] = true
	}
	if a.Group < 0 {
		return
	}
	for _, x := range c.Groups[a.Group].Expect {
		for _, name := range x.Pattern.Names() {
			known[name] = true
		}
	}
}
