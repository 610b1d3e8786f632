package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// typedTest is a transcript that a person can type: a test with expectations.
const typedTest = `= smtp-transcript 1
# A server that does not know bob says so at once, and stays.
@ timeout 30
S? 220 *
C: EHLO client.example
S? ...
S+ 250-PIPELINING
C: MAIL FROM:<alice@client.example>
S? 250 2.1.0 *
C: RCPT TO:<nobody@test.example>
S? 550 5.1.1 ${why}
C: QUIT
S? 221 *
`

const transcriptsIntro = `A transcript is a text file: a line for a line that was on the wire. It is a record,
a script, a fake server and a test.

  C: text     S: text      a line of the client, of the server: literal, CRLF added
  C> text     S> text      the same with escapes and ${name}
  C"octets"   S"octets"    exactly these: \r \n \t \0 \\ \" \$ \xHH, ${name}
  C64 base64  S64 base64   exactly these
  C* 3 "octets"            these three times
  C@ file offset= length= sha256=   octets kept beside the file; C@ redacted length=
  S? pattern               what the next line of the reply must be; ... is any number
  S+ pattern  S! pattern   what some line of the reply must be, what none may be;
                           SIZE* is for what stands behind the code
  + 0.183                  seconds since what is before: another read or write begins
  = key …                  what happened; @ key … what is intended; # a comment

In a pattern * is anything, 2xx any code that begins with 2, ${name} anything that
is kept under that name, ${name:/re/} what a regular expression matches; \ makes
the next character literal. The names can be used in C> and C" lines.

Facts: smtp-transcript 1 (first of all; what does not begin with it may be pasted),
recorded DATE by=, imported from=, resolved, connect host= addr= from=, tls started
version= cipher=, tls peer N, tls verified, auth begin mech= user= … auth end,
capture NAME VALUE, closed by= how=, failed what=, end result=, session N (another
connection), note, gap (something is missing), blob, secrets kept, part, step, more.

Directives: connect, starttls, auth, close (by the client; by=server by the server),
timeout SECONDS, wait SECONDS, break WHY, set NAME VALUE,
compare code|text|octets, ignore WHAT, normalise NAME /re/, skip WHY,
expect within=SECONDS, expect closed by=server, expect tls version>=TLSv1.2.
Keys that are not known are kept.

A dialogue from an RFC, a book or a log is read too: indents, R: for the server,
page breaks, broken lines and remarks are mended, with a warning for each. Passwords
are cut out before anything is written; ${secret.1} stands in their places.

Type this into nobody.smtp:

`

const transcriptsEnd = `
  ehlo replay nobody.smtp --against practice    passes; with localhost:2525, does yours?
  ehlo serve session.smtp                       a fake server that says what it said then
  ehlo play session.smtp                        watch it, with the state at each moment
  ehlo fmt -w pasted.smtp                       its canonical form; --redact for secrets
  ehlo lint *.smtp                              is it fit for the public?
  ehlo import log.txt > session.smtp            swaks, curl, telnet, … become one

The grammar is in transcript/FORMAT.md.`

// transcriptsTopic is the help topic "transcripts".
func transcriptsTopic() *cobra.Command {
	typed := "  " + strings.ReplaceAll(strings.TrimSpace(typedTest), "\n", "\n  ") + "\n"
	return &cobra.Command{
		Use: "transcripts", Short: "The file format, on one page", Long: transcriptsIntro + typed + transcriptsEnd, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
}
