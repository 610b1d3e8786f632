package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ehlo/session"
	"ehlo/themes"
)

// themeFolder is where a person keeps themes, or "" if nobody can tell.
func themeFolder() string {
	folder, err := configFolder()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "ehlo", "themes")
}

// templateFolder is where a person keeps messages to begin with.
func templateFolder() string {
	folder, err := configFolder()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "ehlo", "templates")
}

// chooseTheme finds a theme by name. Files with mistakes are told of and left
// out.
func chooseTheme(name string, warn io.Writer) (themes.Theme, error) {
	list, wrong := themes.All(themeFolder())
	file := filepath.Join(themeFolder(), name+".theme")
	for _, err := range wrong {
		if name != "" && strings.Contains(err.Error(), file) { // known, but for its mistake
			return themes.Theme{}, fail(exitUsage, "choose a theme: %w", err)
		}
		printf(warn, "ehlo: %s\n", session.Escape(err.Error()))
	}
	switch {
	case name == themes.Plain().Name, name == "" && os.Getenv("NO_COLOR") != "": // https://no-color.org: any value that is not empty
		return themes.Plain(), nil
	case name == "":
		name = themes.Default()
	}
	var names []string
	for _, t := range list {
		names = append(names, session.Escape(t.Name))
	}
	at := slices.IndexFunc(list, func(t themes.Theme) bool { return t.Name == name })
	if at < 0 {
		return themes.Theme{}, fail(exitUsage, "choose a theme: theme %q is not known; there are %s", name, strings.Join(names, ", "))
	}
	return list[at], nil
}

// listThemes prints the names of all themes, and says what is wrong with the
// files of those that cannot be used.
func listThemes(std streams) error {
	list, wrong := themes.All(themeFolder())
	for _, t := range list {
		printf(std.out, "%s\n", session.Escape(t.Name))
	}
	for _, err := range wrong {
		printf(std.err, "ehlo: %s\n", session.Escape(err.Error()))
	}
	if len(wrong) > 0 {
		return fail(exitUsage, "themes: %d of them cannot be used", len(wrong))
	}
	return nil
}
