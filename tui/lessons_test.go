package tui

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ehlo/transcript/lesson"
)

func TestALessonToItsEnd(t *testing.T) {
	state := filepath.Join(t.TempDir(), "lessons")
	r := at(t, 120, 36, func(o *Options) {
		p, err := lesson.ReadProgress(state)
		if err != nil {
			t.Fatal(err)
		}
		o.Progress = p
	})
	r.press("alt+t").see("Say hello", "practice:default").press("enter").see("220 practice.example", "Which code does a server greet with").rest()
	r.press("enter").see("Your answer").types("354").press("enter").see("no; try again").clears().types("220").press("enter").see("right: 220 <domain>", "Tell the server your name")
	r.press("enter").see("do it in the conversation").press("h").see("The line is the verb").press("h").see("EHLO client.example")
	r.press(":").types("EHLO client.example").press("enter").rest().see("done: Tell the server your name")
	for n := 0; !r.m.lessons.run.Done(); n++ {
		if n > 20 {
			t.Fatal("the lesson has no end")
		}
		r.press("tab")
	}
	r.see("The lesson is done.", "Next: Take your leave", "⏎ next lesson").press("enter").rest().see("end the session in order").press("esc").see("✓  1  Say hello", "▶·  2")
	// Whoever leaves without a greeting has not done it.
	r.press("enter").see("end the session in order").rest().press(":").types("QUIT").press("enter").see("closed by the server").rest().miss("done:").press("esc", "up")
	if !strings.Contains(readFile(t, state), "hello") {
		t.Error("it was not noted")
	}
	r.press("enter").see("Which code").press("esc").see("Say hello").press("esc").see("[Session]")
}

func TestTheFirstScreen(t *testing.T) {
	at(t, 120, 36, func(o *Options) { o.Screen = "lessons" }).see("[Lessons]", "Say hello")
	at(t, 120, 36, func(o *Options) { o.Screen = "no such screen" }).see("[Compose]")
}

func TestSettingsShowNoSecret(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) { o.Profiles = []string{"work"} })
	r.into(loginField).types("alice").into(passwordField).types("hunter2")
	r.press("alt+,").see("[Settings]", "alice", "profile.work").miss("hunter2")
}

// TestLessonsFlow: the lines of a lesson's file are no lines of the screen.
func TestLessonsFlow(t *testing.T) {
	r := at(t, 80, 24, three...)
	r.press("alt+t", "enter").see("Mail travels").rest()
	for line := range strings.SplitSeq(r.look(), "\n") {
		if words := strings.Trim(line, "│ "); words == "the" || words == "must" {
			t.Errorf("a line of one word:\n%s", r.look())
		}
	}
}

func TestEmptyListsSayAllOfIt(t *testing.T) {
	r := at(t, 40, 12)
	r.press("alt+b").see("cursor is").press("m").see("practice target").press("T").miss("hello                      …")
}

// TestKeysBelongToWhatIsOnTheScreen: what steps the session does nothing where
// the session is not to be seen, or a question is to be answered.
func TestKeysBelongToWhatIsOnTheScreen(t *testing.T) {
	r := at(t, 120, 36, withSettings(&paperSettings{}))
	r.press("alt+t", "n").see("step is a key of the session, which is not on the screen: 1 goes there")
	if r.m.drive.sess != nil {
		t.Error("n connected")
	}
	r.press("enter").see("Which code does a server greet with").rest()
	rows := len(r.m.live.rows)
	for _, key := range []string{"n", "c", "N", "x", ":", "R"} {
		r.press(key).see("the lesson asks: ⏎ answers, h gives a hint, tab leaves the question out")
	}
	if r.rest(); len(r.m.live.rows) != rows {
		t.Errorf("a key went on behind the question:\n%s", r.look())
	}
	r.press("enter").types("220").press("enter").see("Tell the server your name").press("n").rest().see("C  EHLO", "done: Tell the server")
	for _, screen := range []string{"alt+,", "alt+m", "alt+0", "alt+9", "alt+8", "alt+v", "alt+b"} {
		rows = len(r.m.live.rows)
		for _, key := range []string{"n", "c"} {
			if r.press(screen, key).rest(); len(r.m.live.rows) != rows || r.m.drive.running {
				t.Errorf("%s on %s stepped the session", key, screen)
			}
		}
	}
}

// TestAStepDoesWhatALessonWants: the form holds the people of the lessons.
func TestAStepDoesWhatALessonWants(t *testing.T) {
	r := at(t, 80, 24).press("alt+t", "down", "down", "enter").see("Begin a mail from alice@client.example").rest()
	r.press("n").rest().press("n").rest().see("done: Begin a mail").press("n").rest().see("done: Address it to bob")
}

// TestALessonGivesTheFormBack: who has written a mail finds it again, but for
// what was written during the lesson.
func TestALessonGivesTheFormBack(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) { o.Scenarios = []Scenario{{Name: "default", Title: "it"}} })
	r.into(targetField).clears().types("mail.example:587").into(tlsField).clears().types("require")
	r.into(fromField).clears().types("me@here.example").into(toField).clears().types("you@there.example")
	r.press("esc", "alt+t", "enter").rest().press("alt+2").see("target   practice", "from     alice@client.example", "to       bob@practice.example", "tls      never")
	r.into(toField).clears().types("third@there.example")
	r.press("esc", "alt+t", "esc", "alt+2").see("target   mail.example:587", "tls      require", "from     me@here.example", "to       third@there.example")
	r.press("esc", "alt+t", "down", "enter").rest().press("alt+0").see("[Practice]").press("enter").rest().press("alt+2").see("target   practice:default", "from     me@here.example", "to       third@there.example")
}

// TestTLSOfAScenarioGoesWithIt: another target does not begin with TLS because a
// scenario did.
func TestTLSOfAScenarioGoesWithIt(t *testing.T) {
	r := at(t, 120, 36, func(o *Options) {
		o.TLSByItself = true
		o.Scenarios = []Scenario{{Name: "tls-expired", Title: "it", TLS: "auto"}}
	})
	r.press("alt+0", "enter").rest().press("alt+2").see("tls      auto")
	r.into(targetField).clears().types("practice").see("tls      never")
}

// TestHostsBehindTheServer: a network in a box is no black one.
func TestHostsBehindTheServer(t *testing.T) {
	var notes []HostNote
	r := at(t, 120, 36, func(o *Options) {
		o.Behind = func(scenario string) []HostNote {
			if scenario != "default" {
				t.Errorf("what is behind %q?", scenario)
			}
			return notes
		}
	})
	r.press("enter").rest().press("6").miss("behind the server").press("1")
	notes = []HostNote{{noon, "mx1.example", "X1: taken"}, {noon.Add(time.Second), "mx\x1b[31m", "X1: delivered"}}
	r.press("c").see("done: the mail was accepted", "6 shows where it goes from there")
	r.press("6").see("What the hosts behind the server did", "12:00:00   mx1.example: X1: taken", `12:00:01   mx\x1b[31m: X1: delivered`, "m shows it")
}
