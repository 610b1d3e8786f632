package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// The line of tabs has the key of every screen, and the names of as many as
// there is room for: first that of the one in front, then those around it.

// tabbed is the height from which on there is a line of tabs.
const tabbed = 24

// screenTab is a screen on the line of tabs.
type screenTab struct {
	screen int
	key    string
	title  string // "" where there is no room for it
	from   int    // the cell that it begins in
}

// tabWidth is how many cells a tab takes, with its name or without.
func (m *Model) tabWidth(i int, named bool) int {
	w := 1 + width(m.tabKey(i))
	if !named {
		return w
	}
	w += width(m.screens[i].place().title) + 2
	if i == m.at {
		w++
	}
	return w
}

// tabs are the screens as the line of tabs has them.
func (m *Model) tabs() []screenTab {
	room := m.width - width(m.tabsWith()) - m.tabWidth(m.at, true) - 2 // for what is cut off
	from, to := m.around(&room, func(i int) int { return m.tabWidth(i, false) })
	if from == 0 && to == len(m.screens) {
		room += 2
	}
	first, last := m.around(&room, func(i int) int {
		if i < from || i >= to {
			return m.width
		}
		return m.tabWidth(i, true) - m.tabWidth(i, false)
	})
	list, at := make([]screenTab, 0, to-from), width(m.tabsWith())
	if from > 0 {
		at++
	}
	for i := from; i < to; i++ {
		named := i >= first && i < last
		t := screenTab{screen: i, key: m.tabKey(i), from: at}
		if named {
			t.title = m.screens[i].place().title
		}
		list = append(list, t)
		at += m.tabWidth(i, named)
	}
	return list
}

// around takes screens on both sides of the one in front, as long as there is
// room for what each of them takes.
func (m *Model) around(room *int, takes func(int) int) (from, to int) {
	from, to = m.at, m.at+1
	for grew := true; grew; {
		grew = false
		if to < len(m.screens) && takes(to) <= *room {
			*room -= takes(to)
			to++
			grew = true
		}
		if from > 0 && takes(from-1) <= *room {
			from--
			*room -= takes(from)
			grew = true
		}
	}
	return from, to
}

// tabLine draws them, the one in front marked.
func (m *Model) tabLine() string {
	t := m.theme
	var l line
	l.add(t.Dim, m.tabsWith())
	tabs := m.tabs()
	if tabs[0].screen > 0 {
		l.add(t.Dim, t.Marks.Cut)
	}
	for _, tab := range tabs {
		l.add(t.Key, " "+tab.key)
		switch {
		case tab.screen == m.at:
			l.add(t.Focused, " ["+tab.title+"]")
		case tab.title != "":
			l.add(t.Dim, " "+tab.title+" ")
		}
	}
	if tabs[len(tabs)-1].screen < len(m.screens)-1 {
		l.add(t.Dim, t.Marks.Cut)
	}
	return l.draw(m.width, t.Text, t.Marks.Cut)
}

// tabKey is the key that leads to a screen, without what tabsWith says of all.
func (m *Model) tabKey(i int) string {
	a := m.keys.named("show-" + string(m.screens[i].place().name))
	if m.tabsWith() == "" {
		return a.key(false)
	}
	return strings.TrimPrefix(a.keyWhileTyping(), alt)
}

// tabsWith is what is held down with the keys of the screens: alt, where
// letters are typing.
func (m *Model) tabsWith() string {
	if m.over == uncovered && m.front().typing(m) {
		return " " + alt
	}
	return ""
}

const alt = "alt+"

// clickTab brings the screen to the front whose tab stands there, or the one
// that is cut off there.
func (m *Model) clickTab(x int) tea.Cmd {
	if m.over != uncovered {
		return nil
	}
	tabs := m.tabs()
	for _, t := range tabs {
		if x >= t.from && x < t.from+m.tabWidth(t.screen, t.title != "") {
			return m.show(t.screen)
		}
	}
	first, last := tabs[0], tabs[len(tabs)-1]
	end := last.from + m.tabWidth(last.screen, last.title != "")
	switch {
	case x == first.from-1 && first.screen > 0:
		return m.show(first.screen - 1)
	case x == end && last.screen < len(m.screens)-1:
		return m.show(last.screen + 1)
	}
	return nil
}
