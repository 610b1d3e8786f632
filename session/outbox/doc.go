// Package outbox is what makes of a client a fully capable one: it keeps
// messages until somebody else has taken responsibility for them, or their
// sender knows that nobody will (RFC 5321, 4.5.4.1 and 6.1).
//
//	Add ──▶ folder: envelope, content ──▶ journal ──▶ Each: messages as they stand
//	                                        ▲                   │
//	            try, end, report, hold, … ──┘                   ▼ what is due
//	                     │                                   Runner ──▶ conn ──▶ session
//	                  verdicts ◀── judge ◀── session.State ◀────────────┘  │
//	                                                     Recorder ◀────────┘ each attempt's log
//
// As in a session, what counts is a list of what happened, and everything else
// is a function of it. The list is the journal: a record a line, each with a
// checksum. A record counts when it is on the disk. When a journal has grown
// long it is made short: the index holds each message as it stood then.
//
//	outbox/
//	  lock                          held for a moment by whoever writes to the journal
//	  index, journal.N              the messages, and what happened since
//	  damaged                       lines that could not be read, kept when the journal was made short
//	  mail/SHARD/ID/envelope        what was asked for; it does not change
//	  mail/SHARD/ID/content         octets, as they were given
//	  mail/SHARD/ID/attempts/0001.smtp  empty until there is an attempt
//	  mail/SHARD/ID/report-1.eml    what the sender was told
//
// A message is added when its record is on the disk. Its files are, too, or
// the journal carries them: then they are made durable before that journal is
// gone. Before the final dot of an attempt goes out a record says so, and after the
// reply another one says what it was: whoever finds the first without the
// second knows that the message may have been delivered, and nothing sends it
// again unless a person has chosen so (RFC 1047). Whoever makes an attempt holds
// a lock on the message's folder; it ends with the process, however that ends.
//
// Reading order: id.go, record.go, message.go (what happened, and what it
// comes to); envelope.go, spool.go, store.go, small.go, lock.go, disk.go,
// sync_linux.go, sync_other.go, lock_other.go (files);
// paper.go, journal.go, index.go, fold.go, find.go, follow.go, compact.go (the list on
// the disk); check.go (what is wrong with it); letter.go,
// tap.go, judge.go (an attempt); schedule.go, dead.go, run.go, pick.go, work.go,
// conn.go, verdict.go (which attempts, when, and what follows); hand.go (one of
// them, step by step); report.go (RFC 3464); why.go (in words).
package outbox
