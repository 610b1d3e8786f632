package convert

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ehlo/transcript"
)

// Format is one that can be read.
type Format struct {
	Name  string
	About string
	also  []string // other names by which people will ask for it

	// score says how many lines of the beginning of a file are of this format.
	score func(head []string) int
	// read reads a file of lines.
	read func(*source, *draft)
	// binary reads a file that has none.
	binary func(io.Reader, *draft, Options) error
	magic  func(head []byte) bool
	timed  func(head []string) bool // the lines have times
}

// Formats returns all formats that can be read.
func Formats() []Format {
	return []Format{
		pcapFormat(), jsonlFormat(),
		swaksFormat(), curlFormat(), curlTraceFormat(), smtplibFormat(), phpmailerFormat(), nodemailerFormat(),
		eximFormat(), eximServerFormat(), cmyFormat(), kumoFormat(), harakaFormat(), postfixFormat(), noticeFormat(),
		followFormat(), blocksFormat(), tcpdumpFormat(), straceFormat(), hexdumpFormat(), rfcFormat(), arrowsFormat(), learnedFormat(), bareFormat(),
	}
}

// Options say how a file is read.
type Options struct {
	// Name is that of the file, for messages.
	Name string
	// From is the name of the format; empty to recognise it.
	From string
	// Keys has the secrets of TLS sessions in the form of NSS, as SSLKEYLOGFILE
	// holds them. May be nil.
	Keys io.Reader
	// Port is where servers listen that a capture shows, besides 25, 465, 587
	// and those that talk as SMTP servers do; 0 for no other.
	Port int
}

// Report says what became of a file.
type Report struct {
	Format   string
	Warnings []transcript.Warning
	Unsaid   int // warnings that were too many
	Client   int // lines, or pieces of lines, of the client
	Server   int // and of the server
	Sessions int
}

// ErrNothing says that a file has no dialogue in it.
var ErrNothing = errors.New("no SMTP dialogue was found in it")

// LineError says which line made it impossible to go on.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return e.Err.Error() }
func (e *LineError) Unwrap() error { return e.Err }

// ErrFormat says that a format was named that nobody knows.
var ErrFormat = errors.New("there is no format")

// Import reads a file of another program and writes a transcript. What was
// guessed is in the report.
func Import(w io.Writer, r io.Reader, o Options) (*Report, error) {
	f, err := named(o.From)
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	report, err := importTo(out, r, f, o)
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return report, err
}

func importTo(w io.Writer, r io.Reader, f *Format, o Options) (*Report, error) {
	noted := &noting{r: r}
	rewound := bufio.NewReaderSize(noted, 4096)
	magic, _ := rewound.Peek(64)
	for _, other := range Formats() {
		if other.magic != nil && other.magic(magic) && (f == nil || f.Name == other.Name) {
			return importBinary(w, rewound, other, o)
		}
	}
	if f != nil && f.binary != nil {
		return nil, fmt.Errorf("this is no %s file", f.Name)
	}
	d := &draft{}
	src, lines := newSource(rewound, d.warnAt)
	if noted.err != nil {
		return nil, noted.err
	}
	if f, lines = src.settle(f, lines); f == nil {
		if src.long > 0 {
			return nil, &LineError{src.long, fmt.Errorf("%w; the line is too long to look behind it, but with --from FORMAT", ErrNothing)}
		}
		return nil, ErrNothing
	}
	d.timed = f.timed != nil && f.timed(lines)
	d.begin(w, f.Name)
	if d.timed {
		d.s.At = firstTime(lines) // comments may come before the first event
	}
	f.read(src, d)
	report, err := d.finish(f.Name)
	if noted.err != nil { // what was read is not all
		return report, noted.err
	}
	return report, err
}

// noting remembers why a file could not be read to its end.
type noting struct {
	r   io.Reader
	err error
}

func (n *noting) Read(p []byte) (int, error) {
	k, err := n.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return k, err
}

func importBinary(w io.Writer, r io.Reader, f Format, o Options) (*Report, error) {
	d := &draft{timed: true}
	d.begin(w, f.Name)
	if err := f.binary(r, d, o); err != nil {
		return nil, err
	}
	return d.finish(f.Name)
}

func named(name string) (*Format, error) {
	if name == "" {
		return nil, nil
	}
	var names []string
	for _, f := range Formats() {
		if f.Name == name || slices.Contains(f.also, name) {
			return &f, nil
		}
		names = append(names, f.Name)
	}
	return nil, fmt.Errorf("%w %q; there are %s", ErrFormat, name, strings.Join(names, ", "))
}

// recognise finds the format that most of the lines are of. Where lines have no
// marks at all, only the protocol can tell; so that one must win clearly.
func recognise(head []string) *Format {
	formats := Formats()
	best, most := -1, 0
	for i, f := range formats {
		if f.score == nil {
			continue
		}
		n := f.score(head)
		if f.Name == "bare" {
			n = (n*2 + 4) / 5
		}
		if n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return nil
	}
	return &formats[best]
}

// Names returns the names of the formats.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return slices.Clip(names)
}
