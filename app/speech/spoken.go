package speech

import (
	"regexp"
	"strings"
)

// pieceLength is how many characters are read aloud at once: servers begin to speak only after they have read all of it, and
// many take no more than 4,096.
const pieceLength = 1200

// What an answer holds that nobody wants to hear, and what stands in its place.
var marks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?s)<think>.*?(</think>|$)`), ""},
	{regexp.MustCompile("(?s)```.*?(```|$)"), "\n"},
	{regexp.MustCompile(`(?s)\$\$.*?\$\$`), "\n"},
	{regexp.MustCompile(`!\[[^\]]*\]\([^)]*\)`), ""},
	{regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`), "$1"},
	{regexp.MustCompile(`\[(\d{1,3}|\^[^\]]{1,20})\]`), ""}, // sources and footnotes
	{regexp.MustCompile(`https?://\S+`), ""},
	{regexp.MustCompile(`(?m)^\s*\|?[\s:|-]*-{3,}[\s:|-]*$`), ""}, // rules, and those of tables
	{regexp.MustCompile(`<[a-zA-Z/][^>]*>`), ""},
	{regexp.MustCompile(`(?m)^\s*(#{1,6}|>|[-*+]|\d{1,3}\.)\s+`), ""},
	{regexp.MustCompile(` \* `), " × "},
	{regexp.MustCompile("[*`~]{1,3}"), ""},
	{regexp.MustCompile(`(?m)(^|\s)_{1,3}|_{1,3}(\s|$)`), "$1$2"},
	{regexp.MustCompile(`[ \t]*\|[ \t]*`), ", "},
	{regexp.MustCompile(`[ \t]+`), " "},
	{regexp.MustCompile(`(?m)^[, ]+|[, ]+$`), ""},
	{regexp.MustCompile(`\s*\n\s*`), "\n"},
}

// Spoken is what of an answer in Markdown is read aloud: no code, no formulas, no addresses, no marks.
func Spoken(markdown string) string {
	for _, m := range marks {
		markdown = m.what.ReplaceAllString(markdown, m.with)
	}
	return strings.TrimSpace(markdown)
}

// split cuts a text into pieces of at most so many characters, after sentences where there are ends of sentences.
func split(text string, most int) []string {
	var out []string
	r := []rune(text)
	for len(r) > most {
		cut := 0
		for i := most; i > most/2 && cut == 0; i-- {
			if strings.ContainsRune("\n。！？!?；;.", r[i-1]) {
				cut = i
			}
		}
		if cut == 0 {
			cut = most
		}
		if s := strings.TrimSpace(string(r[:cut])); s != "" {
			out = append(out, s)
		}
		r = r[cut:]
	}
	if s := strings.TrimSpace(string(r)); s != "" {
		out = append(out, s)
	}
	return out
}
