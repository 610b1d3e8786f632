package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// clicks presses the left button on a text that stands on the screen, the
// last one if there are several.
func (r *robot) clicks(text string) *robot {
	r.t.Helper()
	lines := strings.Split(r.look(), "\n")
	for y := len(lines) - 1; y >= 0; y-- {
		if at := strings.LastIndex(lines[y], text); at >= 0 {
			return r.points(tea.MouseButtonLeft, ansi.StringWidth(lines[y][:at]), y)
		}
	}
	r.t.Fatalf("there is no %q to click on:\n%s", text, r.look())
	return r
}

func (r *robot) points(b tea.MouseButton, x, y int) *robot {
	r.t.Helper()
	r.send(tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionPress})
	r.send(tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionRelease})
	return r
}

// TestMouseAcrossFoldedRows: a click goes where it points, however many rows are
// folded between there and the cursor.
func TestMouseAcrossFoldedRows(t *testing.T) {
	r := at(t, 80, 24, func(o *Options) { o.Mouse = true }).press("enter").rest().press("n").rest()
	r.see("lines folded", "▶S  250 HELP").clicks("C  EHLO").see("▶C  EHLO", "at row 3").clicks("S  250 HELP").see("▶S  250 HELP")
}

func TestMouseIsOffUntilAskedFor(t *testing.T) {
	r := at(t, 120, 36)
	r.clicks("3 Recipients").see("[Compose]")
	r.press("f2").see("gives the mouse back").clicks("3 Recipients").see("[Recipients]")
	r.press("f2").see("the terminal's again").clicks("1 Session").see("[Recipients]")
}

func TestMouse(t *testing.T) {
	mouse := func(o *Options) { o.Mouse = true }
	r := at(t, 120, 36, append(three, mouse)...)
	refused(r)
	r.clicks("Timeline").see("[Timeline]").clicks("EHLO laptop").see("▶ +").clicks("esc session").see("[Session]")
	r.clicks("C  EHLO laptop").see("▶C  EHLO").see("at row 3")
	r.clicks(" State ").see("▶State").clicks("the reply to EHLO will").see("▶Offered").clicks("│   DATA").see("▶Next")
	if r.m.session.choice != 1 {
		t.Errorf("the cursor of Next is on %d", r.m.session.choice)
	}
	r.press("esc").clicks("raw line").see("Raw line, sent as typed").clicks("cancel").miss("Raw line, sent")
	r.points(tea.MouseButtonWheelUp, 5, 5).see("▶Conversation")
	before := r.m.live.cursor
	r.points(tea.MouseButtonWheelDown, 5, 5)
	if r.m.live.cursor != before+wheel {
		t.Errorf("the wheel went from %d to %d", before, r.m.live.cursor)
	}
	r.press("t").see("Theme").clicks("nord")
	if r.m.theme.Name != "nord" {
		t.Errorf("the theme is %s", r.m.theme.Name)
	}
	r.clicks("nord").see("theme nord").miss("│▶Theme")
	r.press("?").see("Marks").points(tea.MouseButtonWheelDown, 5, 5).press("esc")
}

func TestMouseInANarrowTerminal(t *testing.T) {
	r := at(t, 80, 24, append(three, func(o *Options) { o.Mouse = true })...)
	refused(r)
	r.clicks("State ─").see("[State]").clicks("Offered").see("[Offered]").clicks("C  RCPT TO:<bob").see("▶C  RCPT TO:<bob")
}

// TestClicksAnywhere: whatever is clicked on, the frame stays whole.
func TestClicksAnywhere(t *testing.T) {
	for _, size := range sizes {
		r := at(t, size.w, size.h, append(three, func(o *Options) { o.Mouse = true })...)
		refused(r)
		for y := -1; y <= size.h; y += 1 + size.h/13 {
			for x := -1; x <= size.w; x += 1 + size.w/9 {
				for _, b := range []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelUp, tea.MouseButtonRight} {
					next, _ := r.m.Update(tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionPress})
					r.m = next.(Model)
					r.look()
				}
			}
		}
	}
}

// TestTabLine: the key of every screen is on the line of tabs of a terminal of
// usual width, and a click on it leads there.
func TestTabLine(t *testing.T) {
	for _, w := range []int{200, 80, 50} {
		r := at(t, w, 30, func(o *Options) { o.Mouse = true }).press("esc")
		for i, s := range r.m.screens {
			tabs := r.m.tabs()
			if len(tabs) != len(r.m.screens) {
				t.Fatalf("%d cells: %d of the %d screens have a tab: %s", w, len(tabs), len(r.m.screens), ansi.Strip(r.m.tabLine()))
			}
			r.points(tea.MouseButtonLeft, tabs[i].from+1, 1)
			if r.m.at != i {
				t.Errorf("%d cells: a click on %s leads to %s", w, s.place().name, r.m.front().place().name)
			}
			r.see("["+s.place().title+"]").press("esc", "esc")
			_ = r.m.goTo("session")
		}
	}
	at(t, 40, 30).see("…").press("esc").see("1 [Session] 2 3")
}

// clicksFirst presses the left button on a text, the first one if there are
// several.
func (r *robot) clicksFirst(text string) *robot {
	r.t.Helper()
	for y, line := range strings.Split(r.look(), "\n") {
		if at := strings.Index(line, text); at >= 0 && y > 2 {
			return r.points(tea.MouseButtonLeft, ansi.StringWidth(line[:at]), y)
		}
	}
	r.t.Fatalf("there is no %q to click on:\n%s", text, r.look())
	return r
}

func TestClickInTheForm(t *testing.T) {
	for _, size := range sizes {
		r := at(t, size.w, size.h, func(o *Options) { o.Mouse = true })
		if size.h < tabbed {
			r.clicksFirst("never")
			if r.m.form.at != tlsField {
				t.Errorf("%d: the click led to %s", size.w, fieldNames[r.m.form.at])
			}
			continue
		}
		r.clicksFirst("from     ").types("X")
		if got := r.m.form.value(fromField); got != "Xalice@example.org" {
			t.Errorf("from is %q", got)
		}
		r.clicksFirst("A first").types("Y").clicksFirst("(nobody)").types("bob")
		r.into(passwordField).types("geheim").clicksFirst("••••").types("Z")
		r.clicksFirst("mail goes out").types("W")
		for f, want := range map[field]string{subjectField: "YA first mail", loginField: "bob", passwordField: "Zgeheim"} {
			if got := r.m.form.value(f); got != want {
				t.Errorf("%s is %q, not %q", fieldNames[f], got, want)
			}
		}
		if got := r.m.form.value(bodyField); !strings.Contains(got, "this Wmail goes") {
			t.Errorf("the body is %q", got)
		}
		line := r.m.form.body.Line()
		if r.points(tea.MouseButtonWheelDown, 20, 20); r.m.form.body.Line() <= line {
			t.Error("the wheel does nothing in the body")
		}
	}
}

func TestClickInAFieldThatIsCutOff(t *testing.T) {
	r := at(t, 80, 24, func(o *Options) { o.Mouse = true }).into(subjectField).clears()
	r.types(strings.Repeat("0123456789", 12) + "日本語ABC").clicks("ABC").types("x")
	if got := r.m.form.value(subjectField); !strings.HasSuffix(got, "日本語xABC") {
		t.Errorf("%q", got)
	}
	r.clicks("日").types("y")
	if got := r.m.form.value(subjectField); !strings.HasSuffix(got, "y日本語xABC") {
		t.Errorf("%q", got)
	}
}
