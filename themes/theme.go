package themes

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Theme says how each meaning looks. It is a value: change a copy.
type Theme struct {
	Name  string
	About string // the first comment of its file

	Text      Style // what has no other meaning; its background is that of the screen
	Dim       Style // beside the point: times, hints
	Title     Style // of a pane, of a form
	Label     Style // names a value that stands beside it
	Border    Style
	Focused   Style // border and title of the pane that has the keyboard
	Selection Style // ground under the cursor's row
	Caret     Style // the character that typing goes in front of
	Key       Style // a key one can press

	Client    Style // what the client said
	Server    Style // what the server said
	Info      Style // what happened and was not said: connected, closed
	Content   Style // mail data
	Good      Style // 2yz, 3yz
	Temporary Style // 4yz
	Refused   Style // 5yz
	Failure   Style // an effort that did not work
	Warning   Style // allowed, and often trouble
	Secret    Style // stands for what nobody may see
	Escape    Style // stands for an octet that has no character

	Marks Marks
}

//go:embed data/*.theme
var files embed.FS

// builtIn lists the themes in the order in which a person switches through.
var builtIn = []string{
	"dark", "light", "high-contrast", "colour-blind", "solarized-dark", "solarized-light",
	"catppuccin-mocha", "nord", "ansi", "mono",
}

// Names returns the names of the built-in themes.
func Names() []string { return append([]string(nil), builtIn...) }

// Find returns a built-in theme.
func Find(name string) (Theme, error) {
	if !slices.Contains(builtIn, name) {
		return Theme{}, fmt.Errorf("theme %q is not known; there are %s", name, strings.Join(builtIn, ", "))
	}
	file := "data/" + name + ".theme"
	data, err := files.ReadFile(file)
	if err != nil {
		return Theme{}, fmt.Errorf("theme %s: %w", name, err)
	}
	return parse(name, file, string(data))
}

// Default is the name of the theme for a terminal that nobody chose one for:
// where there are but sixteen colours, ten shades would become two.
func Default() string {
	if lipgloss.ColorProfile() == termenv.ANSI {
		return "ansi"
	}
	return "dark"
}

// Plain is the theme for NO_COLOR: no colour, no bold, no reverse, no
// underline. Its marks say it all.
func Plain() Theme { return Theme{Name: "plain", Marks: defaultMarks()} }
