package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledWhenShown: whenever the program is killed, what it has printed is in
// the transcript.
func TestKilledWhenShown(t *testing.T) {
	times := 12
	if long() {
		times = 300
	}
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	dir := t.TempDir()
	for i := range times {
		file := filepath.Join(dir, fmt.Sprintf("%d.smtp", i))
		cmd := process(t, send("--transcript", file, "--to", "bob@x.example", "--repeat", "200", "--rset", "practice")...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		printed, read := "", bufio.NewReader(out)
		for range 1 + r.IntN(1500) {
			line, _ := read.ReadString('\n')
			printed += line
		}
		_ = cmd.Process.Kill()
		rest, _ := io.ReadAll(read)
		_ = cmd.Wait()
		printed += string(rest)
		_, shown, stderr := ehlo(t, "", "show", file)
		want, got := dialogueOf(printed), dialogueOf(shown)
		if len(want) == 0 || len(got) < len(want) {
			t.Fatalf("%d lines were printed, %d are in the file: %s", len(want), len(got), stderr)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("line %d was printed as %q, and is %q in the file", i+1, want[i], got[i])
			}
		}
	}
}

// dialogueOf are the lines that were said, as the program prints them, but for
// one that was cut off.
func dialogueOf(out string) (lines []string) {
	for line := range strings.Lines(out) {
		if strings.HasSuffix(line, "\n") && (strings.HasPrefix(line, "->") || strings.HasPrefix(line, "<")) {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestKilledWhileTheServerIsSilent: a person who has waited long enough finds in
// the file what was said last, though nothing was ever shown.
func TestKilledWhileTheServerIsSilent(t *testing.T) {
	for _, last := range []string{"EHLO client.example", "MAIL FROM:<alice@client.example>", "RCPT TO:<bob@x.example>", "DATA", "."} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		go silentAt(ln, last)
		file := filepath.Join(t.TempDir(), "killed.smtp")
		cmd := process(t, send("--quiet", "--transcript", file, "--to", "bob@x.example", ln.Addr().String())...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		want, p := []byte("\nC: "+last+"\n"), []byte(nil)
		for deadline := time.Now().Add(time.Minute); !bytes.HasSuffix(p, want) && time.Now().Before(deadline); {
			p, _ = os.ReadFile(file)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !bytes.HasSuffix(p, want) {
			t.Errorf("%s is not in the file:\n%s", last, p)
		}
	}
}

// silentAt is a server for one client that answers everything up to a line.
func silentAt(ln net.Listener, last string) {
	c, err := ln.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	fmt.Fprint(c, "220 a\r\n")
	content := false
	for lines := bufio.NewScanner(c); lines.Scan(); {
		line := lines.Text()
		switch {
		case line == last:
			_, _ = io.Copy(io.Discard, c) // until the client is no more
			return
		case line == "DATA":
			content = true
			fmt.Fprint(c, "354 go\r\n")
		case !content:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}
