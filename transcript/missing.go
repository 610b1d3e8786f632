package transcript

import "ehlo/session"

// missing names the first variable that has no value and no capture before it.
// Those of a login can be computed.
func (s *script) missing(values map[string]string, computed bool) (name string, line int) {
	known := map[string]bool{}
	for i := range s.conns {
		c := &s.conns[i]
		told := 0 // answers before the turn
		for k, t := range c.turns {
			for ; told < len(c.answer) && c.answer[told].turn < k; told++ {
				c.learn(known, &c.answer[told])
			}
			for _, p := range t.parts {
				for _, v := range p.vars {
					if computed && p.login != nil && v.Secret() {
						continue
					}
					_, given := values[v.Name]
					if _, set := s.set[v.Name]; !given && !set && !known[v.Name] {
						return v.Name, p.line
					}
				}
			}
		}
	}
	return "", 0
}

// learn notes what a reply will capture.
func (c *conn) learn(known map[string]bool, a *answer) {
	if a.To == session.EndOfData || a.To == "BDAT" {
		known[queueName] = true
	}
	if a.group < 0 {
		return
	}
	for _, x := range c.groups[a.group].expect {
		for _, name := range x.pattern.Names() {
			known[name] = true
		}
	}
}
