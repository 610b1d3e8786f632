package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestClientsOfOthers: programs that everybody has send a mail to the practice
// server, and the judge finds what is known of them. Those that are not
// installed are passed over.
func TestClientsOfOthers(t *testing.T) {
	dir := t.TempDir()
	mail := filepath.Join(dir, "mail.eml")
	if err := os.WriteFile(mail, []byte("From: a@client.example\r\nTo: b@test.example\r\nSubject: x\r\n\r\n.dot\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	clients := map[string]func(host, port string) *exec.Cmd{
		"swaks": func(host, port string) *exec.Cmd {
			return exec.Command("swaks", "--server", host+":"+port, "--ehlo", "client.example", "--from", "a@client.example", "--to", "b@test.example", "--data", "@"+mail)
		},
		"curl": func(host, port string) *exec.Cmd {
			return exec.Command("curl", "-s", "--url", "smtp://"+host+":"+port+"/client.example", "--mail-from", "a@client.example", "--mail-rcpt", "b@test.example", "-T", mail)
		},
		"python3": func(host, port string) *exec.Cmd {
			return exec.Command("python3", "-c", fmt.Sprintf(`import smtplib
with smtplib.SMTP(%q, %s, local_hostname="client.example", timeout=20) as s: s.sendmail("a@client.example", ["b@test.example"], open(%q, "rb").read())`, host, port, mail))
		},
		"smtp-source": func(host, port string) *exec.Cmd {
			return fromPostfix("smtp-source", "-M", "client.example", "-f", "a@client.example", "-t", "b@test.example", "-m", "3", host+":"+port)
		},
	}
	for program, command := range clients {
		if _, err := exec.LookPath(program); err != nil && (program != "smtp-source" || fromPostfix(program) == nil) {
			t.Logf("%s is not installed", program)
			continue
		}
		for scenario, want := range map[string]string{"default": "messages taken", "reject": "quit-only"} {
			t.Run(program+" "+scenario, func(t *testing.T) {
				code, stdout := visitOnce(t, func(addr string) error {
					host, port, err := net.SplitHostPort(addr)
					if err != nil {
						return err
					}
					out, err := command(host, port).CombinedOutput()
					if err != nil && scenario == "default" {
						return fmt.Errorf("%w: %s", err, out)
					}
					return nil
				}, "practice", "--scenario", scenario)
				if !strings.Contains(stdout, want) || scenario == "default" && (code != exitDone || strings.Contains(stdout, "messages taken 0")) {
					t.Errorf("%d\n%s", code, stdout)
				}
			})
		}
	}
}
