// Package lesson holds lessons: transcripts that ask.
//
// A lesson is a recorded session with comment lines. Whoever can record a
// session can write one:
//
//	= smtp-transcript 1
//	# lesson: Say hello                   the title
//	# practice: default                   the scenario it is played against, one that
//	                                      ships or a FILE.scenario beside the lesson;
//	                                      "hurry 12" behind it makes its waits shorter
//	# The server speaks first.            text for the learner, until
//	# ask: Which code says that it is ready?
//	# answer: 220                         or several, with | between
//	# because: 2yz is a positive reply.   said after the answer
//	# task: Tell the server your name.    and what is recorded behind it
//	# hint: EHLO client.example           solves it
//	# check: esmtp and last = 250
//	C: EHLO client.example
//	S: 250 practice.example
//
// A comment that is indented goes on with the line before it. A check is about
// the state of the session, never about the words that were typed: terms with
// "and" between, each a word or a comparison (see check.go). What stands in the
// recording behind a task is a solution of it, and a test plays it.
//
//	file ──Parse──▶ Lesson ──Begin──▶ Run ◀── events of a session, answers
//	                                   │
//	                          text, task, question, hints; done
//
// Reading order: lesson.go, parse.go (a file), check.go, seen.go (what a check
// can ask about), run.go (a learner in a lesson), solve.go, progress.go.
package lesson
