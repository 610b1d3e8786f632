package transcript

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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

// BenchmarkRecorded sends mails to the practice server on a loopback address,
// with a transcript of each and without, and says how much more work that is for
// both sides together.
func BenchmarkRecorded(b *testing.B) {
	for name, octets := range map[string]int{"8KiB": 8 << 10, "8MiB": 8 << 20} {
		b.Run(name, func(b *testing.B) {
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
			defer srv.Close()
			o := session.Options{
				Target: session.Target{Host: "127.0.0.1", Port: 25},
				Dial: func(context.Context, session.Target, string) (net.Conn, error) {
					return net.Dial("tcp", ln.Addr().String())
				},
			}
			recorded(b, o, bytes.Repeat([]byte("a line of content that is as long as such lines are, nearly\r\n"), octets/62))
		})
	}
}

func recorded(b *testing.B, o session.Options, content []byte) {
	dir := b.TempDir()
	var plain, more time.Duration
	for i := 0; b.Loop(); i++ {
		began := cpu(b)
		o.Recorder = nil
		rehearsal.Send(b, o, content, "bob@test.example")
		plain += cpu(b) - began

		began = cpu(b)
		name := filepath.Join(dir, strconv.Itoa(i))
		rec, err := Create(name)
		if err != nil {
			b.Fatal(err)
		}
		o.Recorder = rec
		rehearsal.Send(b, o, content, "bob@test.example")
		if err := rec.Close(); err != nil {
			b.Fatal(err)
		}
		more += cpu(b) - began
		if err := Remove(name); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100*(more.Seconds()/plain.Seconds()-1), "%-more-cpu")
	b.ReportMetric(float64(plain.Microseconds())/float64(b.N), "cpu-us-plain")
}
