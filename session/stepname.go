package session

import (
	"fmt"
	"strconv"
	"strings"
)

var stepNames = map[int]string{
	stepResolve: "resolve", stepConnect: "connect", stepHello: "ehlo", stepHELO: "helo", stepMail: "mail",
	stepData: "data", stepContent: "content", stepQuit: "quit", stepHangUp: "hang-up", stepSTARTTLS: "starttls",
	stepHandshake: "handshake", stepAUTH: "auth", stepResponse: "response", stepXCLIENT: "xclient",
	stepXFORWARD: "xforward", stepRset: "rset", stepAside: "aside", stepEnd: "end",
}

// StepName is the name of a step of a mail by its ID: "ehlo", "rcpt-2". It is
// "" for a step that a person made up.
func StepName(id int) string {
	switch {
	case id >= stepAmended:
		return "inserted"
	case id >= stepRcpt:
		return "rcpt-" + strconv.Itoa(id-stepRcpt+1)
	}
	return stepNames[id]
}

// checkStepName reports what is wrong with a name in a condition. "rcpt" is
// any recipient.
func checkStepName(name string) error {
	if name == "rcpt" || name == "inserted" {
		return nil
	}
	if n, ok := strings.CutPrefix(name, "rcpt-"); ok {
		if i, err := strconv.Atoi(n); err == nil && i > 0 {
			return nil
		}
	}
	var names []string
	for id := 1; stepNames[id] != ""; id++ {
		if stepNames[id] == name {
			return nil
		}
		names = append(names, stepNames[id])
	}
	return fmt.Errorf("no step is called %s; there are %s, rcpt, rcpt-1, …", Escape(name), strings.Join(names, ", "))
}
