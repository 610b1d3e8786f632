package themes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a person may put into a folder of themes.
const (
	maxFile  = 64 << 10 // octets of a file
	maxFiles = 100
	suffix   = ".theme"
)

// All returns the built-in themes and those of a folder, NAME.theme each. One
// that has the name of a built-in theme takes its place. A file with a mistake
// is left out and told of, with its line; no folder is no mistake.
func All(folder string) ([]Theme, []error) {
	var list []Theme
	var wrong []error
	for _, name := range builtIn {
		t, err := Find(name)
		if err != nil { // a test reads them all
			wrong = append(wrong, err)
			continue
		}
		list = append(list, t)
	}
	if folder == "" {
		return list, wrong
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		wrong = append(wrong, fmt.Errorf("themes: %w", err))
	}
	read := 0
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || name == "" {
			continue
		}
		if read++; read > maxFiles {
			wrong = append(wrong, fmt.Errorf("%s: more than %d themes: the others are not read", folder, maxFiles))
			break
		}
		t, err := Read(filepath.Join(folder, e.Name()))
		if err == nil && name == Plain().Name {
			err = fmt.Errorf("%s: %s is the theme without any colour; choose another name", filepath.Join(folder, e.Name()), name)
		}
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		at := slices.IndexFunc(list, func(known Theme) bool { return known.Name == name })
		if at < 0 {
			list = append(list, t)
		} else {
			list[at] = t
		}
	}
	return list, wrong
}

// Read reads a theme file. Its name is that of the file, without ".theme".
func Read(file string) (Theme, error) {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() { // a pipe would be waited for
		err = fmt.Errorf("%s: is no regular file", file)
	}
	if err != nil {
		return Theme{}, fmt.Errorf("theme: %w", err)
	}
	f, err := os.Open(file)
	if err != nil {
		return Theme{}, fmt.Errorf("theme: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: more than %d octets", file, maxFile)
	}
	if err != nil {
		return Theme{}, fmt.Errorf("theme: %w", err)
	}
	return parse(strings.TrimSuffix(filepath.Base(file), suffix), file, string(data))
}
