// Package tui is the terminal interface: one Bubble Tea model that shows a
// session as it happens, and any moment of it again.
//
//	keyboard ─▶ Update ─▶ press ─▶ action ─▶ do ─▶ perform (session.Do)
//	              ▲                                             │
//	              │                                             ▼
//	         eventsMsg ◀─────── waitFor (Log.Wait) ◀──────── the log
//	              │
//	              ▼
//	timeline: rows, and the state at each ─▶ View: conversation │ state
//	                                               next         │ offered
//	                                                            │ explain
//
// The screen is a window on the log. The row that the cursor is on governs the
// panes on the right: they show that moment, by folding the events up to it.
// At the end the cursor follows what happens.
//
// Exactly one wait for events is outstanding, and at most one act: the next
// step is asked for when all that the last one caused has been learnt. Nothing
// is drawn, and no clock ticks, while nothing happens.
//
// Whatever comes from a wire, a file or a keyboard goes through escape.go
// before it is drawn.
//
// What a key does is an entry in one table of actions (action.go), from which
// keys, help, footer, palette and ehlo keys are made. What fills the terminal is a screen
// (screen.go): a struct with what it has to remember, one file each. The root
// only routes: keys to the action, other messages to the screens.
//
// Reading order: options.go, model.go, action.go, screen.go, update.go, burst.go
// (what a key does); messages.go, drive.go, ending.go, stepping.go, amend.go, elsewhere.go, breaks.go
// (the session, and what a person does to it); timeline.go, landmark.go,
// row.go, conversation.go, fold.go, sieve.go, look.go, beside.go (what
// happened, and how to find it); line.go, escape.go, duration.go, frame.go, layout.go,
// arranging.go, view.go, tabs.go (drawing); sessionscreen.go, pane.go, header.go, next.go, state.go,
// offered.go, explain.go, wentwrong.go (the session and its panes); form.go, formview.go,
// formmouse.go, formcheck.go, address.go, names.go, login.go, tls.go, input.go, choices.go,
// template.go, draft.go, copyfrom.go, editor.go, aside.go, preview.go, lint.go (composing);
// list.go, paper.go (what
// screens are made of); recipients.go, tlsscreen.go, saslscreen.go, routescreen.go,
// phases.go (what the session came to); transcripts.go, play.go, rerun.go,
// diffscreen.go, twofiles.go, servescreen.go (recordings); practice.go, lessons.go, mailbox.go
// (practising); setting.go, settings.go; queue.go, queueact.go (the outbox); prompt.go,
// veil.go, overlay.go, complete.go (one line of typing); picker.go, mine.go, palette.go, theme.go
// (choosing one of several); bindings.go (keys of one's own); copy.go, clip.go,
// keep.go (what goes out of it); tape.go, help.go, notice.go; run.go, leftovers.go, paint.go,
// mouse.go, journal.go (the terminal).
package tui
