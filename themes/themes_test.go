package themes

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
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
	if _, err := Find("pink"); err == nil || !strings.Contains(err.Error(), "dark, light, high-contrast") {
		t.Errorf("an unknown theme: %v", err)
	}
}

// inColour are the built-in themes whose colours are known: the sixteen of a
// terminal are whatever its owner made of them.
func inColour(t *testing.T) []Theme {
	var list []Theme
	for _, name := range Names() {
		theme, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(theme.Text.FG, "#") {
			list = append(list, theme)
		}
	}
	if len(list) != len(Names())-2 { // all but ansi and mono
		t.Fatalf("%d themes with colours", len(list))
	}
	return list
}

// TestContrast: text has a contrast of at least 4.5:1 to what it stands on
// (WCAG 2.1, 1.4.3), on the ground of the selection too.
func TestContrast(t *testing.T) {
	for _, theme := range inColour(t) {
		for meaning, style := range theme.styles() {
			if meaning == "border" { // no text
				continue
			}
			for ground, s := range map[string]Style{"": *style, " on the selection": style.On(theme.Selection)} {
				if meaning == "caret" && ground != "" {
					continue
				}
				if c := contrast(t, s.FG, s.BG); c < 4.5 {
					t.Errorf("%s: %s%s is %s on %s: %.2f:1", theme.Name, meaning, ground, s.FG, s.BG, c)
				}
				// WCAG 2.1, 1.4.6
				if c := contrast(t, s.FG, s.BG); theme.Name == "high-contrast" && ground == "" && c < 7 {
					t.Errorf("%s: %s is %s on %s: %.2f:1", theme.Name, meaning, s.FG, s.BG, c)
				}
			}
		}
	}
}

// TestColourBlind: what went well differs from what did not, for eyes without
// the red and for eyes without the green cones, too (simulated after Machado,
// Oliveira and Fernandes, 2009).
func TestColourBlind(t *testing.T) {
	theme, err := Find("colour-blind")
	if err != nil {
		t.Fatal(err)
	}
	for eyes, cones := range map[string][9]float64{
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	} {
		for _, pair := range [][2]Style{
			{theme.Good, theme.Refused}, {theme.Good, theme.Temporary}, {theme.Temporary, theme.Refused},
			{theme.Client, theme.Refused}, {theme.Server, theme.Good}, {theme.Server, theme.Refused},
		} {
			a, b := lab(t, pair[0].FG, cones), lab(t, pair[1].FG, cones)
			if d := math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2]); d < 20 {
				t.Errorf("%s: %s and %s are %.1f apart", eyes, pair[0].FG, pair[1].FG, d)
			}
		}
	}
}

// lab is where a colour lies for eyes: CIELAB, under D65.
func lab(t *testing.T, colour string, cones [9]float64) [3]float64 {
	r, g, b := linear(t, colour)
	see := func(i int) float64 { return min(max(cones[i]*r+cones[i+1]*g+cones[i+2]*b, 0), 1) }
	r, g, b = see(0), see(3), see(6)
	f := func(v float64) float64 {
		if v > 0.008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	x := f((0.4124*r + 0.3576*g + 0.1805*b) / 0.9505)
	y := f(0.2126*r + 0.7152*g + 0.0722*b)
	z := f((0.0193*r + 0.1192*g + 0.9505*b) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	r, g, b := linear(t, colour)
	return 0.2126*r + 0.7152*g + 0.0722*b
}

// linear returns how much of each light a colour has.
func linear(t *testing.T, colour string) (r, g, b float64) {
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
	return part(16), part(8), part(0)
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
		"\n# x\ntext = pink":                 `t.theme:3: text: "pink" is no colour`,
		"text = bright-default":              `t.theme:1: text: "bright-default" is no colour`,
		"text = bold\nbase = dark":           "t.theme:2: base comes first",
		"base = pink":                        `t.theme:1: theme "pink" is not known`,
		"mark.client = \x1b[2J":              `t.theme:1: mark.client: '\x1b' is no character to show`,
		"mark.client = e\u0301":              `t.theme:1: mark.client: '\u0301' is no character to show`,
		"mark.client =":                      "t.theme:1: mark.client: a mark takes 1 to 8 cells, not 0",
		"mark.client = 日本語日本":                "t.theme:1: mark.client: a mark takes 1 to 8 cells, not 10",
		"text = #fff":                        `t.theme:1: text: "#fff" is no colour`,
		"text = #ffffff on":                  `t.theme:1: text: expected a colour behind "on"`,
		"text = #ffffff #000000":             `t.theme:1: text: "#000000" is no colour`,
		"text = bold\ntext = underline":      "t.theme:2: text was set in line 1 already",
		"= bold":                             "t.theme:1: expected MEANING = LOOK",
		"text = bold on ink":                 `t.theme:1: text: expected a colour behind "on"`,
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

func TestBase(t *testing.T) {
	theme, err := parse("mine", "mine.theme", "base = light\ntext = #000000 on #ffffff\nrefused = bright-red bold\n")
	if err != nil {
		t.Fatal(err)
	}
	light, _ := Find("light")
	if theme.Name != "mine" || theme.Client.FG != light.Client.FG || theme.Client.BG != "#ffffff" || theme.Refused.FG != "bright-red" {
		t.Errorf("%s: client %+v, refused %+v", theme.Name, theme.Client, theme.Refused)
	}
	if theme.Selection.BG != light.Selection.BG {
		t.Errorf("the selection has lost its ground: %+v", theme.Selection)
	}
}

func TestOwnSixteen(t *testing.T) {
	before := lipgloss.ColorProfile()
	defer lipgloss.SetColorProfile(before)
	lipgloss.SetColorProfile(termenv.ANSI)
	theme, err := Find("ansi")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		theme.Text.Render("x"):                        "x",
		theme.Refused.Render("x"):                     "\x1b[31mx\x1b[0m",
		theme.Border.Render("x"):                      "\x1b[90mx\x1b[0m",
		theme.Failure.On(theme.Selection).Render("x"): "\x1b[1;7mx\x1b[0m",
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"mine.theme":  "base = nord\nrefused = #ff0000\n",
		"nord.theme":  "base = nord\ntitle = underline\n",
		"wrong.theme": "text = #ffffff\n\nclient = pink\n",
		"large.theme": strings.Repeat("#", maxFile+1),
		"notes.txt":   "no theme",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.theme"), 0o700); err != nil {
		t.Fatal(err)
	}
	list, wrong := All(dir)
	if n := len(list); n != len(builtIn)+1 || list[n-1].Name != "mine" || !list[7].Title.Underline {
		t.Errorf("%d themes, the last is %q", n, list[n-1].Name)
	}
	said := ""
	for _, err := range wrong {
		said += err.Error() + "\n"
	}
	for _, want := range []string{filepath.Join(dir, "wrong.theme") + ":3: client: \"pink\" is no colour", "large.theme: more than 65536 octets", "folder.theme: is no regular file"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody said %q:\n%s", want, said)
		}
	}
	if list, wrong := All(filepath.Join(dir, "nowhere")); len(list) != len(builtIn) || len(wrong) > 0 {
		t.Errorf("without a folder: %d themes, %v", len(list), wrong)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("text = #010203 on #f0f0f0 bold\n# x\nmark.client = >\n")
	f.Fuzz(func(_ *testing.T, data string) { _, _ = parse("t", "t.theme", data) })
}
