// Package store keeps what islet knows: SQLite is the truth, files lie under files/ by their hash, credentials are sealed with secret.key.
//
// There are two databases. islet.db is the truth; trace.db holds traces and may be lost. Each has one writer, a goroutine that
// owns the only writing connection and commits what has queued up in one transaction (group commit), and a few readers that
// cannot write. A change is acknowledged when its commit has been fsynced (synchronous=FULL).
//
// Reads are nouns on Snapshot, writes are verbs on Tx; every query of the product is a method here, with its SQL at the call
// site. The workspace is a WHERE inside every query, taken from the app.Scope in the context; without one the store refuses.
// The SQL stays in what SQLite and PostgreSQL both accept.
package store
