package convert

import (
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// content takes a line of content. Where the paste leaves out the rest of it,
// no dot will come.
func (b *bare) content(line string) {
	if !b.looked {
		b.looked, b.late = true, !b.dotComes()
	}
	if b.late && replyLike().MatchString(line) && b.verdict() {
		b.d.say(transcript.FromServer, line)
		b.late, b.looked = false, false
		return
	}
	if rest, remark := transcript.CutRemark(line, transcript.FromServer); remark != "" && rest == "." && b.verdict() {
		b.d.warn("what stands behind the dot is a remark; it is kept as a comment")
		defer b.d.comment(remark)
		line = rest
	} else if remark != "" {
		b.d.warn("what stands at the end of this line may be a remark; it is kept")
	}
	if line != "." && strings.TrimSpace(line) == "." && b.verdict() {
		b.d.warn("blanks stand beside the dot, and a reply follows; that it ended the content is a guess")
		line = "."
	}
	b.d.say(transcript.FromClient, line)
}

// unanswered takes a line of content of a paste that has only what the client
// said: no 354 tells that content begins.
func (b *bare) unanswered(line string, st session.State) bool {
	if !b.alone && (b.d.server > 0 || !waits(st, "DATA") || !b.dotComes()) {
		return false
	}
	if !b.alone && line != "." {
		b.d.warn("no reply is in the file; that what stands between DATA and the dot is content is a guess")
	}
	b.alone = line != "."
	b.d.say(transcript.FromClient, line)
	return true
}

// verdict reports whether a line like a reply ends the content: behind it the
// client says a command, or nothing comes at all.
func (b *bare) verdict() bool {
	for i := range 20 {
		next, ok := b.peek(i)
		if !ok {
			return true
		}
		if next = strings.TrimSpace(next); next != "" {
			return commandLike().MatchString(next) || terminalLine().MatchString(next) || replyLike().MatchString(next)
		}
	}
	return true
}

// maxAhead is how many lines a dot is looked for.
const maxAhead = 5000

func (b *bare) dotComes() bool {
	for i := range maxAhead {
		next, ok := b.peek(i)
		if !ok {
			return false
		}
		if strings.TrimSpace(next) == "." {
			return true
		}
	}
	return true
}
