package transcript

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"ehlo/session"
	"ehlo/session/practice"
	"ehlo/transcript/rehearsal"
)

// longSession is a session of one message with many lines.
func longSession(lines int) []session.Event {
	at := time.Date(2026, 11, 23, 18, 50, 12, 0, time.UTC)
	events := []session.Event{
		{Seq: 1, At: at, Kind: session.Opened}, {Seq: 2, At: at, Kind: session.Received, Block: 1, Data: []byte("220 a\r\n")},
		{Seq: 3, At: at, Kind: session.Sent, Block: 2, Data: []byte("DATA\r\n")}, {Seq: 4, At: at, Kind: session.Received, Block: 3, Data: []byte("354 go\r\n")},
	}
	line := []byte("This is a line of content, as long as lines of content usually are.\r\n")
	for i := range lines {
		events = append(events, session.Event{Seq: i + 5, At: at, Kind: session.Sent, Block: 4, Data: line})
	}
	return events
}

func BenchmarkWrite(b *testing.B) {
	events := longSession(10_000)
	r := NewRecorder(io.Discard)
	b.SetBytes(int64(len(record(b, events))))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Record(events); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	file := record(b, longSession(10_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("x", bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseLong parses 100 MB: what a file costs that is no longer in
// any cache.
func BenchmarkParseLong(b *testing.B) {
	file := record(b, longSession(1_350_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("x", bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan reads without keeping anything.
func BenchmarkScan(b *testing.B) {
	file := record(b, longSession(10_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner("x", bytes.NewReader(file))
		for {
			if _, err := s.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkShow reads and prints event by event.
func BenchmarkShow(b *testing.B) {
	file := record(b, longSession(100_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, p := NewReader("x", bytes.NewReader(file)), Printer{W: io.Discard}
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil || p.Print(e) != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkRead reads event by event, in constant memory.
func BenchmarkRead(b *testing.B) {
	file := record(b, longSession(100_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader("x", bytes.NewReader(file))
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkFormat reads and writes again.
func BenchmarkFormat(b *testing.B) {
	file := record(b, longSession(100_000))
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if err := NewReader("x", bytes.NewReader(file)).Format(io.Discard, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}

// cpu is the time that this process has had.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkBesidePeers reads a file as the program does, and lets wc and grep
// count the lines of the same file. The ratios are how many times more work it
// is to read a conversation than to count lines; they count processor time, so
// that a busy machine does not change them.
func BenchmarkBesidePeers(b *testing.B) {
	name := filepath.Join(b.TempDir(), "long.smtp")
	file := record(b, longSession(700_000))
	if err := os.WriteFile(name, file, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(file)))
	peers := map[string][]string{"wc": {"wc", "-l", name}, "grep": {"grep", "-c", "^S: ", name}}
	took := map[string]time.Duration{}
	for b.Loop() {
		began := cpu(b)
		r, err := OpenFile(name)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		r.Close()
		took["ehlo"] += cpu(b) - began
		b.StopTimer()
		for peer, args := range peers {
			cmd := exec.Command(args[0], args[1:]...)
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
			took[peer] += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(len(file)*b.N)/1e6/took["ehlo"].Seconds(), "MB/cpu-s")
	for peer := range peers {
		b.ReportMetric(float64(took["ehlo"])/float64(took[peer]), "x-"+peer)
	}
}

// BenchmarkRecorded sends mails, with a transcript of each session and without,
// in turn: to the practice server on a loopback address, or to the server that
// EHLO_BENCH_SERVER names. It says how much more work a transcript is for this
// process, the practice server included, and how much longer the session takes
// (the medians of both, so that what else runs here matters less). The peer is
// a file made with the octets of the transcript in one write: what the file
// system takes for any record of a session, and nobody can save.
func BenchmarkRecorded(b *testing.B) {
	for _, c := range []struct {
		name          string
		mails, octets int
	}{{"8KiB", 1, 8 << 10}, {"100x8KiB", 100, 8 << 10}, {"8MiB", 1, 8 << 20}} {
		b.Run(c.name, func(b *testing.B) {
			addr := os.Getenv("EHLO_BENCH_SERVER")
			if addr == "" {
				addr = practiceServer(b)
			}
			o := session.Options{
				Target: session.Target{Host: "127.0.0.1", Port: 25},
				Dial: func(context.Context, session.Target, string) (net.Conn, error) {
					return net.Dial("tcp", addr)
				},
			}
			recorded(b, o, c.mails, bytes.Repeat([]byte("a line of content that is as long as such lines are, nearly\r\n"), c.octets/62))
		})
	}
}

func practiceServer(b *testing.B) (addr string) {
	sc, err := practice.Find("default")
	if err != nil {
		b.Fatal(err)
	}
	srv := practice.New(sc, practice.Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = srv.Serve(ln) }()
	b.Cleanup(func() { srv.Close() })
	return ln.Addr().String()
}

// all returns the octets of a transcript and of the files beside it.
func all(b *testing.B, name string) []byte {
	beside, _ := filepath.Glob(name + ".d/*")
	var octets []byte
	for _, f := range append(beside, name) {
		p, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		octets = append(octets, p...)
	}
	return octets
}

func recorded(b *testing.B, o session.Options, mails int, content []byte) {
	const plain, record, file, kinds = 0, 1, 2, 3
	dir := b.TempDir()
	var worked [kinds]time.Duration
	var took [kinds][]time.Duration // of each session
	var octets []byte
	for i := 0; b.Loop(); i++ {
		for kind := range kinds {
			// What is removed at once would slow down some file systems.
			name := filepath.Join(dir, strconv.Itoa(i)+"."+strconv.Itoa(kind))
			began, at := cpu(b), time.Now()
			var rec *Recorder
			if o.Recorder = nil; kind == record {
				var err error
				if rec, err = Create(name); err != nil {
					b.Fatal(err)
				}
				o.Recorder = rec
			}
			rehearsal.SendTimes(b, mails, o, content, "bob@test.example")
			var err error
			switch kind {
			case record:
				err = rec.Close()
			case file:
				err = os.WriteFile(name, octets, 0o600)
			}
			if err != nil {
				b.Fatal(err)
			}
			worked[kind] += cpu(b) - began
			took[kind] = append(took[kind], time.Since(at))
			if octets == nil && kind == record {
				octets = all(b, name)
			}
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return d[len(d)/2].Seconds()
	}
	b.ReportMetric(float64(worked[plain].Microseconds())/float64(b.N), "cpu-us-plain")
	b.ReportMetric(1e6*median(took[plain]), "us-plain")
	for kind, name := range map[int]string{record: "", file: "-peer"} {
		b.ReportMetric(100*(worked[kind].Seconds()/worked[plain].Seconds()-1), "%-more-cpu"+name)
		b.ReportMetric(100*(median(took[kind])/median(took[plain])-1), "%-longer"+name)
	}
}
