package lesson

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ehlo/session"
	"ehlo/transcript"
)

// Parse reads a lesson. Errors begin with file:line.
func Parse(file string, r io.Reader) (Lesson, error) {
	t, err := transcript.Parse(file, r)
	if err != nil {
		return Lesson{}, err
	}
	return parse(file, t)
}

func parse(file string, t *transcript.Transcript) (Lesson, error) {
	base := strings.TrimSuffix(filepath.Base(file), ".smtp")
	p := &parser{Lesson: Lesson{Name: strings.TrimLeft(base, "0123456789-"), Scenario: "default", Hurry: 1}}
	line := 0
	for item := range t.Items() {
		if line == 0 && item.Key != "smtp-transcript" { // else it is read as what somebody pasted
			return p.Lesson, fmt.Errorf("%s:1: a lesson begins with the line = smtp-transcript 1", session.Escape(file))
		}
		line = item.Line
		if item.Kind != transcript.Comment {
			p.last = nil
			continue
		}
		if err := p.comment(item.Line, item.Text); err != nil {
			return p.Lesson, fmt.Errorf("%s:%d: %w", session.Escape(file), item.Line, err)
		}
	}
	if err := p.end(); err != nil {
		return p.Lesson, fmt.Errorf("%s:%d: %w", session.Escape(file), max(p.at, min(line, 1)), err)
	}
	p.solutions(t)
	return p.Lesson, nil
}

// parser takes comments one by one.
type parser struct {
	Lesson
	at   int     // line of the last key
	last *string // what an indented comment goes on with
	open bool    // the last step can still take text
}

// keys are the words that mean something at the beginning of a comment.
func keys() []string {
	return []string{"lesson", "practice", "ask", "answer", "because", "task", "hint", "check"}
}

// nearest returns the key that a word is, or is but for one slip: a letter too
// many, too few or wrong, or two that changed places. Everything else is text.
func nearest(word string) string {
	if slices.Contains(keys(), word) {
		return word
	}
	for _, key := range keys() {
		if slip(word, key) {
			return key
		}
	}
	return ""
}

func slip(a, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

func (p *parser) comment(line int, text string) error {
	if strings.TrimSpace(text) == "" {
		p.last = nil
		if p.open && len(p.step(line).Text) > 0 {
			p.paragraph(line, "")
		}
		return nil
	}
	if strings.HasPrefix(text, "  ") && p.last != nil {
		*p.last += " " + strings.TrimSpace(text)
		return nil
	}
	key, value, ok := strings.Cut(text, ":")
	near := nearest(key)
	switch {
	case ok && near != "" && near != key:
		return fmt.Errorf("%q is no key; did you mean %s?", key, near)
	case !ok || near == "":
		p.paragraph(line, text)
		return nil
	}
	p.at, p.last = line, nil
	return p.key(line, key, strings.TrimSpace(value))
}

// paragraph adds a line of text. Behind a task or a question it begins the
// next step.
func (p *parser) paragraph(line int, text string) {
	if !p.open {
		p.Steps = append(p.Steps, Step{Line: line})
		p.open = true
	}
	s := p.step(line)
	s.Text = append(s.Text, session.Escape(strings.TrimSpace(text)))
}

// step is the one that is being read.
func (p *parser) step(line int) *Step {
	if len(p.Steps) == 0 {
		p.Steps = append(p.Steps, Step{Line: line})
		p.open = true
	}
	return &p.Steps[len(p.Steps)-1]
}

func (p *parser) key(line int, key, value string) error {
	if value == "" {
		return fmt.Errorf("behind %q something is missing", key)
	}
	value = session.Escape(value)
	switch key {
	case "lesson":
		p.Title = value
		p.last = &p.Title
	case "practice":
		return p.practice(value)
	case "task", "ask":
		if s := p.step(line); s.Task != "" || s.Ask != nil {
			p.Steps = append(p.Steps, Step{Line: line})
		}
		s := p.step(line)
		s.Line, p.open = line, false
		if key == "task" {
			s.Task = value
			p.last = &s.Task
		} else {
			s.Ask = &Question{Text: value}
			p.last = &s.Ask.Text
		}
	default:
		return p.about(line, key, value)
	}
	return nil
}

// about takes what belongs to a task or a question.
func (p *parser) about(line int, key, value string) (err error) {
	s := p.step(line)
	switch {
	case key == "hint" && s.Task != "":
		s.Hints = append(s.Hints, value)
		p.last = &s.Hints[len(s.Hints)-1]
	case key == "check" && s.Task != "":
		s.Check, err = parseCheck(value)
	case key == "answer" && s.Ask != nil:
		for answer := range strings.SplitSeq(value, "|") {
			s.Ask.Answers = append(s.Ask.Answers, strings.TrimSpace(answer))
		}
	case key == "because" && s.Ask != nil:
		s.Ask.Because = value
		p.last = &s.Ask.Because
	case key == "hint" || key == "check":
		return fmt.Errorf("%s belongs to a task, and there is none before it", key)
	case key == "answer" || key == "because":
		return fmt.Errorf("%s belongs to a question, and there is none before it", key)
	}
	return err
}

// practice reads the scenario, and how much shorter its waits are.
func (p *parser) practice(value string) error {
	words := strings.Fields(value)
	p.Scenario = words[0]
	switch {
	case strings.ContainsAny(p.Scenario, `/\`):
		return errors.New("the scenario is one that ships, or a FILE.scenario beside the lesson")
	case len(words) == 1:
		return nil
	case len(words) != 3 || words[1] != "hurry":
		return errors.New("practice is SCENARIO, or SCENARIO hurry N")
	}
	n, err := strconv.ParseFloat(words[2], 64)
	if err != nil || n < 1 || n > 1000 {
		return fmt.Errorf("hurry %q: expected a number from 1 to 1000", words[2])
	}
	p.Hurry = n
	return nil
}

// end looks for what is missing.
func (p *parser) end() error {
	if p.Title == "" {
		return errors.New("the title is missing: # lesson: TITLE")
	}
	if len(p.Steps) == 0 {
		return errors.New("there is nothing to read and nothing to do")
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		for len(s.Text) > 0 && s.Text[len(s.Text)-1] == "" {
			s.Text = s.Text[:len(s.Text)-1]
		}
		p.at = s.Line
		switch {
		case s.Task != "" && s.Check.terms == nil:
			return errors.New("the task has no check: # check: …")
		case s.Ask != nil && len(s.Ask.Answers) == 0:
			return errors.New("the question has no answer: # answer: …")
		}
	}
	return nil
}
