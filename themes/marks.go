package themes

// Marks carry in one or two characters what styles carry in colour.
type Marks struct {
	Client  string // in front of what the client said
	Server  string // in front of what the server said
	Info    string // in front of what happened and was not said
	Secure  string // this went over TLS
	Cursor  string // the row that the keyboard is on
	Refused string // a refusal, or a rule that was broken
	Warning string // a rule that allows it and warns
	Secret  string // stands for any secret, however long

	Taken    string // a recipient that was taken
	Rejected string // a recipient that was refused
	Open     string // a recipient that was not given yet
	Next     string // the step that comes next
	Added    string // offered now and not before
	Gone     string // offered before and not now
	Record   string // a transcript is being written
	Play     string // a transcript is being played back
	Caret    string // where typing goes, if no style can show it
	Cut      string // something was cut off here
	Fold     string // lines are folded away here
	Marked   string // a row that a person has marked
	Note     string // a row that a person has written something beside
}

func defaultMarks() Marks {
	return Marks{
		Client: "C", Server: "S", Info: "==", Secure: "◆", Cursor: "▶",
		Refused: "!", Warning: "?", Secret: "••••••••",
		Taken: "✓", Rejected: "✗", Open: "·", Next: "▸",
		Added: "+", Gone: "-", Record: "●", Play: "▷", Caret: "▏", Cut: "…",
		Fold: "⋯", Marked: "*", Note: "#",
	}
}
