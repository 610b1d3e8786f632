package channel

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"ehlo/session"
)

const (
	// grace is the default of [Dialer].Grace.
	grace = 2 * time.Second
	// lastWords is how long a process that closed its output may take to end,
	// so that its exit status can be told.
	lastWords = 500 * time.Millisecond
	// maxComplaint is how much of the standard error is kept: its beginning.
	maxComplaint = 2 << 10
)

// process is a [net.Conn] over the standard input and output of a process,
// which has a process group of its own. A signal of the terminal does not
// reach it, and it cannot ask anything there.
type process struct {
	cmd       *exec.Cmd
	in        *os.File // its standard input: we write
	out       *os.File // its standard output: we read
	remote    place
	done      chan struct{} // closed when it has ended and was reaped
	complaint *complaint
	grace     time.Duration

	closing sync.Once
	closed  error
}

// start runs the command of a target. The context bounds the start alone.
func (d Dialer) start(ctx context.Context, t session.Target) (*session.Channel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	words, err := Words(t.Pipe)
	if err == nil && len(words) == 0 {
		err = errors.New("the command is missing")
	}
	if err != nil {
		return nil, err
	}
	p := &process{
		cmd: exec.Command(words[0], words[1:]...), remote: place{"pipe", t.String()},
		done: make(chan struct{}), complaint: &complaint{done: make(chan struct{})},
		grace: d.Grace,
	}
	if p.grace <= 0 {
		p.grace = grace
	}
	if err := p.start(); err != nil {
		return nil, err
	}
	facts := []session.Fact{{Key: "pid", Value: pid(p.cmd.Process)}}
	return &session.Channel{Conn: p, Facts: facts, Farewell: p.farewell}, nil
}

func (p *process) start() error {
	var opened []*os.File
	pair := func() (r, w *os.File, err error) {
		if r, w, err = os.Pipe(); err == nil {
			opened = append(opened, r, w)
		}
		return r, w, err
	}
	stdin, in, err1 := pair()
	out, stdout, err2 := pair()
	trouble, stderr, err3 := pair()
	err := errors.Join(err1, err2, err3)
	if err == nil {
		p.in, p.out = in, out
		p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
		ownGroup(p.cmd)
		err = p.cmd.Start()
	}
	if err != nil {
		for _, f := range opened {
			_ = f.Close()
		}
		return err
	}
	_, _, _ = stdin.Close(), stdout.Close(), stderr.Close()
	go p.complaint.listen(trouble)
	go func() {
		_ = p.cmd.Wait() // its result stays in ProcessState
		p.complaint.finish(trouble)
		close(p.done)
	}()
	return nil
}

// Read reads from the standard output. At its end the process is given a
// moment to end as well.
func (p *process) Read(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if errors.Is(err, io.EOF) {
		wait(p.done, lastWords)
	}
	return n, err
}

func (p *process) Write(b []byte) (int, error) { return p.in.Write(b) }

// CloseWrite ends the standard input of the process.
func (p *process) CloseWrite() error { return p.in.Close() }

// Close ends the input of the process and waits for it to end. If it does not
// within the grace, its whole group is asked to end, and killed after the same
// time again. A process that ends by itself may leave others behind, as
// sendmail does for delivery. Close always reaps.
func (p *process) Close() error {
	p.closing.Do(func() {
		_ = p.in.Close()
		if !wait(p.done, p.grace) {
			endGroup(p.cmd.Process)
			if !wait(p.done, p.grace) {
				killGroup(p.cmd.Process)
				<-p.done
			}
		}
		p.closed = p.out.Close()
	})
	return p.closed
}

func (p *process) LocalAddr() net.Addr  { return place{"pipe", "pipe"} }
func (p *process) RemoteAddr() net.Addr { return p.remote }

func (p *process) SetDeadline(t time.Time) error {
	return errors.Join(p.SetReadDeadline(t), p.SetWriteDeadline(t))
}
func (p *process) SetReadDeadline(t time.Time) error  { return p.out.SetReadDeadline(t) }
func (p *process) SetWriteDeadline(t time.Time) error { return p.in.SetWriteDeadline(t) }

// farewell tells how the process ended and what it complained of.
func (p *process) farewell() []session.Fact {
	var facts []session.Fact
	select {
	case <-p.done:
		facts = append(facts, session.Fact{Key: "exit", Value: exitText(p.cmd.ProcessState)})
	default:
	}
	if text := p.complaint.text(); text != "" {
		facts = append(facts, session.Fact{Key: "stderr", Value: text})
	}
	return facts
}

func wait(done <-chan struct{}, atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// complaint is the beginning of what a process writes to its standard error.
// The rest is read and thrown away, so that the process does not get stuck.
type complaint struct {
	done chan struct{} // closed when nothing more comes
	mu   sync.Mutex
	kept []byte
	lost bool
}

func (c *complaint) listen(r *os.File) {
	defer close(c.done)
	defer r.Close()
	buf := make([]byte, maxComplaint)
	for {
		n, err := r.Read(buf)
		c.mu.Lock()
		take := min(n, maxComplaint-len(c.kept))
		c.kept = append(c.kept, buf[:take]...)
		c.lost = c.lost || take < n
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// finish ends the listening once the process has ended: another one may still
// hold its standard error.
func (c *complaint) finish(r *os.File) {
	if !wait(c.done, lastWords/5) {
		_ = r.SetReadDeadline(time.Unix(1, 0))
		<-c.done
	}
}
