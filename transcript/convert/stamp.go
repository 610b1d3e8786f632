package convert

import (
	"regexp"
	"time"

	"ehlo/transcript/lazy"
)

// stamps are the ways in which logs write a time before a line.
var stamps = []struct {
	re     func() *regexp.Regexp
	layout string
}{
	{lazy.Regexp(`^\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))\]?[:,]?\s+`), "2006-01-02T15:04:05.999999999Z07:00"},
	{lazy.Regexp(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z),`), "2006-01-02T15:04:05.999999999Z07:00"}, // of a table
	{lazy.Regexp(`^\[?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?)(?: ?UTC)?\]?[:,]?\s+`), "2006-01-02 15:04:05"},
	{lazy.Regexp(`^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\s+`), "2006/01/02 15:04:05"},
	{lazy.Regexp(`^([A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d+)?)\s+`), "Jan _2 15:04:05"},
	{lazy.Regexp(`^\[?(\d\d:\d\d:\d\d(?:\.\d+)?)\]?[:,]?\s+`), "15:04:05"},
}

// cutTime takes the time off a line. A time without a date is one of the first
// day there is: only differences count then.
func cutTime(line string) (at time.Time, rest string, ok bool) {
	for _, s := range stamps {
		m := s.re().FindStringSubmatchIndex(line)
		if m == nil {
			continue
		}
		text := []byte(line[m[2]:m[3]])
		for i, c := range text {
			if c == ',' {
				text[i] = '.'
			}
			if i == 10 && c == 'T' && s.layout[10] == ' ' {
				text[i] = ' '
			}
		}
		at, err := time.Parse(s.layout, string(text))
		if err != nil {
			continue
		}
		if at.Year() == 0 {
			at = at.AddDate(1, 0, 0)
		}
		return at, line[m[1]:], true
	}
	return time.Time{}, line, false
}

// haveTimes reports whether lines that were recognised have times.
func haveTimes(head []string) bool {
	n, times := 0, 0
	for _, l := range head {
		if l == "" {
			continue
		}
		if n++; n > 200 {
			break
		}
		if _, _, ok := cutTime(l); ok {
			times++
		}
	}
	return times*2 > n
}

// firstTime returns the first time that has a date, or none.
func firstTime(head []string) time.Time {
	for _, l := range head {
		if at, _, ok := cutTime(l); ok && at.Year() > 1 {
			return at
		}
	}
	return time.Time{}
}
