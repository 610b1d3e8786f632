package practice

import (
	"bufio"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestDoor: a few come in at once, and another when somebody has been heard.
// Where all are silent twice as many come in, until somebody is heard.
func TestDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := newDoor(), make(chan struct{})
		var inside []*party
		for _, turn := range []struct {
			heard, come int
			waits       time.Duration
		}{
			{0, few, 0}, {1, 1, 0}, {3, 3, 0}, {0, 1, silence}, {0, 2*few - 1, 0}, {0, 4 * few, silence}, {0, 1, silence},
			{1, few, 0}, {0, 1, silence},
		} {
			for range turn.heard {
				inside[len(inside)-1].heard()
			}
			began := time.Now()
			for range turn.come {
				inside = append(inside, d.wait(done))
			}
			if waited := time.Since(began); waited != turn.waits {
				t.Errorf("%d came in after %v, of %d that are inside; want %v", turn.come, waited, len(inside), turn.waits)
			}
		}
		close(done)
		began := time.Now()
		for range 100 * few {
			d.wait(done)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("those that came to a server that is closed waited %v", waited)
		}
	})
}

// TestDoorOpensInTime: those who were let in before and speak one after the other
// keep nobody waiting behind others that say nothing.
func TestDoorOpensInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, done := newDoor(), make(chan struct{})
		old := d.inside
		for range few {
			d.wait(done)
		}
		d.open(few)
		for range few {
			d.wait(done)
		}
		go func() {
			for range few {
				time.Sleep(silence * 9 / 10)
				old.heard()
			}
		}()
		began := time.Now()
		if d.wait(done); time.Since(began) > silence {
			t.Errorf("the next came in after %v", time.Since(began))
		}
		time.Sleep(few * silence)
	})
}

// TestSilentCrowd: clients that say nothing are all greeted, and somebody who
// has something to say is served beside them.
func TestSilentCrowd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sc, _ := Find(Default)
	srv := New(sc, Options{})
	defer srv.Close()
	go func() { _ = srv.Serve(l) }()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	crowd := make([]net.Conn, 10*few)
	for i := range crowd {
		crowd[i] = dial()
	}
	if err := mailOn(dial(), "Subject: x\r\n\r\n"); err != nil {
		t.Error(err)
	}
	for _, c := range crowd {
		if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || line[:3] != "220" {
			t.Fatalf("%q %v", line, err)
		}
	}
}
