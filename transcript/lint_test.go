package transcript

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestLintLongLines: a secret is found wherever it stands in a line, and told
// once, with its place.
func TestLintLongLines(t *testing.T) {
	const secret = "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ="
	for _, before := range []int{0, 10, maxLine - maxLook, maxLine - len(secret), maxLine - 20, maxLine - 1, maxLine, maxLine + 1, 2*maxLine - maxLook - 5, 3*maxLine + 7} {
		for _, behind := range []string{"", "\n", strings.Repeat(" y", maxLine) + "\n250 ok\n"} {
			text := "a log\n" + strings.Repeat("x ", before/2) + strings.Repeat(" ", before%2) + secret + behind
			found, _ := Lint("log", strings.NewReader(text), LintOptions{})
			if len(found) != 1 || found[0].Line != 2 || found[0].Col != before+len("AUTH PLAIN ")+1 {
				t.Errorf("%d octets before it, %d behind: %v", before, len(behind), found)
			}
		}
	}
}

// TestLintAcrossPieces: what begins before the place where a long line is cut, and
// is known only by what stands before it, is found as well.
func TestLintAcrossPieces(t *testing.T) {
	for before, secret := range map[string]string{
		"AUTH LOGIN ": "d29uZGVybGFuZA==", "swaks --auth-password ": "wonderland", "Authorization: Bearer ": "abcdefghijklmnop01",
		"curl -s --user alice:": "wonderland", "smtp://alice:": "wonderland@mx.test.example",
	} {
		for _, edge := range []int{maxLine - maxLook, maxLine} {
			for at := edge - len(before+secret) - 2; at < edge+2; at += 5 {
				text := strings.Repeat("x ", at/2) + strings.Repeat(" ", at%2) + before + secret + strings.Repeat(" y", maxLine) + "\n250 ok\n"
				found, _ := Lint("log", strings.NewReader(text), LintOptions{})
				if len(found) != 1 || found[0].Line != 1 || found[0].Col != at+len(before)+1 {
					t.Fatalf("%s at %d, the edge is at %d: %v", before, at, edge, found)
				}
			}
		}
	}
}

// oneLine is a line that is as long as one likes, without memory for it.
type oneLine struct{ at, size int64 }

func (e *oneLine) Read(p []byte) (int, error) {
	n := int(min(int64(len(p)), e.size-e.at))
	if n == 0 {
		return 0, io.EOF
	}
	for i := range p[:n] {
		p[i] = "C: a "[(e.at+int64(i))%5]
	}
	e.at += int64(n)
	return n, nil
}

func (e *oneLine) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("only to its beginning")
	}
	e.at = 0
	return 0, nil
}

// TestLintEndlessLine: a line four times as long takes no more memory.
func TestLintEndlessLine(t *testing.T) {
	cost := func(size int64) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if found, _ := Lint("log", &oneLine{size: size}, LintOptions{}); len(found) > 0 {
			t.Error(found)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	short, long := cost(8<<20), cost(32<<20)
	if long > short+1<<20 || long > 4<<20 {
		t.Errorf("%d octets for a line of 8 MiB, %d for one of 32", short, long)
	}
}

// TestLintOffers: what a server offers is no secret, in whatever order.
func TestLintOffers(t *testing.T) {
	for _, line := range []string{"250-AUTH DIGEST-MD5 CRAM-MD5 PLAIN LOGIN", "250-AUTH LOGIN SCRAM-SHA-256 PLAIN", "250 AUTH=GSSAPI DIGEST-MD5"} {
		if found, err := Lint("log", strings.NewReader(line+"\n"), LintOptions{}); len(found) > 0 || err != nil {
			t.Errorf("%s: %v %v", line, found, err)
		}
	}
}
