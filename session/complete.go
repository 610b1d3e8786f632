package session

import "strings"

// Completion is a way to go on with a line that is being typed.
type Completion struct {
	Line string // the whole line, as far as it is complete
	Word string // what is new in it, to choose by
}

// Complete returns how a line may go on in this state: verbs that may be said
// now, and mechanisms and parameters that the server offers. Paths are
// completed from the addresses that are given. It proposes, and knows no more
// than [Advise] would let pass without a word.
func Complete(s State, line string, addresses []string) []Completion {
	switch {
	case !s.Open || s.Phase == Data || s.out.chunk > 0:
		return nil
	case s.Phase == Challenged:
		return extend("", line, []string{"*"})
	}
	verb, arg, more := strings.Cut(line, " ")
	if !more {
		return extend("", line, s.openings())
	}
	head := line[:len(line)-len(arg)]
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO", "LHLO":
		if s.Helo != "" {
			return extend(head, arg, []string{s.Helo})
		}
	case "AUTH":
		mechs, _ := s.Offered.Params("AUTH")
		return extend(head, arg, strings.Fields(mechs))
	case "BDAT":
		if n, last, ok := strings.Cut(arg, " "); ok && n != "" {
			return extend(head+n+" ", last, []string{"LAST"})
		}
	case "MAIL":
		return s.completePath("MAIL", head, arg, "FROM:<", addresses)
	case "RCPT":
		return s.completePath("RCPT", head, arg, "TO:<", addresses)
	case "VRFY", "EXPN":
		return extend(head, arg, addresses)
	}
	return nil
}

// openings are the beginnings of lines that may be said now.
func (s State) openings() []string {
	var list []string
	for _, verb := range s.MaySay() {
		switch verb {
		case "MAIL":
			verb = "MAIL FROM:<"
		case "RCPT":
			verb = "RCPT TO:<"
		case "EHLO", "HELO", "LHLO", "AUTH", "VRFY", "EXPN", "BDAT":
			verb += " "
		}
		if Source(strings.Fields(verb)[0]) != "" {
			list = append(list, verb)
		}
	}
	return list
}

// completePath goes on with the argument of MAIL or RCPT.
func (s State) completePath(verb, head, arg, open string, addresses []string) []Completion {
	if len(arg) < len(open) || !strings.EqualFold(arg[:len(open)], open) {
		return extend(head, arg, []string{open})
	}
	path, after, closed := strings.Cut(arg, ">")
	if !closed {
		var paths []string
		for _, a := range addresses {
			paths = append(paths, a+">")
		}
		if verb == "MAIL" {
			paths = append(paths, ">")
		}
		return extend(head+arg[:len(open)], arg[len(open):], paths)
	}
	at := strings.LastIndex(after, " ")
	if at < 0 {
		return nil
	}
	said := strings.ToUpper(after[:at+1])
	var params []string
	for _, p := range knownParameters {
		if p.verbs == verb && s.Offered.Has(p.keyword) && !strings.Contains(said, " "+p.key+" ") && !strings.Contains(said, " "+p.key+"=") {
			params = append(params, s.values(p.key)...)
		}
	}
	return extend(head+path+">"+after[:at+1], after[at+1:], params)
}

// values are a parameter with the values that can be listed.
func (s State) values(key string) []string {
	switch key {
	case "BODY":
		list := []string{"BODY=8BITMIME", "BODY=7BIT"}
		if s.Offered.Has("BINARYMIME") && s.Offered.Has("CHUNKING") {
			list = append(list, "BODY=BINARYMIME")
		}
		return list
	case "RET":
		return []string{"RET=HDRS", "RET=FULL"}
	case "NOTIFY":
		return []string{"NOTIFY=NEVER", "NOTIFY=SUCCESS", "NOTIFY=FAILURE", "NOTIFY=DELAY", "NOTIFY=SUCCESS,FAILURE,DELAY"}
	case "ORCPT":
		return []string{"ORCPT=rfc822;"}
	case "AUTH":
		return []string{"AUTH=<>"}
	case "SMTPUTF8", "REQUIRETLS", "PRDR", "CONPERM", "CONNEG", "XVERP":
		return []string{key}
	}
	return []string{key + "="}
}

// extend returns the words that begin as what was typed does, whatever its
// case.
func extend(head, typed string, words []string) []Completion {
	var list []Completion
	for _, w := range words {
		if len(w) > len(typed) && strings.EqualFold(w[:len(typed)], typed) {
			list = append(list, Completion{head + w, w})
		}
	}
	return list
}
