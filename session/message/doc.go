// Package message composes mail content: the header fields and the body that
// a client sends between the 354 and the final dot.
//
//	Draft ──Compose──▶ octets with CRLF, ready for session.BytesContent
//
// Reading order: compose.go.
package message
