package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// memory keeps what it is told when it has to.
type memory struct {
	told, events []Event
	writes       int
	flushes      int // as often as it was asked to write
	bulk         bytes.Buffer
	kept         int // of bulk, as far as there is an event for it
	err          error
}

func (m *memory) Event(e *Event, _ *State) { m.told = append(m.told, *e) }

func (m *memory) Flush() error {
	m.flushes++
	if m.err != nil || len(m.told) == 0 {
		return m.err
	}
	m.events, m.told = append(m.events, m.told...), nil
	m.writes++
	return nil
}

func (m *memory) Bulk(p []byte) error {
	m.bulk.Write(p)
	return m.err
}

func (m *memory) Kept() (string, int64, string) {
	at := m.kept
	m.kept = m.bulk.Len()
	return "0001", int64(at), ""
}

func TestLongContentIsKeptByTheRecorderOnly(t *testing.T) {
	var sent bytes.Buffer
	rec := &memory{}
	o := raw(func(c net.Conn) {
		fmt.Fprint(c, "220 x\r\n")
		for {
			line := readLine(c)
			if line == "" {
				return
			}
			if line != "DATA\r\n" {
				fmt.Fprint(c, "250 ok\r\n")
				continue
			}
			fmt.Fprint(c, "354 go\r\n")
			buf := make([]byte, 100_000)
			for !bytes.HasSuffix(sent.Bytes(), []byte("\r\n.\r\n")) {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				sent.Write(buf[:n])
			}
			fmt.Fprint(c, "250 ok\r\n")
		}
	})
	o.Recorder = rec
	m := mailTo("b@x.example")
	m.Content = BytesContent([]byte(strings.Repeat(".a line that begins with a dot\n", 80_000)))
	s := New(o)
	st := run(t, s, m)
	if want := strings.Repeat("..a line that begins with a dot\r\n", 80_000); rec.bulk.String() != want || sent.String() != want+".\r\n" {
		t.Errorf("kept %d octets, sent %d, want %d and three more", rec.bulk.Len(), sent.Len(), len(want))
	}
	if got := st.Finished.MailData; got.Octets != int64(rec.bulk.Len()) || got.Lines != 80_000 || !got.Complete {
		t.Errorf("mail data %+v", got)
	}
	// The log on record and the log in memory are one.
	if fmt.Sprint(rec.events) != fmt.Sprint(s.Log().Since(0)) {
		t.Error("the recorder saw other events")
	}
}

func TestBrokenRecorderDoesNotStopTheSession(t *testing.T) {
	o := Options{Target: Target{Practice: "default"}, Dial: script{}.dial(t), Recorder: &memory{err: errors.New("disk full")}}
	s := New(o)
	st := run(t, s, mailTo("b@x.example"))
	if st.Accepted != 1 || s.RecordError() == nil {
		t.Errorf("accepted %d, record error %v", st.Accepted, s.RecordError())
	}
	if text := dialogue(s.Log()); strings.Count(text, "= noted") != 1 {
		t.Errorf("the failure is not told once:\n%s", text)
	}
}

// TestOnRecordInTime: at every moment at which somebody could see something, or
// at which a person could lose patience, it is on record.
func TestOnRecordInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &memory{}
		s := (*Session)(nil)
		all := func(when string) {
			t.Helper()
			if synctest.Wait(); len(rec.told) > 0 || len(rec.events) != s.Log().Len() {
				t.Errorf("%s: %d of %d events are on record", when, len(rec.events), s.Log().Len())
			}
		}
		tired := make(chan struct{})
		o := raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			for range 3 {
				readLine(c)
				all("the server is silent")
				fmt.Fprint(c, "250 ok\r\n")
			}
			<-tired
			fmt.Fprint(c, "421 bye\r\n")
			readLine(c)
		})
		dial := o.Dial
		o.Dial = func(ctx context.Context, t Target, addr string) (net.Conn, error) {
			all("the network is silent")
			return dial(ctx, t, addr)
		}
		o.Recorder = rec
		s = New(o)
		s.Note("hello")
		all("nothing is under way")
		for _, st := range []Step{{Kind: Connect}, Line("EHLO a"), Line("NOOP")} {
			if err := s.Proceed(t.Context(), st); err != nil {
				t.Fatal(err)
			}
		}
		s.Note("advice")
		if len(rec.told) != 2 {
			t.Errorf("%d events wait, want a reply and a note", len(rec.told))
		}
		if n := len(s.Log().Since(0)); n != len(rec.events) {
			t.Errorf("%d events are seen, %d are on record", n, len(rec.events))
		}
		if err := s.Do(t.Context(), Line("NOOP")); err != nil {
			t.Fatal(err)
		}
		all("Do is over")
		close(tired)
		all("the server has spoken by itself")
		_ = s.Close()
		all("closed")
	})
}

// TestOnRecordWhileAWriteWaits: a server that takes nothing is as silent as one
// that says nothing.
func TestOnRecordWhileAWriteWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &memory{}
		o := raw(func(c net.Conn) {
			fmt.Fprint(c, "220 x\r\n")
			readLine(c)
			fmt.Fprint(c, "250 ok\r\n")
			time.Sleep(time.Second)
			if synctest.Wait(); len(rec.told) > 0 {
				t.Errorf("%d events are not on record", len(rec.told))
			}
			readLine(c)
			fmt.Fprint(c, "250 ok\r\n")
			readLine(c)
		})
		o.Recorder = rec
		s := New(o)
		for _, st := range []Step{{Kind: Connect}, Line("EHLO a"), Line("NOOP")} {
			if err := s.Proceed(t.Context(), st); err != nil {
				t.Fatal(err)
			}
		}
		_ = s.Close()
	})
}

// TestRecordOfAPanic: should octets ever be too much for the state, they are on
// record when the program falls.
func TestRecordOfAPanic(t *testing.T) {
	rec := &memory{}
	s := New(Options{Recorder: rec})
	s.state = State{Open: true, in: incoming{lines: &lineNode{}, count: -1}} // which cannot be
	defer func() {
		if recover() == nil {
			t.Fatal("no panic: this test needs another state")
		}
		if len(rec.events) != 2 || string(rec.events[0].Data) != "250 ok\r\n" || string(rec.events[1].Public("*")) != "*" || rec.events[1].Seq != 2 {
			t.Errorf("on record is %v", rec.events)
		}
	}()
	// What nobody could judge any more may be a secret.
	s.append(Event{Kind: Received, Data: []byte("250 ok\r\n")}, Event{Kind: Sent, Data: []byte("AUTH PLAIN AGEAYg==\r\n")})
}

// TestRecorderIsLeftAlone: who has closed a session closes its recorder, and
// others may read the log still.
func TestRecorderIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		o := Options{Target: Target{Practice: "default"}, Dial: script{}.dial(t)}
		o.Recorder = &m
		s := New(o)
		run(t, s, mailTo("b@x.example"))
		_ = s.Close()
		synctest.Wait()
		n := m.flushes
		if all := s.Log().Since(0); m.flushes != n || len(m.events) != len(all) {
			t.Errorf("%d flushes behind the end; %d of %d events kept", m.flushes-n, len(m.events), len(all))
		}
	})
}
