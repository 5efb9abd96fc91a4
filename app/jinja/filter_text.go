package jinja

import (
	"html"
	"strings"
	"unicode/utf8"
)

func filterCenter(r *render, a []any) any {
	v := r.soft(a[0])
	s, _ := textOf(v)
	width := count(a[1])
	return like(v, r.pad(s, width, " ", around(width)))
}

func filterTrim(r *render, a []any) any {
	return textMethods["strip"].fn(r, []any{r.soft(a[0]), a[1]})
}

func filterFormat(r *render, a *args) any {
	if len(a.pos) > 1 && len(a.names) > 0 {
		fail("FilterArgumentError", "can't handle positional and keyword arguments at the same time", "不能同时使用位置参数和命名参数")
	}
	v := r.soft(a.pos[0])
	if len(a.names) == 0 {
		return r.percent(v, tuple(a.pos[1:]))
	}
	d := newDict()
	for i, k := range a.names {
		d.set(k, a.named[i])
	}
	return r.percent(v, d)
}

func filterReplace(r *render, a []any) any {
	n := -1
	if a[3] != nil {
		n = count(a[3])
	}
	if !r.escape {
		return r.replace(r.str(a[0]), r.str(a[1]), r.str(a[2]), n)
	}
	s := r.soft(a[0])
	_, safe := a[0].(markup)
	_, oldSafe := a[1].(markup)
	_, newSafe := a[2].(markup)
	if oldSafe || newSafe && !safe {
		s = markup(r.escaped(a[0]))
	}
	return replaceMethod(r, []any{s, r.soft(a[1]), r.soft(a[2]), int64(n)})
}

// filterTitle makes a capital of the first character of each word, a word being what lies between spaces, hyphens and opening
// brackets.
func filterTitle(r *render, a []any) any {
	s := r.str(a[0])
	r.grow(len(s))
	gap := func(c rune) bool { return isSpace(c) || strings.ContainsRune("-({[<", c) }
	var b strings.Builder
	for s != "" {
		if n := len(s) - len(strings.TrimLeftFunc(s, gap)); n > 0 {
			b.WriteString(s[:n])
			s = s[n:]
			continue
		}
		end := strings.IndexFunc(s, gap)
		if end < 0 {
			end = len(s)
		}
		_, n := utf8.DecodeRuneInString(s)
		b.WriteString(upper(s[:n]) + lower(s[n:end]))
		s = s[end:]
	}
	return b.String()
}

func filterWordcount(r *render, a []any) any {
	n, inside := int64(0), false
	s := r.str(a[0])
	r.scan(len(s))
	for _, c := range s {
		w := isWord(c)
		if w && !inside {
			n++
		}
		inside = w
	}
	return n
}

func filterIndent(r *render, a []any) any {
	defined(a[0])
	s, ok := textOf(a[0])
	if !ok {
		fail("TypeError", "unsupported operand type(s) for +=: '%s' and 'str'", "类型 '%s' 不是字符串", typeName(a[0]))
	}
	by, ok := textOf(a[1])
	if !ok {
		by = r.repeat(" ", wholeArg(a[1]))
	}
	lines := splitLines(s+"\n", false)
	r.grow(len(s) + len(lines)*len(by))
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == 0 && r.truth(a[2]) || i > 0 && (line != "" || r.truth(a[3])) {
			b.WriteString(by)
		}
		b.WriteString(line)
	}
	return like(a[0], b.String())
}

func filterTruncate(r *render, a []any) any {
	length, end := count(a[1]), textArg("end", a[3])
	leeway := 5
	if a[4] != nil {
		leeway = count(a[4])
	}
	if length < runes(end) {
		fail("AssertionError", "expected length >= %d, got %d", "truncate 的 length 至少为 %d，却是 %d", runes(end), length)
	}
	if leeway < 0 {
		fail("AssertionError", "expected leeway >= 0, got %d", "truncate 的 leeway 不能是负数，却是 %d", leeway)
	}
	n, ok := r.len(a[0])
	if !ok {
		typeError("object of type '%s' has no len()", typeName(a[0]))
	}
	if n <= length+leeway {
		return a[0]
	}
	s := textArg("truncate's value", a[0])
	r.grow(len(s))
	cut := firstRunes(s, length-runes(end))
	if !r.truth(a[2]) {
		if i := strings.LastIndexByte(cut, ' '); i >= 0 {
			cut = cut[:i]
		}
	}
	return r.concat(like(a[0], cut), a[3])
}

func filterStriptags(r *render, a []any) any {
	s := r.str(a[0])
	r.grow(len(s))
	s = between(s, "<!--", "-->")
	s = between(s, "<", ">")
	return html.UnescapeString(strings.Join(split(s, -1), " "))
}

// between takes out everything from open to shut, both included.
func between(s, open, shut string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, open)
		if i < 0 {
			break
		}
		j := strings.Index(s[i:], shut)
		if j < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i+j+len(shut):]
	}
	b.WriteString(s)
	return b.String()
}

func filterURLEncode(r *render, a []any) any {
	v := a[0]
	_, isText := textOf(v)
	if _, ok := r.iterate(v); isText || !ok {
		return r.quote(v, "/")
	}
	if d, ok := v.(*dict); ok {
		v = view{"dict_items", d}
	}
	var parts []any
	for _, pair := range r.all(v) {
		kv := r.all(pair)
		if len(kv) != 2 {
			valueError("urlencode needs pairs: got %d values to unpack (expected 2)", len(kv))
		}
		query := func(v any) string { return strings.ReplaceAll(r.quote(v, ""), "%20", "+") }
		parts = append(parts, query(kv[0])+"="+query(kv[1]))
	}
	return joinMethod(r, []any{"&", &list{items: parts}})
}

func (r *render) quote(v any, safe string) string {
	const hex = "0123456789ABCDEF"
	s := r.str(v)
	r.grow(3 * len(s))
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c < utf8.RuneSelf && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') || strings.IndexByte("_.-~"+safe, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func filterXMLAttr(r *render, a []any) any {
	defined(a[0])
	d, ok := a[0].(*dict)
	if !ok {
		fail("AttributeError", "'%s' object has no attribute 'items'", "类型 '%s' 不是字典", typeName(a[0]))
	}
	var b strings.Builder
	for i, k := range d.keys {
		v := d.vals[i]
		if _, missing := v.(*undefined); missing || v == nil {
			continue
		}
		name := textArg("attribute name", k)
		if strings.ContainsAny(name, " \t\n\r\f\v/>=") {
			valueError("Invalid character in attribute name: %s", reprText(name))
		}
		if b.Len() > 0 || r.truth(a[1]) {
			b.WriteByte(' ')
		}
		b.WriteString(r.escaped(k) + `="` + r.escaped(v) + `"`)
		r.grow(b.Len())
	}
	return r.safe(b.String())
}
