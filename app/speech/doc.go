// Package speech lets people talk to an app and hear its answers: it checks recordings, makes a text of an answer that can be
// read aloud, and asks the models for it that the workspace has chosen.
package speech
