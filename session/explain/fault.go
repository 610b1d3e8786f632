package explain

import "ehlo/session"

// Failure says what it means that something failed without a reply. An entry
// without a title is of a failure that is not known here.
func Failure(f session.Fault) Entry {
	e := failures[f]
	e.Word, e.Kind = string(f), "failure"
	return e
}

var failures = map[session.Fault]Entry{
	session.FaultResolve: {
		Title: "no address",
		Text:  "The DNS has no address for the name, or gave no answer. Nothing was connected to.",
		Who:   "the name, or the DNS", Next: "check the name; mx:DOMAIN looks for the servers of a domain, a HOST is taken as it is",
		Source: "RFC 5321, 5.1",
	},
	session.FaultConnect: {
		Title: "no channel",
		Text:  "Refused: nobody listens on that port. No route, or no answer in time: a wrong address, or a filter on the way.",
		Who:   "the address, the network, or a server that is down", Next: "check host and port (25 between servers, 587 and 465 for submission); many networks let nobody out on port 25",
		Source: "RFC 5321, 4.5.4.1",
	},
	session.FaultTLS: {
		Title: "no TLS",
		Text:  "Client and server did not agree on a session, or one of them broke it off. Nothing more may be said on this channel, and no mail was on it.",
		Who:   "either: versions, ciphers, or certificates", Next: "look at what was agreed before it failed; --tls-min, --tls-max and --tls-cipher try other offers, --facts and a key log show more",
		Source: "RFC 3207, 4.1",
	},
	session.FaultTimeout: {
		Title: "no reply in time",
		Text:  "The server owes the reply. Whether it has done what was asked is not known; behind the final dot it may have the mail.",
		Who:   "the server, or the network", Next: "try later; behind the final dot a second try may deliver the mail twice",
		Source: "RFC 5321, 4.5.3.2",
	},
	session.FaultWrite: {
		Title: "the channel is broken",
		Text:  "It did not take what was to go out: the other end is gone. A reply that says why may stand above.",
		Who:   "the server, or the network", Next: "read the last replies; try again",
		Source: "RFC 5321, 3.8",
	},
	session.FaultContent: {
		Title: "the content ended too soon",
		Text:  "The message could not be read to its end. The final dot was not sent: the server must forget what it has.",
		Who:   "the file", Next: "look at the file of the message",
		Source: "RFC 5321, 4.1.1.4",
	},
	session.FaultLimit: {
		Title: "too much from the server",
		Text:  "The server said more than a session holds. It was cut off.",
		Who:   "the server",
	},
}
