package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"ehlo/session"
)

// said are the lines that the client has said.
func (r *robot) said() string {
	var b strings.Builder
	for _, e := range r.m.live.events {
		if e.Kind == session.Sent {
			b.Write(e.Data)
		}
	}
	return b.String()
}

// says waits until all is at rest and checks what the client has said.
func (r *robot) says(want string) *robot {
	r.t.Helper()
	r.rest()
	if got := strings.ReplaceAll(r.said(), "\r\n", "|"); got != want {
		r.t.Fatalf("the client said\n%s\nnot\n%s\n%s", got, want, r.look())
	}
	return r
}

// ended waits until a run has come to its end or was stopped.
func (r *robot) ended() *robot {
	r.t.Helper()
	r.until("the run to end", func() bool { return !r.m.drive.running && !r.m.drive.acting })
	return r.rest()
}

// connected is a robot that has connected to a server that takes everything.
func connected(t *testing.T, change ...func(*Options)) *robot {
	t.Helper()
	return at(t, 120, 36, append([]func(*Options){answers(nil), recipients("b@x", "c@x", "d@x")}, change...)...).press("enter").rest()
}

// answers is a server that answers each verb as told, and takes the others.
func answers(special map[string]string) func(*Options) {
	return func(o *Options) {
		o.Mail.Helo, o.Mail.From.Path = "h", "a@x"
		o.Dial = func(context.Context, session.Target, string) (net.Conn, error) {
			client, server := net.Pipe()
			go serveAnswers(server, special)
			return client, nil
		}
	}
}

// hangsUp is the answer of a server that goes without one.
const hangsUp = "hangs up"

func serveAnswers(conn net.Conn, special map[string]string) {
	defer conn.Close()
	fmt.Fprint(conn, "220 x\r\n")
	buf, data := make([]byte, 64<<10), false
	var rest []byte
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		rest = append(rest, buf[:n]...)
		var out strings.Builder
		for {
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				break
			}
			line := strings.TrimSpace(string(rest[:i]))
			rest = rest[i+1:]
			if data {
				if line == "." {
					data = false
					verdict := special["."]
					if verdict == "" {
						verdict = "250 taken"
					}
					if verdict == hangsUp {
						return
					}
					out.WriteString(verdict + "\r\n")
				}
				continue
			}
			verb, _, _ := strings.Cut(line, " ")
			switch said := special[verb]; {
			case said != "":
				out.WriteString(said + "\r\n")
			case special[line] != "":
				out.WriteString(special[line] + "\r\n")
			case verb == "DATA":
				out.WriteString("354 go\r\n")
			case verb == "QUIT":
				fmt.Fprint(conn, out.String()+"221 bye\r\n")
				return
			default:
				out.WriteString("250 ok " + verb + "\r\n")
			}
			data = strings.HasSuffix(out.String(), "354 go\r\n")
		}
		if _, err := fmt.Fprint(conn, out.String()); err != nil {
			return
		}
	}
}

const toMail = "EHLO h|MAIL FROM:<a@x>|"

func TestStepToTheNextWait(t *testing.T) {
	r := connected(t, answers(map[string]string{"EHLO": "250-x\r\n250 PIPELINING"}))
	r.press("N").rest().press("N").see("5 steps in one write")
	r.says(toMail + "RCPT TO:<b@x>|RCPT TO:<c@x>|RCPT TO:<d@x>|DATA|")
	blocks := map[int]bool{}
	for _, e := range r.m.live.events {
		if e.Kind == session.Sent && e.Step != 3 {
			blocks[e.Block] = true
		}
	}
	if len(blocks) != 1 {
		t.Errorf("%d writes", len(blocks))
	}
	r.see("354 go")
}

func TestStepToTheNextWaitWithoutPipelining(t *testing.T) {
	r := connected(t).press("N").rest()
	r.press("N").see("PIPELINING is not offered").says(toMail)
}

func TestRunStopsAtBreakpoints(t *testing.T) {
	for text, want := range map[string]string{
		"step:rcpt-2":           toMail + "RCPT TO:<b@x>|",
		"verb:RCPT code:5xx":    toMail + "RCPT TO:<b@x>|RCPT TO:<c@x>|",
		"state:sender":          toMail,
		"/d@x/":                 toMail + "RCPT TO:<b@x>|RCPT TO:<c@x>|",
		"code:421":              toMail + "RCPT TO:<b@x>|RCPT TO:<c@x>|RCPT TO:<d@x>|DATA|",
		"off code:5xx":          "",
		`"ok mail"`:             toMail,
		"verb:RCPT is:received": toMail + "RCPT TO:<b@x>|",
	} {
		r := connected(t, answers(map[string]string{"RCPT TO:<c@x>": "550 no", "DATA": "421 away"}))
		r.press("b").clears().types(text).press("enter").press("c").ended()
		if want == "" {
			if strings.Contains(r.look(), "breakpoint 1,") {
				t.Errorf("%s stops:\n%s", text, r.look())
			}
			continue
		}
		r.see("breakpoint 1,").says(want)
	}
}

func TestRunGoesOnBehindABreakpoint(t *testing.T) {
	r := connected(t).press("b").clears().types("step:rcpt").press("enter")
	r.press("c").ended().says(toMail)
	r.press("c").ended().says(toMail + "RCPT TO:<b@x>|")
	r.press("n").says(toMail + "RCPT TO:<b@x>|RCPT TO:<c@x>|") // a step takes no notice
	r.press("c").ended().see("221")                            // and neither does a run of the step that it begins with
}

func TestSecretInTheClearStopsARun(t *testing.T) {
	r := connected(t, answers(map[string]string{"EHLO": "250-x\r\n250 AUTH PLAIN"}), func(o *Options) { o.Mail.Auth = plainLogin{} })
	r.press("b").clears().types("is:exposed").press("enter").press("c").ended().says("EHLO h|")
	r.see("before this step: is:exposed")
}

type plainLogin struct{}

func (plainLogin) Mechanism([]string, session.State) string { return "PLAIN" }
func (plainLogin) Response(string, session.State) ([]byte, string, error) {
	return []byte("\x00a\x00b"), "log in", nil
}
func (plainLogin) Accepted(string, session.State) error { return nil }
func (plainLogin) Wanted() []string                     { return nil }

func TestBreakpointIsProposedFromTheCursor(t *testing.T) {
	r := connected(t, answers(map[string]string{"RCPT": "550 5.1.1 no"}))
	r.press("b").see("step:ehlo").press("esc")
	r.press("n").rest().press("n").rest().press("n").rest().press("b").see("step:rcpt-2").press("esc")
	r.press("up").press("b").see("verb:RCPT").press("esc")
	r.press("G", "tab", "down", "b").see("step:rcpt-3").press("enter").see("a run stops at step:rcpt-3")
}

func TestBreakpointsAreListedToggledRemovedAndSaved(t *testing.T) {
	var kept []session.Breakpoint
	r := connected(t, func(o *Options) {
		o.InProfile = "work"
		o.KeepBreaks = func(_ string, list []session.Breakpoint) error {
			kept = append([]session.Breakpoint(nil), list...)
			return nil
		}
	})
	r.press("B").see("none: a adds one", "How one is written")
	r.press("a").types("code:5xx").press("enter").press("a").types("verb:QUIT").press("enter").see("on   code:5xx", "on   verb:QUIT")
	r.press("a").types("code:x").press("enter").see("expected a code such as 550").press("esc")
	r.press("space").see("off  verb:QUIT").press("s").see("2 breakpoints saved")
	if len(kept) != 2 || kept[0].String() != "code:5xx" || kept[1].String() != "off verb:QUIT" {
		t.Errorf("kept %v", kept)
	}
	r.press("up", "d").miss("on   code:5xx").press("e").see("›  off verb:QUIT").clears().types("verb:DATA").press("enter").see("on   verb:DATA")
	r.press("esc").see("Conversation").press("c").ended().see("before this step: verb:DATA")
}

func TestRunToTheCursor(t *testing.T) {
	r := connected(t).press("C").see("that is the next step")
	r.press("tab", "down", "down", "down", "C").ended().says(toMail + "RCPT TO:<b@x>|").see("here it is: RCPT TO:<c@x>")
	r.press("c").ended().see("221")
}

func TestEditWithEscapes(t *testing.T) {
	r := connected(t).press("e").see(`EHLO h\r\n`).types("x").press("enter").says("EHLO hx|")
	r.press("e").clears().types(`MAIL FROM:<q@x>\x01\q`).press("enter").see("column 20: \\q is no escape").press("esc")
	r.press("e").clears().types(`NO`).see("without CRLF the server waits").press("enter")
	r.until("NO to be sent", func() bool { return strings.HasSuffix(r.said(), "NO") })
	r.see("NO (no line end)").press(":").types("OP").press("enter").says("EHLO hx|NOOP|")
}

func TestEditInPieces(t *testing.T) {
	r := connected(t).press("e").clears().types(`EH\pLO h\p{1ms}\r\n`).press("enter").says("EHLO h|")
	n := 0
	for _, e := range r.m.live.events {
		if e.Kind == session.Sent {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d pieces:\n%s", n, r.look())
	}
	r.press("n").says("EHLO h|MAIL FROM:<a@x>|")
}

func TestEditALaterStep(t *testing.T) {
	r := connected(t).press("tab", "down", "down", "e").see("Edit step 3", `RCPT TO:<b@x>\r\n`).types(" NOTIFY=NEVER").press("enter")
	r.see("RCPT TO:<b@x> NOTIFY=NEVER", "edited; was: RCPT TO:<b@x>").says("")
	r.press("n").rest().press("n").rest().press("n").says(toMail + "RCPT TO:<b@x> NOTIFY=NEVER|").see("▸ RCPT TO:<c@x>")
}

func TestInsertSkipRepeatMoveUndo(t *testing.T) {
	r := connected(t)
	r.press("i").see("Say this before EHLO h").types("NOOP").press("enter").see("▸ NOOP", "put in by hand")
	r.press("n").says("NOOP|").see("▸ EHLO")
	r.press("tab", "down", "down", "x").see("left out: RCPT TO:<b@x>")
	r.press("J").press("home", "down", "down", ".") // d before c, and twice
	r.press("c").ended().says("NOOP|EHLO h|MAIL FROM:<a@x>|RCPT TO:<d@x>|RCPT TO:<d@x>|RCPT TO:<c@x>|DATA|" + content(r) + "QUIT|")
	r = connected(t).press("tab", "down", "down", "down", "K").see("moved here")
	r.press("u").see("taken back; 0 changes left").miss("moved here").press("u").see("as it was composed")
	r.press("end", "x").press("home", "end", "up", "x").see("after 354 the content is due")
	r.press("home", "K").see("no step to change places with")
	r.press("end", "K").see("only lines change places: content belongs").press(".").see("nothing comes behind it").press("up", ".").see("only a line is said twice: content belongs right behind the 354")
}

// content is the mail data that was sent.
func content(r *robot) string {
	var b strings.Builder
	for i := range r.m.live.rows {
		if row := &r.m.live.rows[i]; row.content {
			b.Write(r.m.live.events[row.from].Data)
		}
	}
	return strings.ReplaceAll(b.String(), "\r\n", "|")
}

func TestPlanIsChangedBeforeConnecting(t *testing.T) {
	r := at(t, 120, 36, answers(nil)).press("esc", "tab", "down", "i").types("HELP").press("enter").see("HELP")
	r.press("x").see("left out: HELP").press("u").press("home", "x").see("without a channel")
	r.press("n").rest().press("n").says("HELP|")
}

func TestChannelOfThePlanLeadsElsewhere(t *testing.T) {
	r := at(t, 120, 36, answers(nil), func(o *Options) {
		dial := o.Dial
		o.Dial = func(ctx context.Context, target session.Target, addr string) (net.Conn, error) {
			if addr != "127.0.0.9:2525" {
				return nil, fmt.Errorf("%s is not where it was to lead", addr)
			}
			return dial(ctx, target, addr)
		}
	})
	r.press("esc", "tab", "i").see("without a channel nothing can be said").press("J").see("only lines change places: nothing is said")
	r.press("e").see("Connect to, in place of the target").clears().types("mx:x").press("enter").see("expected a host").clears().types("127.0.0.9:2525").press("enter")
	r.see("it leads to 127.0.0.9:2525", "edited; was: practice").press("n").see("220")
}

func TestContentOfThePlanIsEdited(t *testing.T) {
	r := connected(t).press("tab", "end", "up", "up")
	at, before, _ := r.m.chosen()
	place := session.PlaceOf(before, r.m.drive.plan[at])
	t.Setenv("TMPDIR", t.TempDir()) // what an editor that fails leaves behind
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "")
	r.press("e").see("the environment names no editor")
	a := r.written(t, "Subject: anew\r\n\r\n.\r\n")
	r.send(contentEditedMsg{gen: r.m.drive.gen, at: place, aside: a}) // as when the editor is left
	r.see("the content is planned as edited", "content, 20 octets, 3 lines")
	if _, err := os.Stat(a.path); err == nil {
		t.Error("the file was left behind")
	}
	a = r.written(t, "half of it")
	r.send(contentEditedMsg{gen: r.m.drive.gen, at: place, aside: a, err: errors.New("exit status 1")})
	r.see("the editor: exit status 1; what was written is in")
	if readFile(t, a.path) != "half of it" {
		t.Error("what was written is lost")
	}
	r.press("c").ended().says(toMail + "RCPT TO:<b@x>|RCPT TO:<c@x>|RCPT TO:<d@x>|DATA|Subject: anew||..|.|QUIT|")
}

func TestHandshakeStaysBehindItsReply(t *testing.T) {
	r := connected(t, answers(map[string]string{"EHLO": "250-x\r\n250 STARTTLS", "STARTTLS": "220 go"}), func(o *Options) { o.Mail.TLS = session.TLSRequire })
	r.press("n").rest().press("n").rest().see("TLS handshake")
	r.press("x").see("waits for a handshake and for nothing else").press("J").see("the handshake belongs right behind")
	r.press("i").types("NOOP").press("enter").press("n").rest().says("EHLO h|STARTTLS|NOOP|").see("▸ TLS handshake")
}

func TestRestartFromTheTop(t *testing.T) {
	r := connected(t).press("tab", "down", "down", "x", "esc").press("n").rest().press("n").says(toMail)
	r.press("R").see("a transaction is open: R again").press("R").rest().says("")
	if n := len(r.m.live.rows); n != 2 {
		t.Errorf("the new log has %d rows:\n%s", n, r.look())
	}
	r.press("n").rest().press("n").rest().press("n").says(toMail + "RCPT TO:<c@x>|") // the change stays
}

func TestHangUpHalfCloseReset(t *testing.T) {
	connected(t).press("n").rest().press("H").rest().see("closed by the client").press("H").see("there is no channel")
	connected(t).press("X").rest().see("this channel knows no reset")
	connected(t).press("F").rest().see("cannot be closed in one direction")
	connected(t).press("n").rest().press("n").rest().press("H").see("H again").press("H").rest().see("closed by the client")
}

func TestCompletionWhileTyping(t *testing.T) {
	r := connected(t, answers(map[string]string{"EHLO": "250-x\r\n250-SIZE 10\r\n250 AUTH PLAIN LOGIN"})).press("n").rest()
	r.press(":").see("tab MAIL FROM:<  AUTH  RSET").types("ma").press("tab").see(":  MAIL FROM:<").press("tab").see("MAIL FROM:<a@x>")
	r.types(" s").press("tab").see("MAIL FROM:<a@x> SIZE=").types("9").press("enter").rest().see("C  MAIL FROM:<a@x> SIZE=9")
	r.press(":").types("rcpt to:<").press("tab").see("rcpt to:<b@x>").press("tab").see("rcpt to:<c@x>").press("tab", "tab", "tab").see("rcpt to:<b@x>")
	r.press("esc", ":").types("xyzzy").press("tab").see(":  xyzzy").press("esc")
	r.m.live.now.Open = false
	r.press(":").see("advice stands here")
}

func TestFileIsNotDriven(t *testing.T) {
	r := at(t, 120, 36)
	r.m.tape = &tape{name: "x"}
	r.m.tape.take(secured())
	_ = r.m.goTo("session")
	for _, a := range stepping() {
		if a.name == "step" || a.name == "restart" { // its key runs the file again
			continue
		}
		r.press(a.keys[0]).see("a file is played back")
	}
}

func TestBreakpointsInLowTerminals(t *testing.T) {
	for h := 8; h < 30; h++ {
		at(t, 80, h).press("esc", "B") // each frame is measured
	}
}

// TestHandshakeOfThePlanIsEdited: its versions and names, for this one time.
func TestHandshakeOfThePlanIsEdited(t *testing.T) {
	r := at(t, 180, 40, func(o *Options) { o.Mail.TLS = session.TLSRequire }).press("enter").rest().press("n").rest().press("n").rest()
	r.see("▸ TLS handshake").press("e").see("Handshake: min=1.2 max=1.3").clears().types("max=9").press("enter").see("expected 1.0, 1.1, 1.2 or 1.3")
	r.clears().types("max=1.2 verify=other.example").press("enter").see("the handshake is planned so", "edited: max=1.2 verify=other.example")
	r.press("n").rest().see("TLS 1.2", "NOT verified")
}
