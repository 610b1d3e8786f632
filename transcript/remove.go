package transcript

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Remove deletes a transcript and the files in its folder NAME.d that it
// names and that a recorder can have made. What else is there stays, and so
// does whatever a link leads to. The folder goes if nothing is left in it.
func Remove(name string) error {
	sides, err := sidesOf(name)
	if err != nil {
		return err
	}
	if err := os.Remove(name); err != nil || len(sides) == 0 {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	folder := filepath.Base(name) + ".d"
	if info, err := root.Lstat(folder); err != nil || !info.IsDir() {
		return nil // a link, or gone
	}
	var errs []error
	dir, err := root.OpenRoot(folder)
	if err != nil {
		return err
	}
	for _, side := range sides {
		info, err := dir.Lstat(side)
		if err == nil && info.Mode().IsRegular() {
			err = dir.Remove(side)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	errs = append(errs, dir.Close())
	_ = root.Remove(folder) // fails if something is left in it
	return errors.Join(errs...)
}

// sidesOf finds the files of NAME.d that a transcript names, damaged or not.
func sidesOf(name string) ([]string, error) {
	f, err := openRegular(os.OpenFile, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var sides []string
	s := NewScanner(name, f)
	for {
		item, err := s.Next()
		if err != nil && damageOf(err) == nil {
			return sides, nil // the end; what cannot be read names nothing
		}
		side := ""
		switch {
		case item.Bulk != nil:
			side = item.Bulk.Name
		case item.Kind == Fact && item.Key == "blob":
			side, _, _ = paramValue(item.Text)
		}
		folder, side := path.Split(side)
		if folder == filepath.Base(name)+".d/" && numbered(side) && (len(sides) == 0 || sides[len(sides)-1] != side) {
			sides = append(sides, side)
		}
	}
}

// numbered reports whether a recorder gives such names.
func numbered(side string) bool {
	return len(side) >= 4 && strings.Trim(side, "0123456789") == ""
}
