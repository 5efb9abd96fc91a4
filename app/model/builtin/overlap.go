package builtin

import (
	"math"
	"strings"
	"unicode"

	"islet/app"
)

// weights are the terms of a question with what each is worth: one that is in every passage says little.
type weights map[string]float64

// weigh takes the terms of a question. Chinese is taken two characters at a time.
func weigh(question string, passages []app.Resource) weights {
	w := weights{}
	for t := range terms(question) {
		w[t] = 0
	}
	for i := range passages {
		for t := range terms(passages[i].Content) {
			if n, ok := w[t]; ok {
				w[t] = n + 1
			}
		}
	}
	for t, n := range w {
		w[t] = math.Log(1 + (float64(len(passages))+1)/(n+1))
	}
	return w
}

// score is what the terms of a text are worth, each counted once.
func (w weights) score(text string) (sum float64) {
	for t := range terms(text) {
		sum += w[t]
	}
	return sum
}

const (
	sentencesMost = 3
	quotedRunes   = 600 // of one passage
)

// best are the sentences of a passage that fit best, in their order, and what the passage is worth. Sentences that follow
// each other stay together; others are parted by "…".
func (w weights) best(content string) (text string, score float64) {
	all := sentences(content)
	if len(all) == 0 {
		return "", 0
	}
	scores, top := make([]float64, len(all)), 0.0
	for i, s := range all {
		scores[i] = w.score(s.text)
		top = max(top, scores[i])
	}
	picked := make([]bool, len(all))
	if top == 0 {
		for i := range min(2, len(all)) {
			picked[i] = true
		}
		return join(all, picked), 0
	}
	for range sentencesMost {
		at := -1
		for i := range all {
			if !picked[i] && scores[i] >= enough*top && (at < 0 || scores[i] > scores[at]) {
				at = i
			}
		}
		if at < 0 {
			break
		}
		picked[at] = true
	}
	text = join(all, picked)
	return text, top + w.score(text)/2
}

// sentence is one sentence, or one line that is none.
type sentence struct {
	text string
	line bool // a new line begins with it
}

// sentences cuts a text after sentence ends and at line breaks. Headings are left out while there is anything else,
// and the fences of code always.
func sentences(content string) (out []sentence) {
	var headings []sentence
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "```") {
			continue
		}
		if strings.HasPrefix(line, "#") {
			headings = append(headings, sentence{line, true})
			continue
		}
		begin := 0
		first := true
		for begin < len(line) {
			end := begin + sentenceEnd(line[begin:])
			if s := strings.TrimSpace(line[begin:end]); s != "" {
				out = append(out, sentence{s, first})
				first = false
			}
			begin = end
		}
	}
	if len(out) == 0 {
		return headings
	}
	return out
}

// sentenceEnd is how many bytes the first sentence of a line has.
func sentenceEnd(s string) int {
	for i, r := range s {
		switch r {
		case '。', '！', '？', '；':
			return closing(s, i+len(string(r)))
		case '.', '!', '?':
			after := s[i+1:]
			if next := strings.TrimLeft(after, "\"')”’"); next != "" && next[0] == ' ' && !abbreviation(s[:i]) {
				return i + 1 + len(after) - len(next)
			}
		}
	}
	return len(s)
}

// closing adds the quotation marks and brackets that stand right behind.
func closing(s string, at int) int {
	for {
		rest := s[at:]
		cut := strings.TrimLeft(rest, "”’」』）")
		if len(cut) == len(rest) {
			return at
		}
		at += len(rest) - len(cut)
	}
}

// abbreviation tells whether a point behind these words ends no sentence: a single letter or digit, or a known short form.
func abbreviation(before string) bool {
	word := before[strings.LastIndexAny(before, " (")+1:]
	switch strings.ToLower(word) {
	case "e.g", "i.e", "etc", "no", "fig", "vs", "dr", "mr", "mrs", "ms", "st", "approx":
		return true
	}
	return len(word) <= 1
}

// join puts the picked sentences together, up to quotedRunes.
func join(all []sentence, picked []bool) string {
	var b strings.Builder
	last, runes := -1, 0
	for i, s := range all {
		if !picked[i] {
			continue
		}
		text := []rune(s.text)
		if room := quotedRunes - runes; len(text) > room {
			if room < quotedRunes/4 && last >= 0 {
				break
			}
			text = append(text[:room-1:room-1], '…')
		}
		switch {
		case last < 0:
		case last+1 < i:
			b.WriteString(" …\n")
		case s.line:
			b.WriteByte('\n')
		case !unicode.Is(unicode.Han, text[0]):
			b.WriteByte(' ')
		}
		b.WriteString(string(text))
		runes += len(text)
		last = i
	}
	return b.String()
}

// terms are the words of a text in small letters without their endings, and its pairs of Chinese characters.
func terms(text string) map[string]bool {
	out := map[string]bool{}
	var word []rune
	var before rune
	flush := func() {
		if w := string(word); len(word) > 1 && !common[w] {
			out[stem(w)] = true
		}
		word = word[:0]
	}
	for _, r := range text {
		switch {
		case isHan(r):
			flush()
			if before != 0 && !(commonHan[before] && commonHan[r]) {
				out[string([]rune{before, r})] = true
			}
			before = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word = append(word, unicode.ToLower(r))
		default:
			flush()
		}
		before = 0
	}
	flush()
	return out
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// stem takes the endings off that English puts on a word most often.
func stem(w string) string {
	for _, end := range []string{"ies", "ing", "ed", "es", "s"} {
		if s, ok := strings.CutSuffix(w, end); ok && len(s) > 2 {
			return strings.TrimSuffix(s, "e")
		}
	}
	return strings.TrimSuffix(w, "e")
}

// common are words that say nothing about what a question asks for.
var common = setOf(strings.Fields("a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on or our " +
	"please so some tell than that the their them then there these they this to us was we were what when where which who whom why will with would you your"))

// commonHan are characters that ask and join; two of them together are no term.
var commonHan = setOf([]rune("的了是在和与或吗呢吧啊么什怎样如何哪里谁几多少请问我你他她它们这那有没不为可以能会要把被对从到就也都还"))

func setOf[T comparable](list []T) map[T]bool {
	out := make(map[T]bool, len(list))
	for _, v := range list {
		out[v] = true
	}
	return out
}
