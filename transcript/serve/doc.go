// Package serve plays the server's side of transcripts: a fake server to test a
// client with. In the test of another project that is one line:
//
//	addr := serve.Test(t, "testdata/refuses-the-sender.smtp")
//
//	client ──▶ listen ──▶ match with the next unit ──▶ problem, 503
//	   ▲                            │
//	   └────────── speak ◀──────────┘
//
// The n-th client gets the n-th session. What the transcript does not have is a
// problem, and answered so that nobody takes the answer for one of its own.
//
// Reading order: serve.go, speak.go, listen.go, match.go, content.go,
// certificate.go, testing.go.
package serve
