package themes

import "github.com/charmbracelet/lipgloss"

// init says that the background is dark before anybody asks the terminal.
//
// Bubble Tea v1 asks in an init of its own and waits up to five seconds where
// nothing answers, for every subcommand and in every pipe. Packages initialise
// in the order of their import paths as soon as all that they import is ready,
// and "ehlo/themes" sorts before "github.com/charmbracelet/bubbletea": so this
// runs first and the question is never asked. Nothing here depends on the
// answer, since a theme paints its own background.
func init() { lipgloss.SetHasDarkBackground(true) }
