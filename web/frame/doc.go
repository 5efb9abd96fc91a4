// Package frame turns what happens in a run into the server-sent events that clients read: ForMode speaks Dify's Service API,
// Flow the stream of our own UI. There is one golden file per event of Dify's.
package frame
