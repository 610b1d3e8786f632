package convert

import (
	"encoding/json"
	"strings"

	"ehlo/transcript"
	"ehlo/transcript/lazy"
)

var closingTag = lazy.Regexp(`</\w+>\s*$`)

// plainly takes off what a program has put around the octets: quotes and
// escapes, a line end in letters, the other cells of a table.
func plainly(line string, from int, whose who) []said {
	text, doubled := line[from:], false
	if tag := closingTag().FindStringIndex(text); tag != nil && strings.HasSuffix(line[:from], ">") {
		text = text[:tag[0]]
	}
	switch before := line[:from]; {
	case strings.HasSuffix(before, `,"`) && strings.HasSuffix(strings.TrimRight(text, " "), `"`) && !strings.Contains(before, "{"): // comma-separated values
		text = strings.TrimSuffix(strings.TrimRight(text, " "), `"`)
		doubled = strings.Contains(text, `""`)
		text = strings.ReplaceAll(text, `""`, `"`)
	case strings.Count(before, `"`)%2 == 1 && (strings.Contains(before, "{") || !strings.HasSuffix(before, `"`)):
		text = jsonText(text) // or that of a log with key="value"
		if whose == theServer && !strings.Contains(text, "\r") {
			text = strings.ReplaceAll(text, "\n", "\r\n") // of the lines of a reply that a program has joined
		}
	case strings.HasSuffix(before, `"`), strings.HasSuffix(before, `'`):
		data, whole, _ := pythonLiteral(before[from-1:] + text)
		s := said{who: whose, bytes: data}
		if !whole {
			s.guessed("the line has no closing quote; it may have been cut off")
		}
		if n := len(data); n == 0 || data[n-1] != '\n' {
			s.bytes = append(data, "\r\n"...)
		}
		return []said{s}
	case strings.HasSuffix(before, "<<") && strings.HasSuffix(text, ">>"): // KMail
		text = strings.TrimSuffix(text, ">>")
	case strings.HasSuffix(before, "`"):
		text, _, _ = strings.Cut(text, "`")
	case strings.HasSuffix(before, "*"):
		text = strings.TrimRight(text, "*")
	case strings.Contains(before, "{") && strings.Contains(text, "}"):
		text = text[:strings.LastIndexByte(text, '}')]
	case strings.HasPrefix(line, "|") && strings.HasSuffix(strings.TrimRight(line, " "), "|"):
		text, _, _ = strings.Cut(text, "|")
		text = strings.TrimRight(text, " ")
	}
	if strings.Contains(text, `\<`) && strings.Contains(text, `\>`) {
		text = markdownEscapes.Replace(text)
	}
	all := unremarked(text, whose, doubled)
	switch first := &all[0]; {
	case whose == theClient && first.text == ". (EOM)": // Sylpheed and Claws Mail
		all = append([]said{{who: withheld}}, said{who: theClient, text: "."})
	case whose == theServer && first.text != "" && !replyLike().MatchString(first.text):
		return []said{{text: line}} // the mark stands before other things too
	}
	return all
}

// unremarked takes a remark off what was said. doubled says that quotes were.
func unremarked(text string, whose who, doubled bool) []said {
	dir := transcript.FromClient
	if whose == theServer {
		dir = transcript.FromServer
		if trimmed := strings.TrimLeft(text, " \t"); replyLike().MatchString(trimmed) {
			text = trimmed
		}
	}
	text, remark := transcript.CutRemark(text, dir)
	all := lettered(text, whose)
	if doubled {
		all[0].guessed("quotes are doubled, as in a table; one of each two is kept")
	}
	if remark != "" {
		all[0].guessed("what stands behind this line is a remark; it is kept as a comment")
		all = append(all, said{who: aside, text: remark})
	}
	all[0].doubt = whose == theClient && !aCommand().MatchString(text)
	return all
}

// jsonText decodes the rest of a string of JSON.
func jsonText(text string) string {
	end := 0
	for end < len(text) && text[end] != '"' {
		if text[end] == '\\' {
			end++
		}
		end++
	}
	var decoded string
	if json.Unmarshal([]byte(`"`+text[:min(end, len(text))]+`"`), &decoded) != nil {
		return text
	}
	return strings.TrimRight(decoded, "\r\n")
}

var markdownEscapes = strings.NewReplacer(`\<`, "<", `\>`, ">", `\_`, "_", `\*`, "*", `\[`, "[", `\]`, "]", `\\`, `\`)

// lettered parts a text at line ends that are written in letters.
func lettered(text string, whose who) []said {
	if whose == theServer && strings.HasPrefix(text, "354") { // it speaks of them
		return []said{{who: whose, text: strings.TrimSuffix(text, "<EOL>")}}
	}
	for _, end := range []string{"<EOL>", "<CRLF>", "<CR><LF>", `\r\n`, `\n`} {
		rest, ok := strings.CutSuffix(text, end)
		if !ok {
			continue
		}
		var all []said
		for part := range strings.SplitSeq(rest, end) {
			all = append(all, said{who: whose, text: part})
		}
		return all
	}
	if whose == theServer {
		return barred(text)
	}
	return []said{{who: whose, text: text}}
}

// barred parts a reply that Wireshark has put into one line:
// 250-mx.test.example | PIPELINING | SIZE 10240000
func barred(text string) []said {
	if len(text) < 4 || text[3] != '-' || !strings.Contains(text, " | ") {
		return []said{{who: theServer, text: text}}
	}
	var all []said
	words := strings.Split(text[4:], " | ")
	for i, w := range words {
		code := text[:4]
		if i == len(words)-1 {
			code = text[:3] + " "
		}
		if replyLike().MatchString(w) {
			code = ""
		}
		all = append(all, said{who: theServer, text: code + w})
	}
	all[0].guessed("the lines of this reply stand in one; their codes are a guess")
	return all
}
