package session

// Version is that of ehlo.
const Version = "0.1.0"
