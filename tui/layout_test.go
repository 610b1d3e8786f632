package tui

import (
	"math/rand/v2"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// TestPanesFillTheRoom: whatever was wished for, at every size the panes take
// all of the room and no more, and each open one has a line.
func TestPanesFillTheRoom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		w, h := minWidth+random.IntN(260), 9+random.IntN(90)
		var wish wishes
		for p := range wish.taller {
			wish.taller[p] = random.IntN(401) - 200
			wish.closed[p] = p != int(conversationPane) && random.IntN(3) == 0
		}
		wish.wider, wish.lower = random.IntN(401)-200, random.IntN(401)-200
		l := arrange(w, h, wish)
		sum := func(list []pane) int {
			n := 1
			for _, p := range list {
				n += l.heights[p] + 1
				if l.heights[p] < 1 {
					t.Fatalf("%d×%d, %s: %s has %d lines", w, h, wish, p.title(), l.heights[p])
				}
			}
			return n
		}
		left, right := sum(l.leftPanes()), 0
		if len(l.rightPanes()) > 0 {
			right = sum(l.rightPanes())
		}
		switch l.shape {
		case single:
			left, right = h, h
		case column:
			if right > 0 {
				right = l.heights[statePane] + 2
			}
			left, right = left+right, h
		default:
			if right == 0 {
				right = h
			}
		}
		if left != h || right != h || l.shape == wide && l.left+l.right != w || l.left < 20 {
			t.Fatalf("%d×%d, %s: left %d high, right %d, %d and %d wide", w, h, wish, left, right, l.left, l.right)
		}
	}
}

func TestWishesAreKept(t *testing.T) {
	var w wishes
	w.wider, w.lower, w.taller[nextPane], w.taller[offeredPane], w.closed[statePane] = -8, 3, 2, -1, true
	if text := w.String(); text != "right=-8 below=3 next=2 offered=-1 closed=state" || parseWishes(text) != w {
		t.Errorf("%q is read as %+v", text, parseWishes(text))
	}
	if w := parseWishes("right=x next=99999999 closed=conversation closed=moon =3 x"); w.taller[nextPane] != 200 || w.closed != [panes]bool{} {
		t.Errorf("%+v", w)
	}
}

func TestPanesAreResizedZoomedClosedAndRestored(t *testing.T) {
	var kept string
	r := at(t, 120, 36, func(o *Options) {
		o.Layout = "closed=offered"
		o.KeepLayout = func(text string) error { kept = text; return nil }
	}).press("enter").rest()
	r.miss("├ Offered").see("State", "Explain").press("tab", "tab").see("▶State").press("tab").see("▶Explain").press("tab").see("▶Conversation")
	before := r.m.layout()
	r.press(">", ">", "tab", ")", ")", "(")
	after := r.m.layout()
	if after.left != before.left+8 || after.heights[nextPane] != before.heights[nextPane]+1 {
		t.Errorf("%+v became %+v", before, after)
	}
	r.press("<", "ctrl+w").see("Next is closed").miss("├ Next").press("ctrl+w").see("the conversation stays")
	r.press("tab", "z").miss("Conversation").see("▶State").press("esc").see("Conversation").press("z", "z").see("Conversation")
	if err := r.m.keepLayout(); err != nil || kept != "right=-4 next=1 closed=next closed=offered" {
		t.Errorf("%v, kept %q", err, kept)
	}
	for range 100 {
		r.press("<", "(")
	}
	if r.press(">").m.layout().left <= minWidth {
		t.Errorf("after the edge the way back is long: %+v", r.m.layout())
	}
	r.press("ctrl+l").see("├ Next", "├ Offered")
}

func TestPanesOfANarrowTerminalAreClosed(t *testing.T) {
	r := at(t, 80, 24).press("enter").rest().see("[State]")
	r.press("tab", "tab", "ctrl+w").see("[Offered]").miss("[State").press("tab", "tab", "ctrl+w", "tab", "tab", "ctrl+w").miss("[Explain").see("Conversation", "Next")
	h := r.m.layout().heights[nextPane]
	if r.press("tab", ")").m.layout().heights[nextPane] != h+1 {
		t.Error("Next did not grow")
	}
	r.press("ctrl+l").see("[").press("esc", "(").see("Next")
}

// TestEveryScreenIsOnTheTabLine: by name as long as there is room, else by its
// key; and where letters are typing, by the key that works there.
func TestEveryScreenIsOnTheTabLine(t *testing.T) {
	r := at(t, 120, 36)
	r.see("alt+ 1 Session  2 [Compose]", "m v , b").press("esc").see("1 [Session] 2 Compose", "0 T m L , B")
	r.press("B").see("B [Breaks]").press("1")
	r.send(tea.WindowSizeMsg{Width: 200, Height: 36})
	r.see("L Serve  , Settings  B Breaks")
}

func TestLongOffersAreShownWhole(t *testing.T) {
	r := at(t, 120, 36)
	r.press("enter").rest().press("n").rest().see("AUTH SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 ", "CRAM-MD5 ANONYMOUS")
}

// TestSmallTerminalCutsNoWords: at 40×12, what is said to the user is read to
// its end.
func TestSmallTerminalCutsNoWords(t *testing.T) {
	r := at(t, 40, 12).press("esc").see("nothing has happened yet:", "⏎ connects to practice")
	r.press("alt+b")
	for _, row := range breakHelp {
		r.see(row[0])
	}
	r.press("a").types("step:nowhere").press("enter").see("no step is called", "nowhere; there are", "starttls,…").press("esc", "esc")
	r.press("enter").rest().press("n").rest().press("n").rest().press("q").see(" ! a transaction is open: q again quits").press("esc")
	r.press("s").see("all that will; secrets are", "  not ").press("esc")
	r.press(":").types("MAIL FROM: x").see("expect 503: ", "more").press("esc")
	r.m.say(strings.Repeat("x", 34)) // too long for a key behind it, too short to fill the line
	r.see(strings.Repeat("x", 34) + "     ").miss("help")
	r.m.warn("a word to the user that is much longer than the screen of this terminal is wide")
	r.see("! a word to the user that is much", "longer than the screen of this", "terminal is wide  ▏ ").press("down").miss("terminal is wide")
}
