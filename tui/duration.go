package tui

import (
	"fmt"
	"strings"
	"time"
)

// How long something took, and other numbers, for people.

// cutTook takes " in 23ms" off a text; it has a column of its own.
func cutTook(text string) (string, time.Duration) {
	i := strings.LastIndex(text, " in ")
	if i < 0 {
		return text, 0
	}
	d, err := time.ParseDuration(text[i+len(" in "):])
	if err != nil {
		return text, 0
	}
	return text[:i], d
}

// short says a duration in at most 8 cells; "" if nobody could notice it.
func short(d time.Duration) string {
	switch {
	case d < 500*time.Microsecond:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return clock(d)
	}
	return fmt.Sprintf("%.1f h", min(d.Hours(), 9999))
}

// clock says a duration as minutes and seconds.
func clock(d time.Duration) string {
	s := max(int64(d/time.Second), 0)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
