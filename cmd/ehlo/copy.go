package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
	"ehlo/transcript/convert"
	"ehlo/tui"
)

// forms are what a conversation can be copied as: those that are text.
func forms() []tui.Form {
	var list []tui.Form
	for _, f := range convert.Forms() {
		if f.Name != "pcap" {
			list = append(list, tui.Form{Name: f.Name, About: f.About})
		}
	}
	return list
}

// inForm writes what happened in a form. Secrets are cut out on the way, as
// they are from every transcript.
func inForm(_ context.Context, form string, events []session.Event) (string, error) {
	var file bytes.Buffer
	if err := transcript.NewRecorder(&file).Record(events); err != nil {
		return "", err
	}
	t, err := transcript.Parse("session", &file)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if _, err := convert.Export(&out, t, form); err != nil {
		return "", fmt.Errorf("write it as %s: %w", form, err)
	}
	return out.String(), nil
}
