package convert

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"ehlo/transcript"
)

func TestZZ(t *testing.T) {
	list, _ := os.ReadFile(os.Getenv("ZZ"))
	n, none, warned, parseBad := 0, 0, 0, 0
	odd := regexp.MustCompile(os.Getenv("ZZODD"))
	for _, name := range strings.Fields(string(list)) {
		p, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		n++
		var b bytes.Buffer
		rep, err := Import(&b, bytes.NewReader(p), Options{Name: name})
		if err != nil {
			none++
			if os.Getenv("ZZNONE") != "" {
				fmt.Println("NONE", name, err)
			}
			continue
		}
		if len(rep.Warnings) > 0 {
			warned++
		}
		if os.Getenv("ZZODD") != "" {
			for _, w := range rep.Warnings {
				if odd.MatchString(w.Text) {
					fmt.Println("ODD", name, w.Line, w.Text)
				}
			}
		}
		tr, err := transcript.Parse(name, bytes.NewReader(b.Bytes()))
		if err != nil {
			parseBad++
			fmt.Println("PARSE", name, err)
			continue
		}
		t.Run(strings.ReplaceAll(filepath.Base(filepath.Dir(name))+"_"+filepath.Base(name), "/", "_"), func(t *testing.T) {
			fmt.Println("FMT", rep.Format)
			synctest.Test(t, func(t *testing.T) { agree(t, tr) })
		})
	}
	fmt.Println("TOTAL", n, "none", none, "warned", warned, "unreadable", parseBad)
}
