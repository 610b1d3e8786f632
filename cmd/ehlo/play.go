package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ehlo/session"
	"ehlo/transcript"
)

const playLong = `Play a recording back as it happened: each line when it came, with what client and
server shared then, what challenges hold, the facts of TLS, octets that are no text
in hexadecimal, and the comments of the file. Secrets are bullets. Nothing is sent,
and no connection is opened.

Pauses are those of the recording, at --speed, and none is longer than
--idle-limit. At "@ break" in the file, and with --step at every turn of the
conversation, it waits for Enter; q and Enter end it. --from begins at the first
place that fits: the number of an event, a verb, a reply code, or a word of a
comment or of a break. FILE may be -.`

const playExample = `  ehlo play session.smtp
  ehlo play --speed 10 --idle-limit 500ms session.smtp
  ehlo play --step --from RCPT session.smtp
  ehlo play --plain session.smtp              as RFCs print it, for a ticket`

type playFlags struct {
	pace        transcript.Pace
	step, plain bool
	from        string
	state       string
}

func playCommand(std streams) *cobra.Command {
	var f playFlags
	cmd := &cobra.Command{
		Use: "play [flags] FILE.smtp", Short: "Play a recording back, with the states it went through",
		Long: playLong, Example: playExample, Args: oneArgument("FILE.smtp"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.state != "line" && f.state != "table" && f.state != "none" {
				return fail(exitUsage, "play: --state is line, table or none, not %q", f.state)
			}
			if f.pace.Speed < 0 || f.pace.Idle < 0 {
				return fail(exitUsage, "play: --speed and --idle-limit are not negative")
			}
			if f.pace.Speed == 0 {
				f.pace.Speed = -1
			}
			return f.play(cmd.Context(), args[0], std)
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&f.pace.Speed, "speed", 1, "`TIMES` as fast as it was; 0 does not wait at all")
	flags.DurationVar(&f.pace.Idle, "idle-limit", 2*time.Second, "`TIME` of the longest pause; 0 leaves them as they were")
	flags.BoolVar(&f.step, "step", false, "wait for Enter at every turn of the conversation")
	flags.BoolVar(&f.plain, "plain", false, "print it at once and as RFCs do, with C: and S:")
	flags.StringVar(&f.from, "from", "", "begin at `PLACE`: an event's number, a verb, a code, a word of a comment")
	flags.StringVar(&f.state, "state", "line", "`HOW` to show what both sides share: line, table or none")
	return cmd
}

func (f *playFlags) play(ctx context.Context, name string, std streams) error {
	r, err := openTranscript(name, std)
	if err != nil {
		return fail(exitTranscript, "%w", err)
	}
	defer r.Close()
	out := bufio.NewWriterSize(std.out, 64<<10)
	s := &stage{playFlags: f, ctx: ctx, out: out, stopped: f.from == ""}
	if name != "-" { // else it is the file
		s.in, s.keys = std.in, bufio.NewReader(std.in)
		s.ask = f.step || isTerminal(std.in)
	}
	if f.plain {
		s.p, s.step, s.ask, s.state = nil, false, false, "none"
		s.pace.Speed = -1
	} else {
		s.p = &transcript.Printer{W: out, Times: true}
	}
	p := transcript.NewPlayback(r, s.pace)
	for err == nil {
		var m transcript.Moment
		if m, err = p.Next(); err == nil {
			err = s.show(m)
		}
	}
	if errors.Is(err, io.EOF) {
		s.notes(p.Rest())
		err = nil
		if !s.stopped {
			err = fail(exitUsage, "play: %q is nowhere in %s", f.from, name)
		}
	}
	if flushed := out.Flush(); err == nil && flushed != nil {
		err = fail(exitUsage, "print %s: %w", name, flushed)
	}
	var exit *exitError
	switch {
	case errors.Is(err, errEnough):
		return nil
	case errors.Is(err, context.Canceled):
		return &exitError{code: exitInterrupted}
	case err != nil && !errors.As(err, &exit):
		return fail(exitTranscript, "%w", err)
	case err == nil:
		if s.lost || s.expected && !s.heard {
			printf(std.err, "ehlo: %s: it says what is expected, and not what was answered, so no state is shown to follow; ehlo replay asks a server\n", session.Escape(name))
		}
		for _, w := range p.Warnings() {
			printf(std.err, "ehlo: %s:%d: %s\n", session.Escape(name), w.Line, session.Escape(w.Text))
		}
	}
	return err
}

// errEnough: the person has seen enough.
var errEnough = errors.New("enough")

// stage is where a recording is played.
type stage struct {
	*playFlags
	ctx     context.Context
	out     *bufio.Writer
	p       *transcript.Printer // nil: as RFCs print it
	in      io.Reader
	keys    *bufio.Reader // of in
	ask     bool          // somebody can press Enter
	told    bool          // and knows that
	stopped bool          // the place to begin at was found

	heard    bool // the server has said something
	expected bool // or should have
	owed     int  // replies to what was said before
	lost     bool // a reply is only expected: nobody knows the state behind it
	last     session.Event
	shown    string // the state that was shown last
}

// show plays one moment.
func (s *stage) show(m transcript.Moment) error {
	s.follow(m)
	if !s.stopped {
		if s.stopped = begins(m, s.from); !s.stopped {
			s.last = m.Event
			return nil
		}
		m.Wait = 0
	}
	turn := m.Event.Kind != s.last.Kind || m.Event.Block != s.last.Block
	s.last = m.Event
	s.heard = s.heard || m.Event.Kind == session.Received
	if err := s.pause(m, turn); err != nil {
		return err
	}
	s.notes(m.Notes)
	if s.p == nil {
		return s.literal(m)
	}
	s.p.Facts = m.Event.Kind == session.Secured
	if err := s.p.Print(m.Event); err != nil {
		return err
	}
	s.decoded(m.Event)
	s.hex(m.Event)
	s.states(m)
	return nil
}

// follow loses the state where a client went on and the reply before that is only
// expected: what the server says next would be taken for it.
func (s *stage) follow(m transcript.Moment) {
	wants := slices.ContainsFunc(m.Notes, func(n transcript.Note) bool { return n.Kind == transcript.Expect })
	s.lost = s.lost || m.Event.Kind == session.Sent && s.owed > 0 && wants
	s.owed = m.State.Owed()
}

// pause waits as long as the recording did, or for Enter.
func (s *stage) pause(m transcript.Moment, turn bool) error {
	if m.Wait == 0 && m.Stop == "" && !(s.step && turn) {
		return s.ctx.Err()
	}
	if m.Stop != "" && s.p != nil {
		printf(s.out, "%9s --- %s\n", "", session.Escape(m.Stop))
	}
	if err := s.out.Flush(); err != nil {
		return fail(exitUsage, "print: %w", err)
	}
	if s.ask && (m.Stop != "" || s.step && turn) {
		return s.enter()
	}
	if s.step {
		return nil
	}
	select {
	case <-time.After(m.Wait):
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// enter waits for a line from the keyboard. When there is nobody, nothing
// waits any more.
func (s *stage) enter() error {
	if !s.told && isTerminal(s.in) {
		printf(s.out, "%9s --- Enter goes on, q and Enter end it\n", "")
		_ = s.out.Flush() // what is wrong with it is told in the end
	}
	s.told = true
	type typed struct {
		line string
		err  error
	}
	keys := make(chan typed, 1)
	go func() {
		line, err := s.keys.ReadString('\n')
		keys <- typed{line, err}
	}()
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case t := <-keys:
		if t.err != nil {
			s.ask, s.step = false, false
		}
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(t.line)), "q") {
			return errEnough
		}
	}
	return s.ctx.Err()
}

// notes are side notes: comments, and what was intended or expected there.
func (s *stage) notes(notes []transcript.Note) {
	for _, n := range notes {
		s.expected = s.expected || n.Kind == transcript.Expect
	}
	if s.p == nil || !s.stopped {
		return
	}
	for _, n := range notes {
		mark := map[transcript.ItemKind]string{transcript.Comment: "#", transcript.Directive: "@", transcript.Expect: "?"}[n.Kind]
		printf(s.out, "%9s %s %s\n", "", mark, session.Escape(n.Text))
	}
}

// literal prints a line as RFCs do.
func (s *stage) literal(m transcript.Moment) error {
	e := m.Event
	var err error
	switch {
	case e.Bulk != nil:
		_, err = fmt.Fprintf(s.out, "C: [%d octets of content]\n", e.Bulk.Octets)
	case e.Kind == session.Sent:
		_, err = fmt.Fprintf(s.out, "C: %s\n", session.Escape(strings.TrimSuffix(string(e.Public(transcript.Bullets)), "\r\n")))
	case e.Kind == session.Received:
		_, err = fmt.Fprintf(s.out, "S: %s\n", session.Escape(strings.TrimSuffix(string(e.Public(transcript.Bullets)), "\r\n")))
	case e.Kind == session.Secured, e.Kind == session.Failed:
		_, err = fmt.Fprintf(s.out, "   <%s>\n", session.Escape(e.Text))
	}
	return err
}

// decoded shows what a challenge holds. Responses stay bullets.
func (s *stage) decoded(e session.Event) {
	if text, ok := e.Decoded(); ok && e.Kind == session.Received {
		printf(s.out, "%9s === decoded: %s\n", "", session.Escape(text))
	}
}

// mostHex is how many octets of a line are shown in hexadecimal.
const mostHex = 64

// hex shows octets that are no text.
func (s *stage) hex(e session.Event) {
	data := strings.TrimRight(string(e.Data), "\r\n")
	if e.Kind != session.Sent && e.Kind != session.Received || len(e.Secret) > 0 || session.Escape(data) == data {
		return
	}
	for line := range strings.Lines(hex.Dump(e.Data[:min(len(e.Data), mostHex)])) {
		printf(s.out, "%9s     %s", "", line)
	}
	if more := len(e.Data) - mostHex; more > 0 {
		printf(s.out, "%9s     … %d octets more\n", "", more)
	}
}

// states shows the state where it has changed, behind complete replies and
// facts.
func (s *stage) states(m transcript.Moment) {
	if s.lost || s.state == "none" || m.Event.Kind == session.Sent || m.State.Partial() {
		return
	}
	rows := stateRows(m.State)
	sep, end := " · ", "\n"
	if s.state == "table" {
		sep, end = fmt.Sprintf("\n%15s", ""), "\n\n"
	}
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteString(sep)
		}
		if s.state == "table" {
			fmt.Fprintf(&b, "%-14s ", row[0])
		} else if row[0] != "phase" {
			b.WriteString(row[0] + " ")
		}
		b.WriteString(session.Escape(row[1]))
	}
	if b.String() != s.shown {
		s.shown = b.String()
		printf(s.out, "%9s   = %s%s", "", s.shown, end)
	}
}

// stateRows is what both sides share: the buffers of RFC 5321, 4.1.1, and who
// is responsible for the message.
func stateRows(st session.State) [][2]string {
	rows := [][2]string{{"phase", st.Phase.String()}}
	if st.Secure {
		rows = append(rows, [2]string{"TLS", strings.TrimPrefix(st.TLS, "TLSv")})
	}
	if st.Auth != "" {
		rows = append(rows, [2]string{"login", strings.TrimSpace(st.User + " by " + st.Auth)})
	}
	if st.ReversePath != nil {
		rows = append(rows, [2]string{"reverse-path", "<" + st.ReversePath.Path + ">"})
	}
	if to := st.ForwardPath(); len(to) > 0 {
		paths := make([]string, 0, len(to))
		for _, r := range to[:min(len(to), 5)] {
			paths = append(paths, "<"+r.Path+">")
		}
		if more := len(to) - len(paths); more > 0 {
			paths = append(paths, fmt.Sprintf("and %d more", more))
		}
		rows = append(rows, [2]string{"forward-path", strings.Join(paths, " ")})
	}
	if !st.MailData.Empty() {
		rows = append(rows, [2]string{"mail data", fmt.Sprintf("%d octets", st.MailData.Octets)})
	}
	if st.Accepted > 0 {
		rows = append(rows, [2]string{"accepted", strconv.Itoa(st.Accepted)})
	}
	if st.ReversePath != nil || st.Accepted > 0 || st.Responsible != session.Client {
		rows = append(rows, [2]string{"responsible", st.Responsible.String()})
	}
	if st.Broken != "" {
		rows = append(rows, [2]string{"broken", st.Broken})
	}
	return rows
}

// begins reports whether a moment is the place that somebody named.
func begins(m transcript.Moment, place string) bool {
	if n, err := strconv.Atoi(place); err == nil {
		if m.Event.Kind == session.Received && session.ParseReplyLine(m.Event.Data).Code == session.Code(n) && n >= 200 {
			return true
		}
		return m.Event.Seq == n
	}
	if m.Event.Kind == session.Sent && strings.EqualFold(session.ParseCommand(m.Event.Data).Verb, place) {
		return true
	}
	for _, n := range m.Notes {
		if strings.Contains(strings.ToLower(n.Text), strings.ToLower(place)) {
			return true
		}
	}
	return m.Stop != "" && strings.Contains(strings.ToLower(m.Stop), strings.ToLower(place))
}
