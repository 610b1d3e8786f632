package route

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ehlo/session"
)

const (
	// MaxPolicy is how many octets of a policy are read (RFC 8461, 3.3).
	MaxPolicy = 64 << 10
	// MaxAge is the longest life of a policy, in seconds (RFC 8461, 3.2).
	MaxAge = 31557600
	// maxPatterns is how many mx lines of a policy count.
	maxPatterns = 1000
)

// Policy is an MTA-STS policy.
type Policy struct {
	Mode   string // enforce, testing or none
	MX     []string
	MaxAge time.Duration
}

// ParsePolicy reads the policy file.
//
// RFC 8461, 3.2: of a field that stands there twice the first counts, but for
// mx; unknown fields are ignored.
func ParsePolicy(body []byte) (Policy, error) {
	if len(body) > MaxPolicy {
		return Policy{}, fmt.Errorf("the policy is larger than %d octets", MaxPolicy)
	}
	var p Policy
	seen := map[string]string{}
	for line := range strings.SplitSeq(string(body), "\n") {
		line = strings.Trim(strings.TrimSuffix(line, "\r"), " \t")
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return Policy{}, fmt.Errorf("the line %q has no colon", session.Escape(line[:min(len(line), 80)]))
		}
		key, value = strings.Trim(key, " \t"), strings.Trim(value, " \t")
		if key == "mx" {
			if !pattern(value) {
				return Policy{}, fmt.Errorf("mx: %q is no pattern", session.Escape(value[:min(len(value), 80)]))
			}
			if p.MX = append(p.MX, strings.ToLower(value)); len(p.MX) > maxPatterns {
				return Policy{}, fmt.Errorf("more than %d mx lines", maxPatterns)
			}
			continue
		}
		switch key {
		case "version", "mode", "max_age":
			if _, twice := seen[key]; !twice {
				seen[key] = value
			}
		}
	}
	return p.fields(seen)
}

func (p Policy) fields(seen map[string]string) (Policy, error) {
	if seen["version"] != "STSv1" {
		return Policy{}, errors.New("the version is not STSv1")
	}
	switch p.Mode = seen["mode"]; p.Mode {
	case "enforce", "testing", "none":
	default:
		return Policy{}, errors.New("the mode is none of enforce, testing and none")
	}
	age, err := strconv.ParseUint(seen["max_age"], 10, 32)
	if err != nil || age > MaxAge {
		return Policy{}, fmt.Errorf("max_age is no number of seconds up to %d", MaxAge)
	}
	p.MaxAge = time.Duration(age) * time.Second
	if len(p.MX) == 0 && p.Mode != "none" {
		return Policy{}, errors.New("there is no mx line")
	}
	return p, nil
}

func pattern(value string) bool {
	return hostName(strings.TrimPrefix(value, "*."))
}

// Match returns the pattern that an MX host matches, "" if there is none.
//
// RFC 8461, 4.1 and RFC 6125, 6.4: the wildcard stands for exactly one label,
// the left-most.
func (p Policy) Match(host string) string {
	host = strings.ToLower(trimDot(host))
	for _, mx := range p.MX {
		if suffix, wild := strings.CutPrefix(mx, "*"); wild {
			if label, ok := strings.CutSuffix(host, suffix); ok && label != "" && !strings.Contains(label, ".") {
				return mx
			}
		} else if mx == host {
			return mx
		}
	}
	return ""
}

// ParseSTSRecord reads the TXT records at _mta-sts and returns the policy's
// id. The bool says whether there is one record, which is what counts.
//
// RFC 8461, 3.1: records that do not begin with v=STSv1; are discarded; unless
// exactly one is left there is no policy.
func ParseSTSRecord(texts []string) (id string, ok bool, err error) {
	var record string
	n := 0
	for _, text := range texts {
		version, _, semicolon := strings.Cut(text, ";")
		if semicolon && strings.TrimRight(version, " \t") == "v=STSv1" {
			record = text
			n++
		}
	}
	if n == 0 {
		return "", false, nil
	}
	if n > 1 {
		return "", false, fmt.Errorf("there are %d records, not one", n)
	}
	for field := range strings.SplitSeq(record, ";") {
		key, value, _ := strings.Cut(strings.Trim(field, " \t"), "=")
		if key != "id" {
			continue
		}
		if !policyID(value) {
			return "", false, errors.New("the id is not made of 1 to 32 letters and digits")
		}
		return value, true, nil
	}
	return "", false, errors.New("the record has no id")
}

func policyID(id string) bool {
	for _, c := range []byte(id) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
			return false
		}
	}
	return 0 < len(id) && len(id) <= 32
}
