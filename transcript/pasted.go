package transcript

import (
	"bytes"
	"fmt"
	"strings"

	"ehlo/session"
)

// labelled takes a line that says whose it is.
func (l *loose) labelled(found label) {
	if l.labels == nil {
		l.labels = map[string]bool{}
	}
	l.introduce(found)
	l.labels[found.word] = true
	l.column = found.column
	if found.either == "both" {
		l.aside(0, found.text)
		return
	}
	dir := l.side(found)
	text := l.unquoted(l.afterLabel(found))
	switch {
	case dir == FromServer:
		text = l.fromServer(text)
	case l.mailData():
		text = l.asContent(text)
	}
	text, remark := l.cutRemark(dir, text)
	l.speak(dir, text)
	if remark != "" {
		l.emit(Item{Kind: Comment, Text: clip(remark)})
	}
}

// introduce warns once of each label that is none of the format's own, and of
// what stands before labels.
func (l *loose) introduce(found label) {
	own, key := found.mark == "C:" || found.mark == "S:", found.mark
	if found.glued() {
		key += "|"
	}
	if !l.labels[key] && len(l.labels) < maxDamage {
		l.labels[key] = true
		switch {
		case own && found.glued():
			l.warn("what belongs behind the label is one blank")
		case own || found.either == "R" || found.either == "both": // of R it is told elsewhere
		case found.dir == FromClient:
			l.warn("what stands before this line is taken for a label of the client: %s", found.mark)
		default:
			l.warn("what stands before this line is taken for a label of the server: %s", found.mark)
		}
	}
	if found.before != "" && !l.ornate {
		l.ornate = true
		l.warn("what stands before the labels is left out: %s", found.before)
	} else if found.column > 0 && !l.ornate && !l.setIn {
		l.setIn = true
		l.warn("blanks before the labels are left out")
	}
}

// afterLabel is what stands behind a label. In a dialogue whose labels have no
// blank behind them, one belongs to the content; but no content begins with a
// field of the header that is set in.
func (l *loose) afterLabel(found label) string {
	tight, spaced := found.mark+"|", found.mark+" "
	blank := found.text != "" && !found.glued()
	switch {
	case blank && (!l.content() || l.last == FromServer && headerField(found.text)):
		l.labels[spaced] = true
	case l.content() && found.blank != "" && l.labels[tight] && !l.labels[spaced]:
		if kept := tight + "kept"; !l.labels[kept] {
			l.labels[kept] = true
			l.warn("no other label has a blank behind it, so this one is taken for content")
		}
		return found.blank + found.text
	}
	return found.text
}

// unquoted takes a line that a program has printed as a literal.
func (l *loose) unquoted(text string) string {
	inner, ok := strings.CutPrefix(strings.TrimRight(text, " \t"), `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	if !ok || !closed || !l.quoted && !strings.HasSuffix(inner, `\r\n`) && !replyCode(inner) && !command().MatchString(inner) {
		return text
	}
	data, _, err := unquote(nil, 0, []byte(inner))
	data = bytes.TrimSuffix(data, []byte("\r\n"))
	if err != nil || bytes.IndexByte(data, '\n') >= 0 {
		return text
	}
	l.quoted = true
	l.warn("the line stands in quotes; they are left out")
	return string(data)
}

// cutRemark takes away what somebody has written behind a line.
func (l *loose) cutRemark(dir Dir, text string) (rest, remark string) {
	rest, remark = CutRemark(text, dir)
	switch {
	case remark == "":
		return text, ""
	case dir == FromServer || !l.content() || rest == "." && l.mailData():
		l.warn("what stands behind this line is a remark; it is kept as a comment")
		return rest, remark
	case !l.mailData():
		return text, ""
	}
	l.warn("what stands at the end of this line may be a remark; it is kept")
	return text, ""
}

// speak adds what stands behind a label.
func (l *loose) speak(dir Dir, text string) {
	inner, whole := wholeAside(text)
	switch {
	case dir == FromClient && l.chunk > 0 && (whole || ellipsis(text)):
		l.notShown(text)
	case dir == FromClient && l.mailData():
		l.unmarked = false
		l.fromClient(text)
	case dir == FromClient && whole && l.st.Phase == session.Challenged:
		l.placeholder(inner)
	case whole:
		l.aside(dir, inner)
	case ellipsis(text):
		l.missing(text)
	case dir == FromServer && l.secured && session.ParseReplyLine([]byte(text)).Code == 220:
		// RFC 3207, 4.2: the client speaks first behind the handshake. RFC 8689
		// has such a line, and no server says it.
		l.warn("a greeting behind the handshake, where no server greets again; it is kept as a comment")
		l.emit(Item{Kind: Comment, Text: clip("S: " + text)})
	case dir == FromServer:
		l.beforeServer(text)
		l.say(FromServer, text)
	default:
		l.fromClient(text)
	}
}

// side finds out who speaks. In RFC 821, 1830 and 3030 S is the sender and R
// the receiver, and that is so where there is an R and no C.
func (l *loose) side(found label) Dir {
	if found.either == "" || l.labels["c"] && found.either == "S" {
		l.known = l.known || found.word == "c"
		return found.dir
	}
	if !l.known && (found.either == "R" || !replyCode(found.text)) {
		ahead, _ := l.s.r.Peek(l.s.r.Size())
		c, r := sides(string(ahead))
		l.known = true
		l.swapped = !c && !l.labels["c"] && (r || found.either == "R")
		if l.swapped {
			l.warn("R stands for the server here and S for the client: it is written as S and C")
		}
	}
	if !l.swapped || found.either == "R" {
		return FromServer
	}
	if replyCode(found.text) && !l.mailData() && l.chunk == 0 && len(l.st.Pending) > 0 {
		l.warn("this is a reply, so it is the server's, whatever stands before it")
		return FromServer
	}
	return FromClient
}

// fromServer mends a line of a reply.
func (l *loose) fromServer(text string) string {
	if trimmed := strings.TrimRight(text, "\t"); trimmed != text {
		l.warn("tabs behind the reply are left out")
		text = trimmed
	}
	if !strings.HasPrefix(text, "354") || strings.HasSuffix(text, `\r\n`) { // that one speaks of them
		if rest, ended := cutLineEnd(text); ended {
			l.warn("a line end in letters is left out")
			text = strings.TrimRight(rest, " ")
		}
	}
	if trimmed := strings.TrimLeft(text, " \t"); trimmed != text && replyCode(trimmed) {
		l.warn("blanks before the code are left out")
		return trimmed
	}
	return text
}

// asContent mends a line of content.
func (l *loose) asContent(text string) string {
	if spelledDot(text) {
		l.warn("CRLF.CRLF in letters is the final dot")
		return "."
	}
	return text
}

// fromClient takes a line of the client, which may be written as several.
func (l *loose) fromClient(text string) {
	if l.multi && l.last == FromServer && !l.elided {
		l.warn("the reply before this line has no last line; if one came, it is not shown")
	}
	text, ended := cutLineEnd(text)
	lines := []string{text}
	if ended {
		l.warn("a line end in letters is left out")
	}
	if content := l.content(); content && strings.Contains(text, `\r\n`) {
		l.warn("line ends in letters part this line")
		lines = strings.Split(text, `\r\n`)
	} else if !content {
		if trimmed := strings.TrimLeft(text, " \t"); trimmed != text && session.Source(session.ParseCommand([]byte(trimmed)).Verb) != "" {
			l.warn("blanks before the command are left out")
			lines[0] = trimmed
		}
	}
	for _, line := range lines {
		l.beforeClient(line)
		if n := int64(len(line)); l.chunk > 0 && n >= l.chunk && n < l.chunk+2 {
			l.warn("the chunk ends here, so there is no line end behind it")
			l.octets(Item{Kind: Octets, Dir: FromClient, Op: '"', Data: []byte(line)[:l.chunk]})
			continue
		}
		l.say(FromClient, line)
	}
}

// beforeClient puts in what must have happened before a command.
func (l *loose) beforeClient(text string) {
	verb := session.ParseCommand([]byte(text)).Verb
	switch {
	case l.chunk > 0 && command().MatchString(text):
		l.rest()
	case l.st.Phase == session.Handshake:
		l.warn("TLS must have begun before this line")
		l.secure()
	case l.said && l.st.Phase == session.Over && (verb == "EHLO" || verb == "HELO" || verb == "LHLO"):
		l.warn("another connection begins here")
		l.connect("")
	}
}

// beforeServer does so before a reply.
func (l *loose) beforeServer(text string) {
	code := session.ParseReplyLine([]byte(text)).Code
	idle := len(l.st.Pending) == 0 && l.st.Phase != session.Handshake && !l.multi
	switch {
	case l.chunk > 0:
		l.rest()
	case l.said && idle && code == 220:
		l.warn("another connection begins here")
		l.connect("")
	}
}

// rest stands for the octets of a chunk that were not pasted.
func (l *loose) rest() {
	l.warn("%d octets of the chunk are not shown", l.chunk)
	l.octets(Item{Kind: Octets, Dir: FromClient, Op: '@', Bulk: &session.Bulk{Octets: l.chunk}})
}

// notShown is a remark in the place of a chunk.
func (l *loose) notShown(text string) {
	l.emit(Item{Kind: Comment, Text: clip(text)})
	l.rest()
}

// placeholder is a remark in the place of a response.
func (l *loose) placeholder(inner string) {
	l.warn("a response that is not shown")
	l.emit(Item{Kind: Comment, Text: clip(inner)})
	l.secrets++
	name := fmt.Sprintf("secret.%d", l.secrets)
	data := append(appendPlaceholder(nil, name), "\r\n"...)
	l.octets(Item{Kind: Octets, Dir: FromClient, Op: '>', Data: data, Vars: []Var{{0, len(data) - 2, name}}})
}

// aside takes a remark: that somebody connects, begins TLS or leaves.
func (l *loose) aside(dir Dir, text string) {
	by := "client"
	if dir == FromServer || dir == 0 && strings.Contains(strings.ToLower(text), "server") {
		by = "server"
	}
	switch {
	case securing().MatchString(text) && l.st.Phase == session.Handshake:
		l.warn("a remark on TLS is written as @ starttls")
		l.secure()
		l.emit(Item{Kind: Comment, Text: clip(text)})
	case parting().MatchString(text) && connecting().MatchString(text) && l.said:
		l.warn("a remark on the end of the connection is written as = closed")
		it := Item{Kind: Fact, Key: "closed", Text: "by=" + by}
		l.learn(&it)
		l.emit(it)
	case connecting().MatchString(text) && !parting().MatchString(text) && !securing().MatchString(text):
		if l.greets && !l.said {
			l.emit(Item{Kind: Comment, Text: clip(text)})
			return
		}
		l.warn("a remark on the connection is written as = connect")
		l.connect(text)
	default:
		l.warn("a remark is kept as a comment")
		l.emit(Item{Kind: Comment, Text: clip(text)})
	}
}

// connect begins a connection.
func (l *loose) connect(text string) {
	if l.said {
		l.conns++
		l.emit(Item{Kind: Fact, Key: "session", Text: fmt.Sprint(l.conns)})
	}
	l.begin()
	l.emit(Item{Kind: Fact, Key: "connect"})
	if text != "" {
		l.emit(Item{Kind: Comment, Text: clip(text)})
	}
}

func (l *loose) secure() {
	it := Item{Kind: Directive, Key: "starttls"}
	l.learn(&it)
	l.emit(it)
	l.secured = true
}

// missing notes that something is not shown.
func (l *loose) missing(text string) {
	l.warn("something is not shown here")
	l.elided = true
	text = strings.TrimSpace(text)
	l.emit(Item{Kind: Fact, Key: "gap", Text: string(appendValue([]byte("note="), clip(text)))})
}

// clip makes text fit a line.
func clip(text string) string {
	text = strings.TrimSpace(session.Escape(text))
	if len(text) > maxValue {
		text = strings.ToValidUTF8(text[:maxValue], "") + "…"
	}
	return text
}
