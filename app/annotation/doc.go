// Package annotation keeps the answers that people wrote for questions, and finds the one that answers a question.
//
// SQLite is the truth: annotations, the vectors of their questions, and which model made them. What is searched is in memory, built
// from that when an app is first asked and again after each change; an app has 10,000 annotations at most, so every question is
// compared with all of them and nothing near is missed.
//
// A question is compared in three ways. The same question, but for case, width, spaces and punctuation, scores 1 and no model is
// asked. With an embedding model the score is the cosine of the vectors. Without one it is the cosine of the words (package text
// cuts them, Chinese in pairs of characters), a word counting the more the fewer annotations hold it.
package annotation
