package transcript

import (
	"fmt"

	"ehlo/session"
)

// MissingError says that a variable or a secret has no value.
type MissingError struct {
	Name string
	File string
	Line int
}

func (e *MissingError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d: ", session.Escape(e.File), e.Line)
	}
	return where + "no value is known for ${" + e.Name + "}"
}
