// Package split cuts the text of a document into passages that can be found.
//
// Everything happens on one cleaned text: blocks (headings, paragraphs, list items, tables, fenced code) say where it may be
// cut, a tally says how many tokens lie between two places, and a passage is a span between two cuts. That is why nothing can
// get lost, why the place of a passage in the document is known, and why the time grows with the length of the text only.
package split
