// Package draft keeps what nodes came to when a member tried a draft out: to look at, to change, and to go on from.
//
// Every try by a member leaves the outcome of each node that worked, in the member's own set per app: the variables that the
// node made and, of a branch, the way that it took. A later try of the whole app, of one node, or from one node on replaces
// what it works for and leaves the rest. Beside the nodes stand two groups: sys, and for a chatflow conversation.
//
// That lives in islet.db and not in trace.db: a person's edits are work that must survive a restart and a pruned trace, and
// going on from a wrong or missing value would be worse than having none. It is bounded instead, by MaxValue for one variable
// and MaxTotal for one try; what is larger is named and not kept, and a try that needs it is told to begin earlier. A value
// that holds a secret of the environment is sealed on disk and starred when it is shown. All of it goes with the app.
//
// Going on is a run like any other whose upstream outcomes are given: see workflow.Held, which says why a journal is not
// replayed for it.
package draft
