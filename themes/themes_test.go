package themes

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestBuiltInThemes(t *testing.T) {
	for _, name := range Names() {
		theme, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if theme.Name != name {
			t.Errorf("theme %s is called %q", name, theme.Name)
		}
	}
	if _, err := Find("pink"); err == nil || !strings.Contains(err.Error(), "dark, light, mono") {
		t.Errorf("an unknown theme: %v", err)
	}
}

// TestContrast: text has a contrast of at least 4.5:1 to what it stands on
// (WCAG 2.1, 1.4.3), on the ground of the selection too.
func TestContrast(t *testing.T) {
	for _, name := range []string{"dark", "light"} {
		theme, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		for meaning, style := range theme.styles() {
			if meaning == "border" { // no text
				continue
			}
			for ground, s := range map[string]Style{"": *style, " on the selection": style.On(theme.Selection)} {
				if meaning == "caret" && ground != "" {
					continue
				}
				if c := contrast(t, s.FG, s.BG); c < 4.5 {
					t.Errorf("%s: %s%s is %s on %s: %.2f:1", name, meaning, ground, s.FG, s.BG, c)
				}
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("%q is no colour", colour)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func TestMonoHasNoColours(t *testing.T) {
	theme, err := Find("mono")
	if err != nil {
		t.Fatal(err)
	}
	for meaning, s := range theme.styles() {
		if s.FG != "" || s.BG != "" {
			t.Errorf("%s has a colour", meaning)
		}
	}
	if theme.Selection.Render("x") != "\x1b[7mx\x1b[0m" || theme.Title.On(theme.Selection).Render("x") != "\x1b[1;7mx\x1b[0m" {
		t.Error("mono has neither bold nor reverse")
	}
}

func TestPlainHasNothing(t *testing.T) {
	theme := Plain()
	for meaning, s := range theme.styles() {
		if s.Shows() || s.On(theme.Selection).Render("x") != "x" {
			t.Errorf("%s changes text", meaning)
		}
	}
	for mark, text := range theme.marks() {
		if *text == "" {
			t.Errorf("the mark %s is empty", mark)
		}
	}
}

func TestParseSaysWhere(t *testing.T) {
	for data, want := range map[string]string{
		"text = #ffffff\nclient #000000":     "t.theme:2: expected MEANING = LOOK",
		"klient = bold":                      `t.theme:1: no meaning is called "klient"`,
		"mark.klient = x":                    `t.theme:1: no mark is called "klient"`,
		"\n# x\ntext = red":                  `t.theme:3: text: "red" is no colour`,
		"text = #fff":                        `t.theme:1: text: "#fff" is no colour`,
		"text = #ffffff on":                  `t.theme:1: text: expected a colour behind "on"`,
		"text = #ffffff #000000":             `t.theme:1: text: "#000000" is no colour`,
		"text = bold\ntext = underline":      "t.theme:2: text was set in line 1 already",
		"= bold":                             "t.theme:1: expected MEANING = LOOK",
		"text = bold on black":               `t.theme:1: text: expected a colour behind "on"`,
		"text = #12345g":                     `t.theme:1: text: "#12345g" is no colour`,
		"selection = reverse\nfoo = reverse": `t.theme:2: no meaning is called "foo"`,
	} {
		if _, err := parse("t", "t.theme", data); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, not %s", data, err, want)
		}
	}
}

func TestParse(t *testing.T) {
	theme, err := parse("t", "t.theme", "text = #010203 on #f0f0f0\nrefused = #040506 bold underline reverse\nmark.refused = !!\n")
	if err != nil {
		t.Fatal(err)
	}
	r := theme.Refused
	if r.FG != "#040506" || r.BG != "#f0f0f0" || !r.Bold || !r.Underline || !r.Reverse || theme.Marks.Refused != "!!" {
		t.Errorf("%+v %+v", r, theme.Marks)
	}
	if theme.Client.FG != "#010203" || theme.Client.BG != "#f0f0f0" {
		t.Errorf("what is not set does not look like text: %+v", theme.Client)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("text = #010203 on #f0f0f0 bold\n# x\nmark.client = >\n")
	f.Fuzz(func(_ *testing.T, data string) { _, _ = parse("t", "t.theme", data) })
}
