// Package probe is the endpoint doctor: it examines one model server with three dozen named checks, says of each in one
// sentence what it found and what to do about it, and writes down what the providers must obey (app.Profile).
//
// Every check is bounded, goes on where an earlier one failed as far as that makes sense, and says why where not.
package probe
