package convert

import "regexp"

// rfcFormat reads dialogues as RFCs print them: C: and S:, or S: and R:.
func rfcFormat() Format {
	return Format{
		Name: "rfc", About: "dialogues with C: and S:, as RFCs print them",
		score: func(head []string) int { n, _ := count(head, rfcMarks); return n },
		read: func(src *source, d *draft) {
			_, swap := count(peekHead(src), rfcMarks)
			readMarked(src, d, swap, rfcMarks, nil)
		},
	}
}

var rfcLine = regexp.MustCompile(`^\s*([CSR]): ?(.*)$`)

func rfcMarks(line string) []said {
	m := rfcLine.FindStringSubmatch(line)
	if m == nil {
		return []said{{text: line}}
	}
	who := theClient
	if m[1] == "S" {
		who = theServer
	}
	return []said{{who: who, text: m[2]}}
}
