package outbox

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// paper is the file of a journal, open for writing. Behind the last record
// there may be room, full of zeros. What is written over octets that the disk
// has already leaves the file as long as it was and where it was, so whoever
// waits for the disk waits for these octets alone and not for what the file
// system notes of the file: on ext4 that takes as long again, and longer while
// other files are written.
//
// No record has a zero in it, and where records are written there were zeros:
// so whoever reads along stops at the first.
type paper struct {
	file    *os.File
	era     era
	gen     int   // the number in its name
	end     int64 // of the last record
	room    int64 // where the file ends
	written int64 // octets that this process has written
	first   [1]byte
}

// openPaper opens a journal, and takes away a last line without an end: whoever
// wrote it was cut off and has not been told that it is there. The lock must be
// held: nobody is writing.
func openPaper(dir string, gen int) (*paper, error) {
	file, err := os.OpenFile(journalName(dir, gen), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p := &paper{file: file, era: eraOf(dir), gen: gen}
	if err := p.look(); err != nil {
		_ = file.Close()
		return nil, err
	}
	return p, nil
}

// look finds the end of the last record. The lock must be held.
func (p *paper) look() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	p.room = info.Size()
	text, err := lastBut(p.file, p.room, 0)
	if err == nil {
		text, err = p.knit(text)
	}
	if err != nil {
		return err
	}
	return p.cut(text)
}

// maxTorn is how far from the end the records of a last write are looked for.
const maxTorn = 1 << 20

// knit takes out of the last records those that a power cut has left
// incomplete, and returns where the text ends then. A disk writes sectors in any
// order: where one is missing there are zeros still, and the others of that
// write may stand behind them. Nobody has been told that any of these is there.
func (p *paper) knit(text int64) (int64, error) {
	from := max(text-maxTorn, 0)
	buf := make([]byte, text-from)
	if _, err := p.file.ReadAt(buf, from); err != nil {
		return text, err
	}
	hole := bytes.IndexByte(buf, 0)
	begins := bytes.LastIndexByte(buf[:max(hole, 0)], '\n') + 1
	if hole < 0 || begins == 0 && from > 0 {
		return text, nil
	}
	kept := buf[:begins]
	for line := range bytes.SplitAfterSeq(buf[begins:], []byte("\n")) {
		behind := line[bytes.LastIndexByte(line, 0)+1:]
		if _, ok := whole(bytes.TrimSuffix(behind, []byte("\n"))); ok || len(behind) == len(line) {
			kept = append(kept, behind...)
		}
	}
	p.room = from + int64(len(kept))
	_, err := p.file.WriteAt(kept[begins:], from+int64(begins))
	return p.room, errors.Join(err, p.file.Truncate(p.room))
}

// cut takes away what stands between the last whole record and the end of the
// text.
func (p *paper) cut(text int64) (err error) {
	if p.end, err = lastOf(p.file, text, '\n'); err != nil || p.end == text {
		return err
	}
	p.room = p.end
	return p.file.Truncate(p.end)
}

// catchUp finds the end again, behind what other processes have written since.
// It returns errReplaced if a new journal has begun. The lock must be held.
func (p *paper) catchUp() error {
	info, err := p.file.Stat()
	switch {
	case err != nil:
		return err
	case unnamed(info), p.era.over():
		return errReplaced
	case info.Size() < p.end:
		return p.look()
	}
	p.room = info.Size()
	text, err := p.text()
	if err != nil || text == p.end {
		return err
	}
	return p.cut(text)
}

// text returns where the text ends that begins at the end of the last record
// that is known.
func (p *paper) text() (end int64, err error) {
	end = p.end
	for buf := p.first[:]; ; buf = make([]byte, 64<<10) { // as a rule there is none
		n, err := p.file.ReadAt(buf, end)
		if err != nil && err != io.EOF {
			return end, err
		}
		zero := bytes.IndexByte(buf[:n], 0)
		if zero >= 0 {
			n = zero
		}
		if end += int64(n); n < len(buf) {
			return end, nil
		}
	}
}

// write writes lines behind the last record, and makes room behind them if
// there is none: as much as this process has written, so that one that adds a
// message makes none. What is written in part, because the disk is full, is
// taken back. The lock must be held.
func (p *paper) write(lines []byte, most int64) error {
	if _, err := p.file.WriteAt(lines, p.end); err != nil {
		p.room = p.end
		return errors.Join(err, p.file.Truncate(p.end))
	}
	p.end += int64(len(lines))
	if p.end > p.room {
		p.room = p.end + min(p.written, most)
		if _, err := p.file.WriteAt(make([]byte, p.room-p.end), p.end); err != nil {
			p.room = p.end // the records are written; that they are written faster is not worth an error
			return p.file.Truncate(p.end)
		}
	}
	p.written += int64(len(lines))
	return nil
}

// close closes the file, and leaves no room behind that this process has made.
// The lock must be held.
func (p *paper) close() error {
	var err error
	if p.written > 0 {
		if err = p.catchUp(); err == nil && p.end < p.room {
			err = p.file.Truncate(p.end)
		}
		if errors.Is(err, errReplaced) {
			err = nil
		}
	}
	return errors.Join(err, p.file.Close())
}

// lastOf returns where the last octet of this kind before an offset ends, or 0.
func lastOf(f io.ReaderAt, before int64, octet byte) (int64, error) {
	return last(f, before, func(p []byte) int { return bytes.LastIndexByte(p, octet) + 1 })
}

// lastBut does so for the last that is of another kind.
func lastBut(f io.ReaderAt, before int64, octet byte) (int64, error) {
	return last(f, before, func(p []byte) int { return len(bytes.TrimRight(p, string(rune(octet)))) })
}

func last(f io.ReaderAt, before int64, find func([]byte) int) (int64, error) {
	buf := make([]byte, 64<<10)
	for before > 0 {
		n := min(before, int64(len(buf)))
		before -= n
		if _, err := f.ReadAt(buf[:n], before); err != nil {
			return 0, err
		}
		if i := find(buf[:n]); i > 0 {
			return before + int64(i), nil
		}
	}
	return 0, nil
}
