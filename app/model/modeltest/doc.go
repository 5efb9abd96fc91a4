// Package modeltest is a model server that follows a script: deterministic answers in the wire protocols of OpenAI,
// Ollama, Anthropic, Gemini and TEI, and a switch for every way in which real servers misbehave (Quirks).
//
// It serves tests, demonstrations (islet dev model) and load tests; without delays and quirks an answer costs a few
// microseconds. A quirk is chosen for the whole server (Options.Quirk) or for one request by a suffix of the model's
// name: "echo@no_done".
//
// What it answers depends only on the last user message (see Options.Script and reply.go): it echoes, calls tools when
// told to, answers in JSON when asked to, and embeds by hashing words.
package modeltest
