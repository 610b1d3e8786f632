package practice

import (
	"net"
	"testing"
	"testing/synctest"

	"ehlo/session"
)

func TestIdleClientIsToldAndLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		talk(t, "default", `S: 220 practice.example ESMTP ehlo practice server 0.1.0
			S: 421 4.4.2 practice.example you have been idle for too long
			S.`)
		synctest.Wait()
	})
}

func TestManyClientsAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sc, _ := Find(Default)
	srv := New(sc, Options{})
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	ends := make(chan string, 200)
	for range cap(ends) {
		go func() {
			s := session.New(session.Options{Target: session.Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}})
			m := session.Mail{Helo: "c.example", Letter: session.Letter{To: session.To("b@x.example"), Content: session.BytesContent([]byte("x\r\n"))}}
			m.Target = session.Target{Host: "127.0.0.1", Port: 1}
			for st, ok := m.Next(s.State()); ok; st, ok = m.Next(s.State()) {
				if err := s.Do(t.Context(), st); err != nil {
					ends <- err.Error()
					return
				}
			}
			ends <- s.State().Responsible.String()
		}()
	}
	for range cap(ends) {
		if end := <-ends; end != "server" {
			t.Error(end)
		}
	}
	l.Close()
	srv.Close()
	<-served
}
