// Package route finds where mail for a domain goes: from the domain to the
// ordered list of addresses to try, each with the reason why it is or is not
// tried, and what DNS said on the way. It also holds the two verdicts on how
// the way there is secured, DANE and MTA-STS, and the rule that says when an
// attempt moves on to the next address.
//
//	domain ──▶ Find ──▶ Route ──▶ Candidate ──▶ (a session) ──▶ Next ──▶ the next Candidate, later, or never
//	             │                    │
//	          Resolver             TLSA ──▶ DANE.Verify(certificates)
//	             │
//	            STS ──▶ STS.Match(host)
//
// Nothing here forbids: a candidate that is passed over stays on the list with
// its reason, and the verdicts are words and a bool.
//
// Names are asked of the DNS only. The hosts file is not read: RFC 5321, 5.1
// speaks of DNS, and an address from a file has no AD bit. A host that is given
// as a target, without mx:, is resolved by the system as before.
//
// Whatever comes from the network is bounded: see [MaxMX], [MaxAddresses],
// [MaxAliases] and [MaxPolicy]. Text of DNS records is escaped with
// [ehlo/session.Escape] before it stands in a reason, a query or an error.
//
// Reading order: resolver.go, query.go (what DNS says), find.go, address.go
// (the list), error.go, next.go (when to go on), dane.go, verify.go (RFC 7672),
// sts.go, policy.go, fetch.go (RFC 8461).
package route
