package script

import (
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
