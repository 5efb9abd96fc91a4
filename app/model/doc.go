// Package model is the provider-neutral contract for models: what a request and an answer are, how they fail, and the
// Registry that turns an app's ModelRef into something callable.
//
// Wire protocols live in model/provider, one file each. A Registry adds what every protocol needs alike: named
// credentials taking turns, retries before the first token, a breaker, reasoning split from text, usage counted,
// connections kept warm.
//
// The one promise above all others: a stream that ends early is an error. The text that came before it was already
// yielded; the sequence then ends with stream_cut_off or another named error, never as if the answer were whole.
package model
