// Package channel opens what a session talks through. Anything that is a
// reliable, ordered stream of octets will do; here are TCP with a chosen
// family and local address, unix sockets, a process on a pipe, and SOCKS5 and
// HTTP CONNECT proxies, each with a PROXY protocol header before the greeting
// if one is wanted.
//
//	session.Options.Dial ──▶ Dialer.Dial(ctx, target, addr)
//	                             │
//	        HOST:PORT ───────────┼── unix:PATH ──── pipe:COMMAND
//	            │                │       │               │
//	      socks5 / CONNECT       │       │            process
//	            └────────┬───────┘       │               │
//	                     ▼               ▼               ▼
//	                session.Channel{Conn, Facts, Preamble, Farewell}
//
// The interface is [net.Conn]. What more there is to tell is in the
// [session.Channel]: which proxy was used and what it replied, the header that
// the session shall write and log, how a process ended.
//
// A stage that fails is a [session.StageError], so that the session can say
// "connect to mail.test.example:25: socks5 127.0.0.1:1080: connection
// refused". Every stage is bounded by the context, and what a proxy or a
// process sends is bounded in size and escaped. The password of a proxy is in
// no error, fact or log.
//
// Reading order: dialer.go, proxy.go, connect.go (TCP and proxies); header.go
// (the PROXY protocol); words.go, process.go, exit.go (a command).
package channel
