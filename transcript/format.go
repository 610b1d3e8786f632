package transcript

import (
	"bytes"
	"fmt"
)

// formatter writes items in their canonical spelling.
type formatter struct {
	buf  []byte
	dir  Dir
	part []byte // the beginning of a line whose end has not come
	vars []Var
}

func (f *formatter) item(it *Item) {
	if it.Kind != Octets || it.Op == '@' || it.Op == '*' || it.Dir != f.dir {
		f.flush()
	}
	switch it.Kind {
	case Octets:
		f.octets(it)
	case Expect:
		f.buf = fmt.Appendf(f.buf, "%c%c %s", it.Dir, it.Op, it.Text)
	case Time:
		f.buf = appendTime(f.buf, it.Wait)
		if it.Step != 0 {
			f.buf = fmt.Appendf(f.buf, " step=%d", it.Step)
		}
	case Fact:
		f.keyed("= ", it)
	case Directive:
		f.keyed("@ ", it)
	case Comment:
		f.buf = append(f.buf, "# "+it.Text...)
	case Damage:
		f.buf = append(f.buf, "# damaged: "+it.Text...)
	}
	if it.Kind != Octets {
		f.buf = append(bytes.TrimRight(f.buf, " \t"), '\n')
	}
}

func (f *formatter) keyed(mark string, it *Item) {
	f.buf = append(f.buf, mark...)
	f.buf = append(f.buf, it.Key...)
	if it.Text != "" {
		f.buf = append(append(f.buf, ' '), it.Text...)
	}
}

// octets joins pieces and cuts lines, as the events have them.
func (f *formatter) octets(it *Item) {
	f.dir = it.Dir
	switch {
	case it.Op == '@':
		f.buf = appendBulk(f.buf, it.Dir, it.Bulk)
		return
	case it.Op == '*':
		f.buf = fmt.Appendf(f.buf, "%c* %d \"", it.Dir, it.Count)
		at := 0
		for _, v := range it.Vars {
			f.buf = appendPlaceholder(appendQuoted(f.buf, it.Data[at:v.From]), v.Name)
			at = v.To
		}
		f.buf = append(appendQuoted(f.buf, it.Data[at:]), '"', '\n')
		return
	case len(it.Data) == 0 && len(f.part) == 0:
		f.buf = append(f.buf, byte(it.Dir), '"', '"', '\n')
		return
	}
	vars := it.Vars
	for at := 0; at < len(it.Data); {
		n := bytes.IndexByte(it.Data[at:], '\n') + 1
		if n == 0 {
			n = len(it.Data) - at
		}
		base := len(f.part) - at
		f.part = append(f.part, it.Data[at:at+n]...)
		at += n
		for len(vars) > 0 && vars[0].From < at {
			v := vars[0]
			f.vars = append(f.vars, Var{base + v.From, base + v.To, v.Name})
			vars = vars[1:]
		}
		if it.Data[at-1] == '\n' {
			f.flush()
		}
	}
}

func (f *formatter) flush() {
	if len(f.part) > 0 {
		f.buf = appendLine(f.buf, f.dir, f.part, f.vars)
		f.part, f.vars = f.part[:0], f.vars[:0]
	}
}
