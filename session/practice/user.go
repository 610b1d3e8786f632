package practice

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// User is one who can log in. What is printed in the manual guards nothing.
type User struct {
	Name, Password string
	Token          string // for XOAUTH2 and OAUTHBEARER; "" is none
}

// maxUsers bounds a file of users.
const maxUsers = 10_000

// ReadUsers reads a file of users, one a line: name, password, and a bearer
// token if there is one, with blanks or tabs between. What holds a blank stands
// in quotes, with Go's escapes. Errors begin with file:line, and never say what
// a password is.
func ReadUsers(file string, r io.Reader) ([]User, error) {
	var users []User
	seen := make(map[string]bool)
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		fields, err := userFields(lines.Text())
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		case len(fields) == 0:
			continue
		case len(fields) < 2 || len(fields) > 3:
			return nil, fmt.Errorf("%s:%d: expected name, password, and a token or none; there are %d words", file, n, len(fields))
		case seen[fields[0]]:
			return nil, fmt.Errorf("%s:%d: %s is there already", file, n, strconv.Quote(fields[0]))
		case len(users) >= maxUsers:
			return nil, fmt.Errorf("%s:%d: more than %d users", file, n, maxUsers)
		}
		seen[fields[0]] = true
		u := User{Name: fields[0], Password: fields[1]}
		if len(fields) == 3 {
			u.Token = fields[2]
		}
		users = append(users, u)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, n+1, err)
	}
	if len(users) == 0 {
		return nil, fmt.Errorf("%s:%d: there is nobody in the file", file, n+1)
	}
	return users, nil
}

func userFields(line string) ([]string, error) {
	var fields []string
	for {
		line = strings.TrimLeft(line, " \t\r")
		if line == "" || strings.HasPrefix(line, "#") && len(fields) == 0 {
			return fields, nil
		}
		if line[0] != '"' {
			end := strings.IndexAny(line, " \t\r")
			if end < 0 {
				end = len(line)
			}
			fields, line = append(fields, line[:end]), line[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, fmt.Errorf("word %d: the quote is not closed, or an escape is wrong", len(fields)+1)
		}
		word, _ := strconv.Unquote(quoted)
		fields, line = append(fields, word), line[len(quoted):]
	}
}
