package main

import (
	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/transcript"
)

// recordFlags say whether and how a session is recorded.
type recordFlags struct {
	file              string
	keepSecrets, sync bool
	inline            int64
}

func (f *recordFlags) add(fl *pflag.FlagSet) {
	fl.StringVar(&f.file, "transcript", "", "write a transcript to `FILE`")
	fl.Int64Var(&f.inline, "inline-max", 64<<10, "write content of up to `OCTETS` into it, longer content into the folder FILE.d")
	fl.BoolVar(&f.sync, "sync", false, "wait until each line is on the disk, so that not even a power cut loses one")
	fl.BoolVar(&f.keepSecrets, "keep-secrets", false, "write passwords too; the file says that it has them")
}

// begin creates the file. There is no recorder if none was asked for.
func (f *recordFlags) begin(o *session.Options) (*transcript.Recorder, error) {
	switch {
	case f.file == "" && (f.keepSecrets || f.sync):
		return nil, fail(exitUsage, "record: %w", badTogether([]string{"keep-secrets", "sync"}, "--keep-secrets and --sync want --transcript FILE"))
	case f.file == "":
		return nil, nil
	case f.inline < 0 || f.inline > 16<<20:
		return nil, fail(exitUsage, "record: %w", badValue("inline-max", f.inline, "expected a number from 0 to 16777216"))
	}
	if o.Inline = f.inline; f.inline == 0 {
		o.Inline = -1
	}
	rec, err := createTranscript(f.file)
	if err != nil {
		return nil, fail(exitUsage, "%w", badTogether([]string{"transcript"}, "%w", err))
	}
	rec.KeepSecrets, rec.Sync = f.keepSecrets, f.sync
	o.Recorder = rec
	return rec, nil
}
