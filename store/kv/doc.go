// Package kv keeps what may be lost: the events of live runs for a day, and cached values. It is Badger below data/kv.
//
// Nothing waits for it and nothing depends on it. It opens in the background; a call made meanwhile waits a little. Every
// call ends within a bounded time, and one that fails is a miss for readers and no more than an error value for writers.
// The directory may be deleted whenever the process is not running; one that cannot be opened is moved aside.
package kv
