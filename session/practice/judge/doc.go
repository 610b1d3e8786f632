// Package judge says what the RFCs think of a client, by what its server saw.
//
//	practice.Server ── Options.Watch ──▶ Judge.Watch ──▶ Report
//
// Rules are a table (rule.go). Each is open until the situation that it is
// about has come up; then it is kept or broken. What [session.Advise] says about
// single lines is part of it; the rest looks at how one thing follows another:
// QUIT before the channel is closed, EHLO again under TLS, a pause before what
// failed for now is tried again.
//
// A judge keeps no content, and of lines a bounded number.
//
// Reading order: rule.go, judge.go, visit.go, line.go, end.go, report.go.
package judge
