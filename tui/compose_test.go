package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/session/sasl"
)

func TestParametersFromTheOffers(t *testing.T) {
	r := at(t, 120, 36)
	r.into(toField).clears().types("bob@example.com notify=never, carol@example.com").miss("not offered")
	r.see("RCPT TO:<bob@example.com> NOTIFY=never", "RCPT TO:<carol@example.com>")
	r.press("home").press("ctrl+o").see("Parameter of RCPT", "NOTIFY=SUCCESS,FAILURE").miss("not offered").press("esc")
	r.press("enter").rest().press("n").rest().press("w").into(toField)
	r.press("ctrl+o").see("offered", "DSN: ").types("orcpt").press("enter").see("ORCPT=rfc822;")
	r.into(fromField).types(" HOLDFOR=60").see("which was not offered")
	r.clears().types("alice@example.org BODY=NINE").see("BODY is 7BIT")
}

func TestLoginOfTheForm(t *testing.T) {
	r := at(t, 120, 36)
	r.into(tlsField).clears().types("auto").into(loginField).types("alice X-NONE").see("no mechanism is called X-NONE")
	r.clears().types("alice").press("ctrl+o").see("SASL mechanism").types("sha-256").press("enter")
	r.into(passwordField).types("wonderland").miss("password wonderland").see("password ••••••••••")
	r.press("enter").rest().press("c").see("Authentication successful", "auth SCRAM-SHA-256").miss("wonderland")
}

func TestALoginOfTheFormIsMadeByTheOptions(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) {
		o.NewLogin = func(who sasl.Credentials, mechs ...string) *sasl.Client {
			c := sasl.NewClient(who, mechs...)
			c.Forced, c.NoInitial = true, true
			return c
		}
	})
	r.into(loginField).types("alice PLAIN").into(passwordField).types("wonderland").press("enter").rest().press("n").rest()
	r.press("n").rest().see("C  AUTH PLAIN")
}

func TestLoginOfTheCommandLineIsSaidInTheForm(t *testing.T) {
	r := at(t, 80, 24, func(o *Options) { o.Mail.Auth = sasl.NewClient(sasl.Credentials{User: "alice"}) })
	r.into(loginField).see("Empty logs in as the").miss("nobody in")
	r.press("esc")
}

func TestAttachmentsThroughTheFiles(t *testing.T) {
	r := at(t, 120, 36)
	dir := filepath.Join(r.m.o.Dir, "folder")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one.txt", "folder/two.txt", "..three, and \x1b[31mmore.txt"} {
		if err := os.WriteFile(filepath.Join(r.m.o.Dir, name), []byte("attached text\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.into(attachField).press("ctrl+o").see("Files in", "../", "folder/", "one.txt", "14 octets").types("one").press("enter")
	r.press("ctrl+o").types("folder").press("enter").see("two.txt").types("two").press("enter")
	if got := r.m.form.value(attachField); got != "one.txt, folder/two.txt" {
		t.Errorf("attached %q", got)
	}
	r.press("f3").see("What goes out", "Content-Type: multipart/mixed").press("end").see("filename=\"two.txt\"").press("esc")
	r.clears().press("ctrl+o").see(`..three, and \x1b[31mmore.txt`).miss("\x1b").types("three").press("enter").see(`"..three, and \x1b[31mmore.txt"`).miss("no such file")
	r.clears().types("one.txt;type=text/calendar;name=two.ics").miss("no such file").press("f3").press("end").see("text/calendar", "filename=\"two.ics\"").press("esc").into(attachField)
	r.clears().types("nowhere.bin").see("no such file").press("enter").see("! attach:")
}

func TestPreviewOfEveryLine(t *testing.T) {
	r := at(t, 80, 24)
	r.press("f3").see("Preview", "Lint", "What goes out", "EHLO laptop.example", "MAIL FROM:<alice@example.org>")
	r.press("end").see("..This line begins with a dot.", "another is put before it on the wire", "QUIT").press("home").see("Lint")
	r.press("q").left()
	r = at(t, 80, 24)
	r.press("f3", "f3").see("▶ target").press("f3", "esc").see("▶ target").press("f3", "tab").see("▶ tls")
}

func TestLintFindsWhatIsWrong(t *testing.T) {
	r := at(t, 120, 36)
	r.into(bodyField)
	r.m.form.body.SetValue("")
	r.pastes("Grüße").see("there is no Message-ID").miss("needs BODY")
	r.press("f5").types("long-line").press("enter").see("quoted-printable")
}

func TestTemplates(t *testing.T) {
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "mine.eml"), []byte("Subject: mine\n\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tpl := range message.Templates() {
		r := at(t, 120, 36)
		r.press("f5").types(tpl.Name).press("enter")
		for f, flag := range fieldFlags {
			want, ok := tpl.Flags[flag]
			if got := r.m.form.value(f); ok && got != strings.Trim(want[0], "<>") {
				t.Errorf("%s: %s is %q", tpl.Name, fieldNames[f], got)
			}
		}
		for f, fault := range r.m.form.faults {
			if fault.fatal {
				t.Errorf("%s: %s: %s", tpl.Name, fieldNames[f], fault.text)
			}
		}
	}
	r := at(t, 120, 36, func(o *Options) { o.Templates = own })
	r.press("f5").see("mine.eml").types("mine").press("enter").see("Subject: mine")
}

func TestProfiles(t *testing.T) {
	r := at(t, 120, 36)
	r.press("f6").see("has no [profile.NAME]")
	r = at(t, 120, 36, func(o *Options) {
		o.Profiles = []string{"work", "broken"}
		o.Profile = func(name string) (Options, error) {
			if name == "broken" {
				return Options{}, errors.New("config.toml: profile broken: bad")
			}
			p := Options{Target: "mail.example:587", Subject: "from work", Body: "x\n"}
			p.Mail.From = session.TypedEnvelope("work@example.org RET=HDRS")
			return p, nil
		}
	})
	r.press("f6").see("[profile.work]").press("enter").see("profile work", "mail.example:587", "work@example.org RET=HDRS", "from work")
	r.press("f6").types("broken").press("enter").see("profile broken: bad")
}

func TestEditor(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // what is not taken stays there
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	if _, err := editor(env()); err == nil || !strings.Contains(err.Error(), "set $EDITOR") {
		t.Error(err)
	}
	if words, err := editor(env("EDITOR", "nano", "VISUAL", `code --wait "a b"`)); err != nil || len(words) != 3 {
		t.Error(words, err)
	}
	if _, err := editor(env("EDITOR", `"open`)); err == nil {
		t.Error("an open quote is a command")
	}

	t.Setenv("TMPDIR", t.TempDir())
	r := at(t, 120, 36)
	a := r.written(t, "Written elsewhere\r\n.with a dot\n")
	r.send(editedMsg{aside: a}) // as when the editor is left
	r.see("Written elsewhere", "..with a dot")
	if _, err := os.Stat(filepath.Dir(a.path)); err == nil {
		t.Error("the file was left behind")
	}
	r.send(editedMsg{aside: a, err: errors.New("exit status 1")})
	r.see("! the editor: exit status 1", "Written elsewhere")

	for _, text := range []string{"\xff\xfe", strings.Repeat("x\n", maxBody)} {
		a := r.written(t, text)
		r.send(editedMsg{aside: a})
		r.see("not taken", "Written elsewhere")
		if _, err := os.Stat(a.path); err != nil {
			t.Error("what was written is lost")
		}
	}
}

// written is a text that was edited.
func (r *robot) written(t *testing.T, text string) *aside {
	t.Helper()
	a := r.m.newAside()
	if err := a.write(text); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestNothingStaysAside: an editor that nobody has waited for leaves no file
// behind, nor does one that is at work when the program has to end.
func TestNothingStaysAside(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	empty := func(when string) {
		t.Helper()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %s was left behind", when, left[0].Name())
		}
	}
	t.Setenv("VISUAL", "sleep 100; true")
	r := at(t, 80, 24).press("f4")
	empty("before the editor began")

	ctx, end := context.WithCancel(t.Context())
	a := r.m.newAside()
	e := &editing{ctx: ctx, words: []string{"sh", "-c", "echo more >> \"$1\"; cat \"$1\"; exec sleep 100", "sh"}, text: "a text\n", aside: a, out: callback(end)}
	if err := e.Run(); err == nil {
		t.Error("an editor that hung up has done its work")
	}
	if got := readFile(t, a.path); got != "a text\nmore\n" {
		t.Errorf("the file has %q", got)
	}
	r.m.shut()
	empty("after the program")
}

// TestWhatHasEndedIsKeptNoLonger: a program may run for weeks, and has many
// sessions.
func TestWhatHasEndedIsKeptNoLonger(t *testing.T) {
	r := at(t, 80, 24)
	for range 3 {
		r.into(targetField).press("enter").rest().press("2")
		r.send(editedMsg{aside: r.written(t, "a text\n")})
	}
	r.until("end what was left", func() bool {
		r.m.left.mu.Lock()
		defer r.m.left.mu.Unlock()
		return r.m.left.next > 3 && len(r.m.left.ends) == 0
	})
}

// callback is a terminal that is written to.
type callback func()

func (f callback) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}

func TestCopyFromTranscript(t *testing.T) {
	r := at(t, 120, 36, library(t))
	r.press("f7").see("there is no mail to copy")
	r.send(openMsg{filepath.Join(r.m.o.Folders[0], "good.smtp")})
	r.see("playing back").press("end", "w", "f7").see("copied from good.smtp", "(as it was in good.smtp", "Subject: hello")
	if got := r.m.form.value(toField); got != "bob@example.com" {
		t.Errorf("to %q", got)
	}
	if r.m.form.value(targetField) != "practice" {
		t.Error("the target was copied, too")
	}
	r.into(subjectField).types("!").miss("as it was in").see("Subject: hello!")
}

func TestCopyFromTheSession(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("c").see("221", "closed by").press("w")
	want := string(mustRead(t, r.m.form))
	r.into(toField).clears().types("x").press("f7").see("copied from the session")
	if got := string(mustRead(t, r.m.form)); got != want || !strings.Contains(got, "\r\n.This line") {
		t.Errorf("the content is\n%q, not\n%q", got, want)
	}
	if got := r.m.form.value(fromField); got != "alice@example.org" {
		t.Errorf("from %q", got)
	}
}

func mustRead(t *testing.T, f *form) []byte {
	t.Helper()
	in, err := f.content.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDotsAreTakenAway(t *testing.T) {
	if got := string(withoutDots([]byte("..a\r\n.b\r\nc\r\n.\r\n"))); got != ".a\r\nb\r\nc\r\n" {
		t.Errorf("%q", got)
	}
}

func TestPastedNewlineInAFieldConnectsToNothing(t *testing.T) {
	r := at(t, 120, 36)
	r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("mail\n.example\r\n"), Paste: true})
	if r.m.drive.sess != nil {
		t.Error("a pasted newline connected")
	}
}

func TestLettersInOnePieceAreNoKey(t *testing.T) {
	r := at(t, 80, 24)
	for _, f := range []field{targetField, bodyField} {
		r.into(f)
		r.m.form.set(f, "")
		for _, word := range []string{"home", "up", "end", "delete"} {
			r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(word)})
		}
		if got := r.m.form.value(f); got != "homeupenddelete" {
			t.Errorf("%s holds %q", fieldNames[f], got)
		}
	}
	r.press("f5")
	r.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("end")})
	r.see("›  end").press("esc")
}

func TestFieldsOfTheHeader(t *testing.T) {
	r := at(t, 120, 36)
	r.into(headerField).press("ctrl+o").see("Field of the header", "Reply-To:").types("auto-sub").press("enter").see("Auto-Submitted: auto-generated")
	r.types(" | Subject: Anew |  X-A: b").see("Subject: Anew", "X-A: b").miss("Subject: A first mail")
	r.types(" | nonsense").see(`header field "nonsense" has no colon`).press("enter").see("! header:")
	r.clears().types("Bad Name: x").press("enter").see("! header:").into(headerField)
	r.clears().types("X-Test: 1").press("enter").rest().press("c").see("X-Test: 1", "221")
}

// TestTLSFollowsTheTarget: it was left out for a practice session alone; what
// somebody has typed stays.
func TestTLSFollowsTheTarget(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) { o.TLSByItself = true })
	r.see("tls      never").into(targetField).clears().types("mail.example").see("tls      auto")
	r.clears().types("practice:hops").see("tls      never").into(tlsField).clears().types("never")
	r.into(targetField).clears().types("mail.example").see("tls      never")
	r = at(t, 120, 36)
	r.into(targetField).clears().types("mail.example").see("tls      never")
	r = at(t, 120, 36, func(o *Options) {
		o.TLSByItself, o.Profiles = true, []string{"work"}
		o.Profile = func(string) (Options, error) {
			return Options{Target: "a.example", Mail: session.Mail{TLS: session.TLSRequire}}, nil
		}
	})
	r.press("f6").types("work").press("enter").see("tls      require")
	r.into(targetField).clears().types("mail.example").see("tls      require")
}

// TestNameForEHLO: who practises has a name for examples; to a server outside
// the machine says its own, or its address where it has none.
func TestNameForEHLO(t *testing.T) {
	named := func(o *Options) { o.Host = "mx1.test.example" }
	r := at(t, 120, 36, named).see("(laptop.example)", "EHLO laptop.example")
	r.into(targetField).clears().types("mail.test.example").see("(mx1.test.example)", "EHLO mx1.test.example").miss("laptop.example")
	r.into(heloField).types("me.example").see("EHLO me.example").clears().see("EHLO mx1.test.example")
	at(t, 120, 36, target("mail.test.example")).see("(the address of this end)", "EHLO [127.0.0.1]")
	at(t, 120, 36, answers(nil)).see("EHLO h").press("enter").rest().press("n").see("C  EHLO h")
}
