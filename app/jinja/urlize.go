package jinja

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Words of the address patterns. \w of Python takes letters and digits of every script.
const (
	word = `[\p{L}\p{N}_]`
	host = `[\p{L}\p{N}_%-]`
)

var (
	webAddress = regexp.MustCompile(`(?i)^(?:` +
		`(?:https?://|www\.)(?:(?:` + host + `+\.)+)?(?:[a-z]{2,63}|xn--[\p{L}\p{N}_%]{2,59})` +
		`|(?:` + host + `{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)` +
		`|https?://(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[(?:[0-9a-f]{0,4}:){2}(?:[0-9a-f]{0,4}:?){1,6}\])` +
		`)(?::[0-9]{1,5})?(?:[/?#].*)?$`)
	mailAddress = regexp.MustCompile(`^.+@` + word + `[\p{L}\p{N}_.-]*\.` + word + `+$`)
	linkHead    = regexp.MustCompile(`^(?:[(<]|&lt;)+`)
	linkTail    = regexp.MustCompile(`(?:[)>.,\n]|&gt;)+$`)
	linkScheme  = regexp.MustCompile(`^[\p{L}\p{N}_.+-]{2,}:/{0,2}$`)
)

// linker makes links of the addresses in a text.
type linker struct {
	r       *render
	attrs   string
	limit   int // of the text shown, in characters; -1 for none
	schemes []string
}

func filterURLize(r *render, a []any) any {
	l := linker{r: r, limit: -1}
	if a[1] != nil {
		l.limit = count(a[1])
	}
	rel := []string{"noopener"}
	if r.truth(a[4]) {
		rel = append(rel, split(textArg("rel", a[4]), -1)...)
	}
	if r.truth(a[2]) {
		rel = append(rel, "nofollow")
	}
	slices.Sort(rel)
	l.attrs = ` rel="` + r.escaped(strings.Join(slices.Compact(rel), " ")) + `"`
	if r.truth(a[3]) {
		l.attrs += ` target="` + r.escaped(a[3]) + `"`
	}
	if a[5] != nil {
		for _, v := range r.all(a[5]) {
			s := textArg("scheme", v)
			if !linkScheme.MatchString(s) {
				fail("FilterArgumentError", "%[1]s is not a valid URI scheme prefix.", "%[1]s 不是有效的网址前缀", reprText(s))
			}
			l.schemes = append(l.schemes, s)
		}
	}
	return r.safe(l.text(r.escaped(a[0])))
}

func (l linker) text(s string) string {
	var b strings.Builder
	l.r.grow(4 * len(s))
	for s != "" {
		i := strings.IndexFunc(s, isSpace)
		if i < 0 {
			i = len(s)
		}
		linked := l.word(s[:i])
		l.r.grow(len(linked))
		if b.Len() > maxText {
			l.r.grow(b.Len())
		}
		b.WriteString(linked)
		s = s[i:]
		n := len(s) - len(trimLeft(s))
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String()
}

func (l linker) word(s string) string {
	l.r.scan(16 + len(s))
	head := linkHead.FindString(s)
	middle, tail := s[len(head):], ""
	if at := linkTail.FindStringIndex(middle); at != nil {
		middle, tail = middle[:at[0]], middle[at[0]:]
	}
	for _, pair := range [][2]string{{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}} {
		opened := strings.Count(middle, pair[0])
		if opened <= strings.Count(middle, pair[1]) {
			continue
		}
		for range min(opened, strings.Count(tail, pair[1])) {
			end := strings.Index(tail, pair[1]) + len(pair[1])
			middle, tail = middle+tail[:end], tail[end:]
		}
	}
	return head + l.link(middle) + tail
}

func (l linker) link(s string) string {
	switch {
	case webAddress.MatchString(s):
		to := s
		if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
			to = "https://" + s
		}
		shown := s
		if l.limit >= 0 && runes(s) > l.limit {
			shown = firstRunes(s, l.limit) + "..."
		}
		return `<a href="` + to + `"` + l.attrs + `>` + shown + `</a>`
	case strings.HasPrefix(s, "mailto:") && mailAddress.MatchString(s[7:]):
		return `<a href="` + s + `">` + s[7:] + `</a>`
	case strings.Contains(s, "@") && !strings.HasPrefix(s, "www.") && !strings.HasPrefix(s, "@") && !strings.Contains(s, ":") &&
		mailAddress.MatchString(s) && !strings.ContainsFunc(s, unicode.IsSpace):
		return `<a href="mailto:` + s + `">` + s + `</a>`
	}
	for _, scheme := range l.schemes {
		if s != scheme && strings.HasPrefix(s, scheme) {
			return `<a href="` + s + `"` + l.attrs + `>` + s + `</a>`
		}
	}
	return s
}
