package plain

import (
	"strings"

	"ehlo/session"
	"ehlo/session/message"
	"ehlo/transcript/lesson"
)

// class is a lesson that is taken: what is done in the session it sees.
type class struct {
	run     lesson.Run
	wrong   int  // answers to the question that is asked
	done    bool // a task was done since the last report
	skipped bool
	before  setting // where it was before
}

// setting is what a lesson changes for as long as it lasts.
type setting struct {
	target  session.Target
	tls     session.TLSPolicy
	session session.Options
	boxes   func() []message.Mailbox
}

// tries is how many wrong answers there are before the right one is told.
const tries = 3

// lessons lists them, or begins one.
func (t *talk) lessons(name string) {
	if name = strings.TrimSpace(name); name != "" {
		t.attend(name)
		return
	}
	for i, l := range lesson.Lessons() {
		mark := " "
		if t.o.Progress != nil {
			if _, done := t.o.Progress.Done(l.Name); done {
				mark = "x"
			}
		}
		t.say("%2d. [%s] %-14s %s", i+1, mark, l.Name, l.Title)
	}
	t.say("/learn NUMBER or /learn NAME begins one; [x] was done")
}

// choose begins the lesson that somebody came for. Who sits there and has
// mistyped it is asked once more; an empty line leaves.
func (t *talk) choose(name string) {
	t.choosing = false
	if strings.TrimSpace(name) != "" {
		t.attend(name)
		t.choosing = t.class == nil && t.o.Terminal
	}
	if t.over = t.class == nil && !t.choosing; t.choosing {
		t.say("Which one? An empty line leaves.")
	}
}

// attend begins the lesson of a name, a number or a file.
func (t *talk) attend(name string) {
	l, err := lesson.Find(name)
	if err != nil {
		t.wrong("/learn: %s", err)
		return
	}
	t.begins(l)
}

func (t *talk) begins(l lesson.Lesson) {
	switch {
	case t.o.Room == nil:
		t.wrong("/learn: there is no server here to learn with")
		return
	case t.now.Open && t.now.InTransaction():
		t.wrong("/learn: a transaction is open: /hangup first")
		return
	}
	room, err := t.o.Room(l)
	if err != nil {
		t.wrong("/learn: lesson %s: %s", l.Name, err)
		return
	}
	t.dismiss()
	t.forget()
	t.choosing = false
	t.class = &class{run: lesson.Begin(l), before: setting{t.mail.Target, t.mail.TLS, t.o.Session, t.o.Mailboxes}}
	t.mail.Target, t.mail.TLS, t.o.Mailboxes = room.Target, session.TLSNever, room.Mailboxes
	t.o.Session.Dial, t.o.Session.TLS = room.Dial, session.TLS{}
	t.say("%s\n%s", l.Title, strings.Repeat("=", len([]rune(l.Title))))
	t.teach()
}

// teach says what the lesson wants now, and goes on behind what is only to be
// read.
func (t *talk) teach() {
	for c := t.class; ; c.run = c.run.Skip() {
		st, ok := c.run.Step()
		if !ok {
			t.graduate()
			return
		}
		t.say("")
		if len(st.Text) > 0 {
			t.prose("", strings.TrimSpace(strings.Join(st.Text, "\n"))+"\n")
		}
		switch {
		case st.Ask != nil:
			t.prose("", "Question: "+st.Ask.Text)
			return
		case st.Task != "":
			t.prose("", "Task: "+st.Task)
			if t.sess == nil {
				t.do(session.Step{Kind: session.Connect, Hope: 220, Why: "open, wait for 220"})
			}
			return
		}
	}
}

// remind says once more what is to be done.
func (t *talk) remind() {
	switch st, _ := t.class.run.Step(); {
	case st.Ask != nil:
		t.prose("", "Question: "+st.Ask.Text)
	case !t.now.Open && !t.acting:
		t.prose("", "Task: "+st.Task)
		t.say("The channel is closed: /reconnect opens a new one.")
	default:
		t.prose("", "Task: "+st.Task)
	}
}

// asksBack reports whether the lesson waits for an answer.
func (t *talk) asksBack() bool {
	if t.class == nil {
		return false
	}
	st, _ := t.class.run.Step()
	return st.Ask != nil
}

// answer is one to the question of the lesson.
func (t *talk) answer(text string) {
	c := t.class
	st, _ := c.run.Step()
	next, right := c.run.Answer(text)
	switch c.wrong++; {
	case strings.TrimSpace(text) == "":
		c.wrong--
		t.remind()
		return
	case right:
		t.prose("", "Right. "+st.Ask.Because)
		c.run = next
	case c.wrong >= tries:
		t.prose("", "It is: "+st.Ask.Answers[0]+". "+st.Ask.Because)
		c.run = c.run.Skip()
	default:
		t.say("No. Try again.")
		return
	}
	c.wrong = 0
	t.teach()
}

// watch has the lesson see what happened.
func (c *class) watch(e session.Event) {
	run, done := c.run.Apply(e)
	c.run, c.done = run, c.done || done
}

func (t *talk) hint(string) {
	if t.class == nil {
		t.wrong("there is no lesson: /learn lists them")
		return
	}
	var hint string
	if t.class.run, hint = t.class.run.Hint(); hint == "" {
		hint = "there is none"
	}
	t.prose("", "Hint: "+hint)
}

// leaveOut goes on to the next step of the lesson.
func (t *talk) leaveOut() {
	c := t.class
	c.run, c.skipped, c.wrong = c.run.Skip(), true, 0
	t.teach()
}

// graduate ends a lesson that was gone through.
func (t *talk) graduate() {
	c := t.class
	t.say("\nThat was %q.", c.run.Lesson.Title)
	t.result.Learnt = true
	switch {
	case c.skipped:
		t.say("You skipped a step: it is not marked as done.")
	case t.o.Progress != nil:
		if err := t.o.Progress.Finish(c.run.Lesson.Name, t.o.Now()); err != nil {
			t.wrong("%s", err)
		}
	}
	if t.o.Pupil {
		t.over = true
		return
	}
	t.dismiss()
	t.forget()
	t.next()
}

// dismiss leaves the lesson, and puts back what it has changed.
func (t *talk) dismiss() {
	if c := t.class; c != nil {
		t.mail.Target, t.mail.TLS, t.o.Session, t.o.Mailboxes = c.before.target, c.before.tls, c.before.session, c.before.boxes
		t.class = nil
	}
}
