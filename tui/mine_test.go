package tui

import (
	"errors"
	"testing"

	"ehlo/session/message"
)

// TestProfilesAndTemplatesOfOnesOwn are renamed and deleted where they are
// listed; what everybody has stays.
func TestProfilesAndTemplatesOfOnesOwn(t *testing.T) {
	var asked []string
	own := []message.Template{{Name: "letter", Words: "Dear all"}}
	r := at(t, 120, 36, withSettings(&paperSettings{}), func(o *Options) {
		o.Profiles = []string{"home", "work"}
		o.ChangeProfile = func(from, to string) error {
			if to == "home" {
				return errors.New("there is one of that name")
			}
			asked = append(asked, from+">"+to)
			return nil
		}
		o.OwnTemplates = func() ([]message.Template, error) { return own, nil }
		o.ChangeTemplate = func(from, to string) error {
			asked, own = append(asked, from+">"+to), nil
			return nil
		}
	})
	r.press("f6", "down").see("ctrl+r rename  delete delete").press("ctrl+r").see("Another name for the profile work")
	r.clears().types("a b").press("enter").see("expected letters").clears().types("home").press("enter").see("there is one of that name")
	r.clears().types("office").press("enter").see("profile work is called office now", "[profile.office]").miss("[profile.work]")
	r.press("delete").see("delete again deletes the profile home, for good").press("down", "delete").see("deletes the profile office").press("delete").see("the profile office is deleted").miss("[profile.office]")
	r.press("delete", "delete").see("the profile home is deleted").press("f6").see("the configuration file has no [profile.NAME]")

	r.press("f5").miss("ctrl+r rename").press("delete").see("not one of yours").types("letter").press("ctrl+r").clears().types("post").press("enter").see("template letter is called post now")
	r.press("esc", "ctrl+k", "delete").see("what this list has stays")
	if want := []string{"work>office", "office>", "home>", "letter>post"}; len(asked) != len(want) || asked[3] != want[3] || asked[0] != want[0] {
		t.Errorf("%q, not %q", asked, want)
	}
}
