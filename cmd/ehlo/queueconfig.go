package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"ehlo/session"
	"ehlo/session/outbox"
)

// queueConfig is [queue] of the configuration file.
type queueConfig struct {
	folder       string
	schedule     outbox.Schedule
	connections  int
	perHost      int
	dead, keep   time.Duration
	retryUnclear bool
	reportTo     string
	reportWith   []string // flags for that
}

// readQueueConfig reads it; without a file or a table the defaults count.
func readQueueConfig(file string) (queueConfig, error) {
	all, _, err := readConfig(file)
	if err != nil {
		return queueConfig{}, fail(exitUsage, "queue: %w", err)
	}
	return all.queue()
}

// queue is [queue], checked.
func (c *config) queue() (queueConfig, error) {
	q := queueConfig{schedule: outbox.DefaultSchedule()}
	for key, value := range c.Queue {
		values, err := texts(value)
		if err == nil {
			err = q.set(key, values)
		}
		if err != nil {
			return q, c.wrong("queue", key, "%s: %v", key, err)
		}
	}
	return q, nil
}

func (c *queueConfig) set(key string, values []string) (err error) {
	value := values[0]
	switch key {
	case "folder":
		c.folder = value
	case "retry":
		c.schedule.Waits = nil
		for _, v := range values {
			d, err := parseTime(v)
			if err != nil || d <= 0 {
				return fmt.Errorf("%q: expected a time above 0, as 30m, 4h or 1d", v)
			}
			c.schedule.Waits = append(c.schedule.Waits, d)
		}
	case "give-up":
		c.schedule.GiveUp, err = parseTime(value)
	case "warn":
		c.schedule.Warn, err = parseTime(value)
	case "connections":
		c.connections, err = parseCount(value)
	case "per-host":
		c.perHost, err = parseCount(value)
	case "dead":
		c.dead, err = parseTime(value)
	case "keep":
		c.keep, err = parseTime(value)
	case "unclear":
		c.retryUnclear, err = parseUnclear(value)
	case "report-to":
		if c.reportTo = value; value != "" {
			_, err = session.ParseTarget(value)
		}
	case "report-with":
		c.reportWith, err = connectionWords(values)
	default:
		err = errors.New("there is no such setting; ehlo queue --help names them")
	}
	return err
}

// connectionWords reads flags that say how a mail travels, and returns them as
// an envelope keeps them.
func connectionWords(words []string) ([]string, error) {
	var f sendFlags
	set := pflag.NewFlagSet("report-with", pflag.ContinueOnError)
	for _, section := range f.connectionSections() {
		section.add(set)
	}
	if err := set.Parse(words); err != nil {
		return nil, err
	}
	if set.NArg() > 0 {
		return nil, fmt.Errorf("%q: expected flags, as --ca=root.pem", set.Arg(0))
	}
	return f.keep(set)
}

func parseUnclear(word string) (retry bool, err error) {
	if word != "ask" && word != "retry" {
		return false, fmt.Errorf("%q: expected ask or retry", word)
	}
	return word == "retry", nil
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q: expected a number above 0", text)
	}
	return n, nil
}

// parseTime is time.ParseDuration that knows days.
func parseTime(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseFloat(days, 64); err == nil && n >= 0 && n < 36500 {
			return time.Duration(n * 24 * float64(time.Hour)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q: expected a time, as 30m, 4h or 5d", text)
	}
	return d, nil
}
