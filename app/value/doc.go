// Package value holds the values of variables: ordered objects, JSON that keeps integers apart from floats, and the forms
// in which values are written. Dify's engine is written in Python and its text forms are observable, so they are Python's.
//
// A value is nil, bool, int, int64, float64, json.Number, string, *Object, map[string]any, []any, []string, app.Attachment
// or []app.Attachment. Decode makes int64 of whole numbers, float64 of others, *Object of objects and app.Attachment of
// files. map[string]any is what Go code makes by hand; its keys are taken in sorted order. Nobody changes a value that a
// second party can see.
package value
