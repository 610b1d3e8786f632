package practice

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// mailOn says a whole mail on a connection, and wants it taken.
func mailOn(c net.Conn, body string) error {
	in := bufio.NewReader(c)
	for _, turn := range []struct{ say, want string }{
		{"", "220"}, {"HELO c.example\r\n", "250"}, {"MAIL FROM:<a@c.example>\r\n", "250"}, {"RCPT TO:<b@x.example>\r\n", "250"},
		{"DATA\r\n", "354"}, {body + ".\r\n", "250"}, {"QUIT\r\n", "221"},
	} {
		if _, err := io.WriteString(c, turn.say); err != nil {
			return err
		}
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, turn.want) {
			return fmt.Errorf("%q: %q %w", turn.say[:min(len(turn.say), 20)], line, err)
		}
	}
	return nil
}

// TestThousandClients are served at the same time, and what they send stays
// within the room of the store.
func TestThousandClients(t *testing.T) {
	const clients = 1000
	sc, _ := Find(Default)
	store := NewStore("")
	store.room = 4 << 20
	srv := New(sc, Options{Store: store})
	defer srv.Close()
	var all [clients]net.Conn
	for i := range all { // all of them are there before the first says anything
		c, err := srv.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all[i] = c
	}
	body := strings.Repeat(strings.Repeat("x", 78)+"\r\n", 100)
	var wg sync.WaitGroup
	errs := make(chan error, clients)
	for _, c := range all {
		wg.Go(func() {
			defer c.Close()
			if err := mailOn(c, body); err != nil && !strings.Contains(err.Error(), "452 4.3.1") {
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	if store.used > store.room || store.used < 0 {
		t.Errorf("%d octets of %d are used", store.used, store.room)
	}
}

// TestRoomIsGivenBack: what comes to nothing leaves nothing.
func TestRoomIsGivenBack(t *testing.T) {
	sc, _ := Find(Default)
	store := NewStore("")
	srv := New(sc, Options{Store: store})
	c, err := srv.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "HELO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n"+strings.Repeat(strings.Repeat("x", 998)+"\r\n", 50))
	c.Close()
	srv.Close()
	for range 1000 {
		store.mu.Lock()
		used := store.used
		store.mu.Unlock()
		if used == 0 {
			return
		}
		runtime.Gosched()
		_, _ = io.ReadAll(c) // it is closed: this only passes time
	}
	t.Error("room is still held")
}

// BenchmarkStart is a scenario from its name to its greeting: under 50 ms is
// the aim.
func BenchmarkStart(b *testing.B) {
	for _, name := range []string{Default, "postfix", "tls-expired"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				sc, err := Find(name)
				if err != nil {
					b.Fatal(err)
				}
				srv := New(sc, Options{})
				c, err := srv.Dial(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
					b.Fatal(err)
				}
				c.Close()
				srv.Close()
			}
		})
	}
}
