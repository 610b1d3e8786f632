package practice

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ehlo/session/explain"
)

//go:embed scenarios/*.scenario
var files embed.FS

// Scenario is what the server does differently from a correct one.
type Scenario struct {
	Name    string
	Chapter string   // of the table of contents that the list is
	Title   string   // what the server does
	Notice  string   // what a person should see in it
	Source  string   // where that is written
	From    string   // from whom and to whom mail shows it, if not anybody's does,
	To      string   // as they are typed: parameters behind, commas between
	Also    []string // other names

	rules    []rule
	offer    []string
	withhold []string
	require  []string // STARTTLS, AUTH
	// lmtp is for "protocol: LMTP", implicitTLS for "tls: implicit".
	lmtp, implicitTLS bool
	certificate       string // expired, other-name, untrusted, self-signed, stapled, revoked, or "" for a good one

	greeting, hello string   // the text behind 220, and that of the first line behind 250
	mechanisms      []string // all that AUTH offers; empty for every one
	nobody          bool     // "login: refused": no login is right
	mailboxes       []string // the only ones of the server's own domain; empty for all
	spoils          string   // what becomes of content: dots-kept, seven-bit, or ""
	network         string   // hosts behind this one
}

// LMTP reports whether the server speaks LMTP instead of SMTP.
func (sc Scenario) LMTP() bool { return sc.lmtp }

// Network names the hosts behind the server, "" if it is alone.
func (sc Scenario) Network() string { return sc.network }

// Chapters returns the headings under which the built-in scenarios stand.
func Chapters() []string {
	return []string{
		"Greeting", "Saying hello", "Recipients", "Verifying", "Logging in", "TLS", "Size and room", "Transactions",
		"Content", "Extensions", "Patience and garbage", "Several hosts", "Profiles of real servers",
	}
}

// builtIn reads the scenarios that ship, once.
var builtIn = sync.OnceValue(func() []Scenario {
	names, err := fs.Glob(files, "scenarios/*.scenario")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var list []Scenario
	for _, name := range names {
		f, err := files.Open(name)
		if err != nil {
			panic(err) // embedded files can be opened
		}
		sc, err := ParseScenario(path.Base(name), f)
		f.Close()
		if err != nil {
			panic(err) // TestScenariosAreRight reads them all
		}
		list = append(list, sc)
	}
	chapter := func(sc Scenario) int {
		if sc.Name == Default {
			return -1
		}
		return slices.Index(Chapters(), sc.Chapter)
	}
	slices.SortFunc(list, func(a, b Scenario) int {
		return cmp.Or(chapter(a)-chapter(b), strings.Compare(a.Name, b.Name))
	})
	return list
})

// Scenarios returns the built-in ones: the correct server first, the others
// chapter by chapter, in the order of their names.
func Scenarios() []Scenario { return slices.Clone(builtIn()) }

// Default is the scenario of the correct server.
const Default = "default"

// Find returns a built-in scenario, or one from a file: a name that ends in
// .scenario is that of a file.
func Find(name string) (Scenario, error) {
	if strings.HasSuffix(name, extension) {
		return readScenario(name)
	}
	var names []string
	for _, sc := range builtIn() {
		if sc.Name == name || slices.Contains(sc.Also, name) {
			return sc, nil
		}
		names = append(names, sc.Name)
	}
	if near := near(name, names); len(near) > 0 {
		return Scenario{}, fmt.Errorf("there is no scenario %q; did you mean %s?", name, strings.Join(near, " or "))
	}
	return Scenario{}, fmt.Errorf("there is no scenario %q; ehlo list scenarios names them, and a file's name ends in %s", name, extension)
}

// near returns the names that a person may have meant: those that begin or go
// on as what was typed, or else those with few letters wrong.
func near(name string, names []string) []string {
	var found []string
	for _, n := range names {
		if len(name) > 2 && (strings.Contains(n, name) || strings.Contains(name, n)) {
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		found = explain.Like(name, names, 3)
	}
	return found
}

const (
	extension = ".scenario"
	// maxScenario bounds a file, in octets. Those that ship have some hundred.
	maxScenario = 256 << 10
)

// readScenario reads a file that a user wrote.
func readScenario(name string) (Scenario, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("that is no file")
	}
	if err == nil && info.Size() > maxScenario {
		err = fmt.Errorf("%d octets are too many for a scenario", info.Size())
	}
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", name, err)
	}
	f, err := os.Open(name)
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario: %w", err)
	}
	defer f.Close()
	sc, err := ParseScenario(name, io.LimitReader(f, maxScenario))
	sc.Name = strings.TrimSuffix(filepath.Base(name), extension)
	return sc, err
}
