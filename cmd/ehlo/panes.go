package main

import (
	"io"
	"os"
	"path/filepath"

	"ehlo/tui"
)

// rememberPanes has the terminal interface arrange its panes as they were when
// it was left. Without a state folder it forgets.
func rememberPanes(o *tui.Options) {
	folder, err := stateFolder()
	if err != nil {
		return
	}
	name := filepath.Join(folder, "ehlo", "panes")
	if file, err := os.Open(name); err == nil {
		p, _ := io.ReadAll(io.LimitReader(file, 1<<12))
		_ = file.Close()
		o.Layout = string(p)
	}
	o.KeepLayout = func(text string) error {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		return replaceText(name, text+"\n")
	}
}
