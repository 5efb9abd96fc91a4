// Package tokenizer turns text into the token numbers that a model was trained on, as its tokenizer.json says.
//
// It reads WordPiece (BERT) and Unigram (SentencePiece: XLM-R and most multilingual models) with the normalisers and
// splitters that such models come with. What it cannot read is an error when the file is parsed, never a wrong number later.
package tokenizer
