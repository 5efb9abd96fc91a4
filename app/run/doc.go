// Package run owns live runs: starting, following, stopping, recording.
//
// A request never runs a graph. It starts a run, which lives in a context of its own, and then follows it: a follower is a
// cursor over the run's log plus a wake-up, so any number of them may come, go and be slow, and the run does not notice.
//
// What is on disk when: Start returns when the run's rows are committed, and no event is visible before that, although the
// graph already works. The final rows are committed before EvRunFinished is published. In between nothing touches SQLite.
// Events go to kv a little later, for followers that come back after the run has left memory and for Recover; traces of
// nodes go to trace.db. Neither is the truth and a run never waits for them.
package run
