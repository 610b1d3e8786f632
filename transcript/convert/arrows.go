package convert

import (
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/transcript/lazy"
)

// arrowsFormat reads any log whose lines have one of the common pairs of
// marks: msmtp, Ruby's Net::SMTP, Perl's Net::SMTP, sendmail -v, Exim's debug
// output and many more. Which of a pair is the server's is told by the replies
// behind it.
func arrowsFormat() Format {
	return Format{
		Name: "arrows", About: "any log with --> and <--, >>> and <<<, or the like; aiosmtpd, hMailServer, Exchange",
		score: func(head []string) int {
			marks := arrowsIn(head)
			n, swap := count(head, marks)
			switch client, server := sidesMarked(head, marks, swap); {
			case client && !server:
				n, _ = count(head, orReply(marks))
			case !client: // somebody else may know the client's
				n = (n + 1) / 2
			}
			return n
		},
		timed: func(head []string) bool { return haveStamps(arrowLine)(head) || timedLog(head) },
		read: func(src *source, d *draft) {
			head := peekHead(src)
			marks := arrowsIn(head)
			_, swap := count(head, marks)
			if client, server := sidesMarked(head, marks, swap); client && !server {
				marks = orReply(marks)
			}
			readGuessed(src, d, swap, marks, arrowWrap)
		},
	}
}

// arrowsIn returns the marks of a file.
func arrowsIn(head []string) marks {
	if slices.ContainsFunc(head, arrowCLI().MatchString) {
		return cliMarks
	}
	return arrowsOf(head, arrowMarks)
}

// sidesMarked reports which sides have marks: of the lines that sendmail -v prints
// only the client's have.
func sidesMarked(head []string, cut marks, swap bool) (client, server bool) {
	for _, l := range head {
		for _, s := range cut(l) {
			client, server = client || s.who == theClient, server || s.who == theServer
		}
	}
	if swap {
		return server, client
	}
	return client, server
}

// mirrors are the marks of both sides that are no arrows.
var mirrors = map[string]string{"client:": "server:", "sent:": "recv:", "send:": "receive:", "tx:": "rx:", "out:": "in:", ">>>putline>>>": "<<<getline<<<"}

// mirror is the mark of the other side.
func mirror(mark string) string {
	mark = strings.ToLower(mark)
	for a, b := range mirrors {
		switch mark {
		case a:
			return b
		case b:
			return a
		}
	}
	if mark == "received:" {
		return "sent:"
	}
	turned := []byte(mark)
	slices.Reverse(turned)
	return strings.NewReplacer("<", ">", ">", "<").Replace(string(turned))
}

// arrowsOf leaves out marks that stand before no reply and no command, and
// whose mirror image does not either: in a log with >>> and <<<, CONNECTED ->
// HELO is something else, and so is the Received: of a letter. What stands
// before both is a mark of neither: CLIENT>> and SERVER>> differ elsewhere.
func arrowsOf(head []string, cut marks) marks {
	replies, commands := map[string]int{}, map[string]int{}
	for _, l := range head {
		for _, s := range cut(l) {
			text := strings.TrimLeft(s.text, " \t\"'")
			switch mark := strings.ToLower(s.mark); {
			case mark == "":
			case replyLike().MatchString(text):
				replies[mark]++
			case commandLike().MatchString(text):
				commands[mark]++
			}
		}
	}
	proven := map[string]bool{}
	for mark, n := range replies {
		proven[mark] = commands[mark]*3 < n
	}
	for mark, n := range commands {
		proven[mark] = proven[mark] || replies[mark]*2 < n
	}
	return func(line string) []said {
		all := cut(line)
		if len(all) == 1 && all[0].mark != "" && !strings.HasPrefix(all[0].mark, "SMTP") && !proven[strings.ToLower(all[0].mark)] && !proven[mirror(all[0].mark)] {
			return []said{{text: line}}
		}
		return all
	}
}

// orReply takes a line without a mark for the server's if it is like a reply.
func orReply(cut marks) marks {
	return func(line string) []said {
		all := cut(line)
		if len(all) == 1 && all[0].who == theClient && all[0].text == "." { // sendmail -v shows no content
			return []said{{who: withheld}, all[0]}
		}
		if text := strings.TrimLeft(line, " \t"); len(all) == 1 && all[0].who == nobody && replyLike().MatchString(text) {
			return []said{{who: theServer, text: text, mark: noMark}}
		}
		return all
	}
}

var (
	arrowLine  = lazy.Regexp(`^\s*(?:(?:[\w./:=()\[\]-]*[\d:\])][\w./:=()\[\]-]*\s+|[A-Z][a-z]{2}\s+){0,8}?(?:[\w.:=()\[\]-]{1,60}? ?)??)(-->|<--|->|<-|=>|<=|>>>|<<<|>>|<<|SMTP>>|SMTP<<|SMTP\+>|SMTP\|>|SMTP\([^)]{0,40}\)>>|SMTP\([^)]{0,40}\)<<|[Cc]lient:|[Ss]erver:|CLIENT:|SERVER:|SENT:|RECV:|[Ss]end:|[Rr]ecv:|[Rr]eceive:|[Ss]ent:|[Rr]eceived:|TX:|RX:|out:|in:|<<<getline<<<|>>>putline>>>|[Cc](?:lient)? ?-+> ?[Ss](?:erver)? ?:|[Ss](?:erver)? ?-+> ?[Cc](?:lient)? ?:)(?:\s(.*))?$`)
	base64Like = lazy.Regexp(`^[A-Za-z0-9+/]{4,}={0,2}$`)
	// perlModule is what Net::SMTP says of itself before it connects.
	perlModule = lazy.Regexp(`^Net::\w+>>> `)
	// rubyOpened is what Net::SMTP of Ruby says first.
	rubyOpened = lazy.Regexp(`^Connection opened: (\S+):(\d+)$`)
	// arrowPeer is the log of aiosmtpd: the client's address, and bytes of Python.
	arrowPeer = lazy.Regexp(`\('([^']{1,64}', \d+)[^)]{0,40}\) (<<|>>) (b['"].*)$`)
	// arrowCLI is a reply as smtp-cli prints it.
	arrowCLI   = lazy.Regexp(`^\[([2-5]\d\d)\] '(.*)'$`)
	arrowParts = lazy.Regexp(`(?:^|\s)(<<|>>|<|>|<--|-->|\+\+)\s`)
	// arrowWord is a keyword of EHLO whose code is missing.
	arrowWord  = lazy.Regexp(`^(?:PIPELINING|8BITMIME|STARTTLS|ENHANCEDSTATUSCODES|DSN|CHUNKING|SMTPUTF8|HELP|VRFY|ETRN|BINARYMIME|REQUIRETLS|SIZE(?: \d+)?|AUTH[ =][A-Z0-9 -]+|LIMITS .*|XCLIENT .*|XFORWARD .*)$`)
	arrowAngle = lazy.Regexp(`^\s*\S{1,40}[:\]] ([<>]) (.*)$`)
	arrowMore  = lazy.Regexp(`^(?:(?:\d\d:\d\d:\d\d\s+)?\d+\s{4,}|\s+)([2-5]\d\d[ -].*)$`) // Exim puts time and process before it
)

func arrowMarks(line string) []said {
	if s, ok := serverLog(line); ok {
		return []said{s}
	}
	if all := joinedArrows(line); all != nil {
		return all
	}
	at, rest, _ := cutTime(line)
	if s, ok := arrowEvent(rest); ok {
		s.at = at
		return []said{s}
	}
	m := arrowLine().FindStringSubmatch(rest)
	if p := arrowPeer().FindStringSubmatch(rest); p != nil {
		if data, whole, ok := pythonLiteral(p[3]); ok && whole {
			return []said{{who: map[string]who{"<<": theServer, ">>": theClient}[p[2]], at: at, conn: p[1], text: string(data)}}
		}
	}
	if m == nil {
		m = arrowAngle().FindStringSubmatch(rest)
	}
	if m == nil {
		return []said{{text: line}}
	}
	mark := m[1]
	s := said{at: at, text: m[2], mark: mark, who: arrowSide(mark)}
	if trimmed := strings.TrimLeft(s.text, " \t"); s.who == theServer && replyLike().MatchString(trimmed) {
		s.text = trimmed // set off by more than a blank
	}
	if reply, ok := strings.CutPrefix(s.text, "SERVER: "); ok && replyLike().MatchString(reply) { // s-nail marks both sides with >>>
		s.who, s.text, s.mark = theServer, reply, mark+" SERVER:"
	}
	if strings.HasPrefix(rest, "Net::") || strings.HasPrefix(rest, "s-nail: ") {
		return []said{undoubled(s)}
	}
	if strings.HasPrefix(mark, "SMTP") {
		s.text = strings.TrimLeft(s.text, " ")
		switch {
		case strings.HasPrefix(s.text, "writing message and terminating"):
			s.who = withheld
		case mark == "SMTP(close)>>":
			s.who, s.text = closing, "client"
		}
	}
	if text := s.text; strings.HasPrefix(text, `"`) { // Ruby prints what inspect gives
		if data, whole, ok := pythonLiteral(text); ok && whole {
			if s.bytes = data; !strings.HasSuffix(string(data), "\n") {
				s.bytes = append(data, "\r\n"...)
			}
		}
	}
	return []said{s}
}

// arrowEvent takes a line that tells of something else than octets.
func arrowEvent(text string) (s said, ok bool) {
	switch m := rubyOpened().FindStringSubmatch(text); {
	case m != nil:
		return said{who: opened, facts: []session.Fact{{Key: "host", Value: m[1]}, {Key: "addr", Value: address(m[1], m[2])}}}, true
	case strings.HasPrefix(text, "++ Starting "):
		return said{who: opened}, true
	case perlModule().MatchString(text):
		return said{who: noise}, true
	case text == "TLS connection started":
		return said{who: securing}, true
	}
	return said{}, false
}

// arrowSide is whose line a mark stands before.
func arrowSide(mark string) who {
	switch {
	case strings.HasSuffix(mark, "<<"), strings.EqualFold(mark[:1], "s") && strings.Contains(mark, "->"), strings.HasPrefix(mark, "<"), strings.EqualFold(mark, "server:"),
		strings.EqualFold(mark, "recv:"), mark == "RX:", mark == "in:", strings.EqualFold(strings.TrimRight(mark, "d:"), "receive"):
		return theServer
	}
	return theClient
}

// undoubled takes a line of a program that shows content as it is before the
// dots are doubled: Perl's Net::SMTP, which shows a login a second time decoded
// too, and s-nail.
func undoubled(s said) said {
	switch {
	case strings.HasPrefix(s.text, "(decoded) "), s.text == "(decoded)":
		return said{who: noise}
	case s.who == theClient && len(s.text) > 1 && s.text[0] == '.':
		// RFC 5321, 4.5.2: another dot goes before the first.
		s.text = "." + s.text
		s.guessed("the program shows content before it doubles the dots; the one that it sends before this line is written")
	}
	return s
}

// cliMarks are those of smtp-cli.
func cliMarks(line string) []said {
	if m := arrowCLI().FindStringSubmatch(line); m != nil {
		return []said{{who: theServer, text: m[1] + " " + m[2], mark: "[" + m[1] + "]"}}
	}
	if rest, ok := strings.CutPrefix(line, "> "); ok {
		return []said{{who: theClient, text: rest, mark: ">"}}
	}
	return []said{{text: line}}
}

// joinedArrows parts a whole dialogue that a log has put into one line.
func joinedArrows(line string) []said {
	found := arrowParts().FindAllStringSubmatchIndex(line, -1)
	replies := 0
	var all []said
	for i, m := range found {
		end := len(line)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		mark, text := line[m[2]:m[3]], strings.TrimSpace(line[m[1]:end])
		s := said{who: theClient, text: text, mark: mark}
		switch {
		case mark == "++" && strings.HasPrefix(text, "Starting "):
			s = said{who: opened}
		case mark == "++":
			s = said{who: aside, text: text}
		case text == ".": // the content is not shown
			all = append(all, said{who: withheld})
		case mark[0] == '<' && replyLike().MatchString(text):
			replies++
			all = append(all, unglue(text, s.at)...)
			continue
		case mark[0] == '<', mark[0] == '>' && i > 0 && !commandLike().MatchString(text) && text != "." && !base64Like().MatchString(text):
			return nil
		}
		all = append(all, s)
	}
	if replies < 3 {
		return nil
	}
	all[0].guessed("a whole dialogue stands in this line; where its lines begin is a guess")
	if last := &all[len(all)-1]; last.who == theServer {
		last.text = strings.TrimSuffix(last.text, " [] []")
	}
	return all
}

// arrowWrap takes the further lines of a reply that have no mark.
func arrowWrap(last *said, line string) bool {
	if m := arrowCLI().FindStringSubmatch(line); m != nil && strings.HasPrefix(last.mark, "["+m[1]) {
		last.more(m[2], "smtp-cli does not show which line of a reply is the last; that these are one reply is a guess")
		return true
	}
	if arrowWord().MatchString(line) && last.who == theServer && strings.HasPrefix(string(last.wire()), "250") {
		last.more(line, "the further lines of this reply have no code; that they belong to it is a guess")
		return true
	}
	if replyLike().MatchString(line) && unfinishedReply(last.wire()) {
		last.goesOn()
		last.bytes = append(last.wire(), line+"\r\n"...)
		return true
	}
	if m := arrowMore().FindStringSubmatch(line); m != nil && last.bytes == nil && unfinishedReply(last.wire()) && arrowLine().FindString(line) == "" {
		last.goesOn()
		last.bytes = append(last.wire(), m[1]+"\r\n"...)
		return true
	}
	if arrowMore().MatchString(line) && last.bytes != nil && last.text != "" && unfinishedReply(last.bytes) {
		last.bytes = append(last.bytes, arrowMore().FindStringSubmatch(line)[1]+"\r\n"...)
		return true
	}
	return false
}

// more adds a line to a reply, as its last.
func (s *said) more(text, guess string) {
	whole := strings.TrimRight(string(s.wire()), "\r\n")
	from := strings.LastIndexByte(whole, '\n') + 1
	last := whole[from:]
	if len(last) < 3 {
		return
	}
	code := last[:3]
	s.bytes = []byte(whole[:from] + code + "-" + last[min(4, len(last)):] + "\r\n" + code + " " + text + "\r\n")
	s.guessed(guess)
}

// goesOn notes that a reply goes on in lines without a mark. Exim writes it so.
func (s *said) goesOn() {
	if !strings.HasPrefix(s.mark, "SMTP") {
		s.guessed("lines without a mark go on with this reply; that the server said them is a guess")
	}
}

// unfinishedReply reports whether the last line of a reply says that another
// one follows.
func unfinishedReply(wire []byte) bool {
	text := strings.TrimRight(string(wire), "\r\n")
	text = text[strings.LastIndexByte(text, '\n')+1:]
	return replyLike().MatchString(text) && len(text) > 3 && text[3] == '-'
}
