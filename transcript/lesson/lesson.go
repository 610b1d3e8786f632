package lesson

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ehlo/transcript"
)

//go:embed lessons/*.smtp
var files embed.FS

// Lesson is one of them. Its steps come one after the other.
type Lesson struct {
	Name     string // of the file, without number and ending
	Title    string
	Scenario string  // of the practice server
	Hurry    float64 // how much shorter the waits of that scenario are
	Steps    []Step
}

// Step is a piece of text, and what the learner is to do about it: answer a
// question, carry out a task, or neither.
type Step struct {
	Line  int // of the file
	Text  []string
	Task  string
	Hints []string
	Check Check
	Ask   *Question

	solution []move
}

// Question asks to predict a reply, or anything that has a short answer.
type Question struct {
	Text    string
	Answers []string
	Because string
}

// Right reports whether an answer is one of those that the lesson knows.
// Neither case nor blanks matter, and of a reply its code is enough.
func (q Question) Right(answer string) bool {
	given := plain(answer)
	return slices.ContainsFunc(q.Answers, func(a string) bool {
		want := plain(a)
		first, _, _ := strings.Cut(given, " ")
		return given == want || isCode(want) && first == want
	})
}

func plain(s string) string {
	return strings.Trim(strings.Join(strings.Fields(strings.ToLower(s)), " "), ".!")
}

func isCode(s string) bool { return len(s) == 3 && strings.Trim(s, "0123456789") == "" }

// builtIn reads the lessons that ship, once.
var builtIn = sync.OnceValue(func() []Lesson {
	names, err := fs.Glob(files, "lessons/*.smtp")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var list []Lesson
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			panic(err) // embedded files can be opened
		}
		l, err := Parse(path.Base(name), f)
		f.Close()
		if err != nil {
			panic(err) // TestLessonsAreSolved reads them all
		}
		list = append(list, l)
	}
	return list
})

// Lessons returns those that ship, in order.
func Lessons() []Lesson { return slices.Clone(builtIn()) }

// Find returns a lesson that ships, by its name or its number, or one from a
// file: a name that ends in .smtp is that of a file.
func Find(name string) (Lesson, error) {
	if strings.HasSuffix(name, ".smtp") {
		t, err := transcript.ReadFile(name)
		if err != nil {
			return Lesson{}, err
		}
		l, err := parse(name, t)
		if strings.HasSuffix(l.Scenario, ".scenario") { // a file beside the lesson
			l.Scenario = filepath.Join(filepath.Dir(name), l.Scenario)
		}
		return l, err
	}
	for i, l := range builtIn() {
		if l.Name == name || fmt.Sprint(i+1) == name {
			return l, nil
		}
	}
	return Lesson{}, fmt.Errorf("there is no lesson %q; ehlo list lessons names them, and a file's name ends in .smtp", name)
}
