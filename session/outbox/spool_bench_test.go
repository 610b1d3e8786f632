package outbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"ehlo/session"
)

const small = "From: <alice@test.example>\r\nTo: <bob@test.example>\r\nSubject: small\r\n\r\nA small message.\r\n"

// BenchmarkAdd adds messages from several goroutines, each durable before Add
// returns, beside the most that the disk can: files of the same size that are
// created and synced in the same way, and nothing else.
//
// On ext4 it needs a folder in whose neighbourhood nothing was deleted in the
// last minutes: a new file looks at the inode of each that was, before it takes
// one. So nothing is removed until the end; TMPDIR says where.
func BenchmarkAdd(b *testing.B) {
	root := b.TempDir()
	for _, at := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", at), func(b *testing.B) {
			s := openIn(b, filepath.Join(root, fmt.Sprint(at, b.N)))
			c := session.BytesContent([]byte(small))
			together(b, at, func() error {
				_, err := s.Add(to("bob@test.example"), c)
				return err
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
		b.Run(fmt.Sprintf("disk/callers=%d", at), func(b *testing.B) {
			dir := filepath.Join(root, fmt.Sprint("disk", at, b.N))
			if err := os.Mkdir(dir, 0o700); err != nil {
				b.Fatal(err)
			}
			together(b, at, func() error {
				f, err := os.CreateTemp(dir, "x")
				if err != nil {
					return err
				}
				_, err = f.WriteString(small)
				return errors.Join(err, f.Sync(), f.Close(), realDisk().syncDir(dir))
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "fsyncs/s")
		})
	}
}

// together does something b.N times, so many at the same time.
func together(b *testing.B, callers int, do func() error) {
	var all sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkEach lists a million recipients, half of them with a history.
func BenchmarkEach(b *testing.B) {
	for _, each := range []int{1, 100} {
		b.Run(fmt.Sprintf("recipients=%d", each), func(b *testing.B) {
			s := open(b)
			fill(b, s, 1_000_000/each, each)
			b.ResetTimer()
			for b.Loop() {
				n := 0
				if err := s.Each(func(m *Message) bool { n += len(m.Recipients); return true }); err != nil || n != 1_000_000 {
					b.Fatal(n, err)
				}
			}
			var mem runtime.MemStats
			runtime.ReadMemStats(&mem)
			b.ReportMetric(float64(mem.HeapSys)/(1<<20), "MiB-heap")
		})
	}
}

// fill writes an index of n messages, without their files.
func fill(tb testing.TB, s *Spool, n, each int) {
	tb.Helper()
	f, err := os.Create(filepath.Join(s.dir, "index"))
	if err != nil {
		tb.Fatal(err)
	}
	buf := []byte(indexHead + "1\n")
	for i := range n {
		m := Message{ID: fmt.Sprintf("01jd0000%06d", i), Added: s.Now(), From: "alice@test.example", Octets: 1000}
		for j := range each {
			r := Recipient{To: fmt.Sprintf("user%d@host%d.test.example", j, i)}
			if i%2 == 0 {
				r.Tries, r.Attempt, r.At, r.Next = 1, 1, s.Now(), s.Now()
				r.Host, r.Reply = "mx.test.example [192.0.2.1]:25", "451 4.7.1 greylisted, come back in five minutes"
			}
			m.Recipients = append(m.Recipients, r)
		}
		if buf = append(buf, m.record().line()...); len(buf) > 1<<20 {
			if _, err := f.Write(buf); err != nil {
				tb.Fatal(err)
			}
			buf = buf[:0]
		}
	}
	if _, err := f.Write(buf); err != nil {
		tb.Fatal(err)
	}
	f.Close()
}

func open(tb testing.TB) *Spool { return openIn(tb, filepath.Join(tb.TempDir(), "outbox")) }

func openIn(tb testing.TB, dir string) *Spool {
	tb.Helper()
	s, err := Open(dir, Options{Tell: func(t Trouble) { tb.Logf("trouble: %s", t) }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func to(paths ...string) Envelope {
	return Envelope{From: session.Envelope{Path: "alice@test.example"}, To: session.To(paths...)}
}
