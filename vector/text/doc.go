// Package text finds chunks by their words: a full-text index of one dataset in one directory.
//
// Segments, postings and merging are Bleve's (scorch); cutting text into terms, reading a query and scoring are done here, so
// that a query is never a language that somebody can write, a score means the same from query to query, and a filter is applied
// inside the search.
//
// # Terms
//
// Chinese, Japanese, Korean and the other scripts without spaces are cut into overlapping pairs of characters. English words are
// found by their stem and, in a phrase, as written. A code (AX-2041/B, v2.3.1, GB/T 19001-2016, an e-mail address) is a term of
// its own beside its pieces. Full width, case, accents and compatibility forms do not matter.
//
// # Damage
//
// Open reads everything once and compares it with what the last change left. An index that cannot be trusted is ErrDamaged: the
// caller builds a new one in another directory. Nothing of a damaged index is deleted or written.
package text
