package convert

import (
	"strings"

	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

var (
	namedReply  = lazy.Regexp(`^[a-z]{2,8}: [2-5][0-5][0-9][ -]`)
	tookTime    = lazy.Regexp(` \[\d+ ms\]$`) // MXToolbox
	joinedReply = lazy.Regexp(`(?i)\s(?:EHLO|HELO) \S+\s+250.*\sMAIL FROM:`)
)

// says reports whether a line is a command, whatever is written behind it.
func says(line string) bool {
	line, _ = transcript.CutRemark(line, transcript.FromClient)
	return commandLike().MatchString(line)
}

// command takes a command, and what somebody has written behind it.
func (b *bare) command(line string) {
	rest, remark := transcript.CutRemark(line, transcript.FromClient)
	if remark == "" {
		b.d.say(transcript.FromClient, line)
		return
	}
	b.d.warn("what stands behind this line is a remark; it is kept as a comment")
	b.d.say(transcript.FromClient, rest)
	b.d.comment(remark)
}

// reply takes a line of a reply. A terminal or a mail may have wrapped it.
func (b *bare) reply(line string) {
	d := b.d
	for n := 0; n < 3 && b.wrapped(line); n++ {
		next, _ := b.src.next()
		next = b.uncut(next)
		d.warn("the line before had been wrapped; that they belong together is a guess")
		line = strings.TrimRight(line, " ") + " " + strings.TrimSpace(next)
	}
	if joinedReply().MatchString(line) {
		d.warn("this line may hold a whole dialogue; it is kept as it is")
	}
	if m := tookTime().FindStringIndex(line); m != nil {
		d.warn("how long the reply took stands behind it; that is left out")
		line = line[:m[0]]
	}
	rest, remark := transcript.CutRemark(line, transcript.FromServer)
	if remark != "" {
		d.warn("what stands behind this line is a remark; it is kept as a comment")
		line = rest
	}
	d.say(transcript.FromServer, line)
	d.comment(remark)
}

// ornament is what stands before each reply, where commands have nothing
// before them: >>220 mx.test.example
var ornament = lazy.Regexp(`^([^\w\s]{1,4} ?|(?:[^\w\s]{1,3} ?)?[A-Za-z][\w.-]{0,40}[:>\])]{1,3} ?)[2-5][0-5][0-9][ -]`)

// findOrnament finds it, if all replies have the same, but for lines of content
// that are like replies.
func findOrnament(head []string) string {
	counts, others, found := map[string]int{}, 0, ""
	for _, l := range head {
		if m := ornament().FindStringSubmatch(l); m != nil && !replyLike().MatchString(l) {
			counts[m[1]]++
			if n := counts[m[1]]; n > counts[found] || n == counts[found] && m[1] < found {
				found = m[1]
			}
			others++
		} else if replyLike().MatchString(l) {
			others++
		}
	}
	n := counts[found]
	if others -= n; n < 2 || n < 4*others {
		return ""
	}
	return found
}

// closings are the ends of marks that open.
var closings = map[byte]string{'[': "]", '(': ")", '<': ">", '{': "}"}

// cutOrnament takes the mark off a reply, and what closes it.
func cutOrnament(line, mark string) string {
	rest, ok := strings.CutPrefix(line, mark)
	if !ok || mark == "" {
		return line
	}
	if strings.Trim(mark, "*`~") == "" { // emphasis
		return strings.TrimSuffix(rest, mark)
	}
	return strings.TrimSuffix(rest, closings[mark[len(mark)-1]])
}

// plain takes the emphasis off a command.
func plain(line string) (string, bool) {
	for _, e := range emphases {
		if inner, ok := e.inside(line); ok && commandLike().MatchString(inner) {
			return inner, true
		}
	}
	return line, false
}

// wrapped reports whether the next line is the end of this one: it is neither
// command nor reply, and what comes behind it leaves no other place for it.
func (b *bare) wrapped(line string) bool {
	next, ok := b.peek(0)
	next = strings.TrimSpace(next)
	if !ok || len(line) < 58 || line[0] == '3' || next == "" || replyLike().MatchString(next) || commandLike().MatchString(next) || isTerminal(next) {
		return false
	}
	then, ok := b.peek(1)
	then = strings.TrimSpace(then)
	if line[3] == '-' {
		return ok && replyLike().MatchString(then)
	}
	return !ok || then == "" || commandLike().MatchString(then) || isTerminal(then)
}

func isTerminal(line string) bool {
	return terminalLine().MatchString(line) || promptLine().MatchString(line) || sslNoise().MatchString(line) ||
		leftOut().MatchString(line) || strings.HasPrefix(line, "^") || strings.HasPrefix(line, "Connection ") || strings.HasPrefix(line, "DEBUG")
}
