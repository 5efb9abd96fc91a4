package jinja

import (
	"strings"
	"unicode"
)

// methods are the methods of a value.
func methods(v any) map[string]*builtin {
	switch v.(type) {
	case string, markup:
		return textMethods
	case *list:
		return listMethods
	case tuple, group:
		return tupleMethods
	case *dict:
		return dictMethods
	case float64:
		return floatMethods
	case int64, bool:
		return intMethods
	}
	return nil
}

// text is a method that makes a text of a text. The result of a safe text is safe.
func text(name string, f func(r *render, s string, a []any) string, params ...param) *builtin {
	return fn(name, func(r *render, a []any) any {
		s, _ := textOf(a[0])
		r.grow(len(s))
		out := f(r, s, a[1:])
		r.grow(len(out))
		return like(a[0], out)
	}, append([]param{need("self")}, params...)...)
}

func asks(name string, f func(s string) bool) *builtin {
	return fn(name, func(r *render, a []any) any {
		s, _ := textOf(a[0])
		r.scan(len(s))
		return f(s)
	}, need("self"))
}

func asksEvery(name string, kind func(rune) bool) *builtin {
	return asks(name, func(s string) bool { return every(s, kind) })
}

func plainText(name string, f func(string) string) *builtin {
	return text(name, func(_ *render, s string, _ []any) string { return f(s) })
}

var textMethods = map[string]*builtin{
	"upper":        plainText("upper", upper),
	"lower":        plainText("lower", lower),
	"casefold":     plainText("casefold", func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(lower(s), "ß", "ss"), "ς", "σ") }),
	"capitalize":   plainText("capitalize", capitalize),
	"title":        plainText("title", title),
	"swapcase":     plainText("swapcase", swapCase),
	"strip":        strip("strip", trimLeft, trimRight, strings.Trim),
	"lstrip":       strip("lstrip", trimLeft, nil, strings.TrimLeft),
	"rstrip":       strip("rstrip", trimRight, nil, strings.TrimRight),
	"removeprefix": text("removeprefix", func(_ *render, s string, a []any) string { return strings.TrimPrefix(s, textArg("prefix", a[0])) }, need("prefix")),
	"removesuffix": text("removesuffix", func(_ *render, s string, a []any) string { return strings.TrimSuffix(s, textArg("suffix", a[0])) }, need("suffix")),
	"center":       text("center", padding(around), need("width"), opt("fillchar", " ")),
	"ljust":        text("ljust", padding(func(int) func(int) (int, int) { return atRight }), need("width"), opt("fillchar", " ")),
	"rjust":        text("rjust", padding(func(int) func(int) (int, int) { return atLeft }), need("width"), opt("fillchar", " ")),
	"zfill":        text("zfill", zfill, need("width")),
	"expandtabs":   text("expandtabs", expandTabs, opt("tabsize", int64(8))),
	"replace":      fn("replace", replaceMethod, need("self"), need("old"), need("new"), opt("count", int64(-1))),
	"split":        splitter("split", split, strings.SplitN),
	"rsplit":       splitter("rsplit", splitRight, splitAtLast),
	"splitlines":   fn("splitlines", linesMethod, need("self"), opt("keepends", false)),
	"partition":    partition("partition", strings.Index),
	"rpartition":   partition("rpartition", strings.LastIndex),
	"join":         fn("join", joinMethod, need("self"), need("iterable")),
	"startswith":   affix("startswith", strings.HasPrefix),
	"endswith":     affix("endswith", strings.HasSuffix),
	"find":         finder("find", strings.Index, false),
	"rfind":        finder("rfind", strings.LastIndex, false),
	"index":        finder("index", strings.Index, true),
	"rindex":       finder("rindex", strings.LastIndex, true),
	"count":        fn("count", countMethod, need("self"), need("sub"), opt("start", nil), opt("end", nil)),
	"format":       free("format", formatMethod),
	"format_map":   fn("format_map", formatMapMethod, need("self"), need("mapping")),
	"isalnum":      asksEvery("isalnum", isAlnum),
	"isalpha":      asksEvery("isalpha", unicode.IsLetter),
	"isascii":      asks("isascii", ascii),
	"isdecimal":    asksEvery("isdecimal", func(c rune) bool { return unicode.Is(unicode.Nd, c) }),
	"isdigit":      asksEvery("isdigit", isDigit),
	"isnumeric":    asksEvery("isnumeric", isNumeric),
	"isspace":      asksEvery("isspace", isSpace),
	"isupper":      asks("isupper", isUpper),
	"islower":      asks("islower", isLower),
	"istitle":      asks("istitle", isTitle),
	"isidentifier": asks("isidentifier", isIdentifier),
	"isprintable":  asks("isprintable", func(s string) bool { return s == "" || every(s, unicode.IsPrint) }),
}

func strip(name string, space, space2 func(string) string, set func(s, cutset string) string) *builtin {
	return text(name, func(_ *render, s string, a []any) string {
		if a[0] != nil {
			return set(s, textArg(name+" arg", a[0]))
		}
		if s = space(s); space2 != nil {
			s = space2(s)
		}
		return s
	}, opt("chars", nil))
}

func padding(share func(width int) func(int) (int, int)) func(*render, string, []any) string {
	return func(r *render, s string, a []any) string {
		fill := textArg("the fill character", a[1])
		if runes(fill) != 1 {
			typeError("The fill character must be exactly one character long")
		}
		width := count(a[0])
		return r.pad(s, width, fill, share(width))
	}
}

func zfill(r *render, s string, a []any) string {
	sign := ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], s[1:]
	}
	return sign + r.pad(s, count(a[0])-len(sign), "0", atLeft)
}

func expandTabs(r *render, s string, a []any) string {
	size := count(a[0])
	var b strings.Builder
	column := 0
	for _, c := range s {
		switch {
		case c == '\t' && size > 0:
			n := size - column%size
			b.WriteString(r.repeat(" ", int64(n)))
			r.grow(b.Len())
			column += n
		case c == '\t':
		default:
			b.WriteRune(c)
			if column++; c == '\n' || c == '\r' {
				column = 0
			}
		}
	}
	return b.String()
}

// replace is str.replace within the limits.
func (r *render) replace(s, old, by string, n int) string {
	found := strings.Count(s, old)
	if n >= 0 && n < found {
		found = n
	}
	r.grow(len(s) + found*len(by))
	return strings.Replace(s, old, by, n)
}

func replaceMethod(r *render, a []any) any {
	s, _ := textOf(a[0])
	old, by := textArg("replace() argument 1", a[1]), textArg("replace() argument 2", a[2])
	if _, safe := a[0].(markup); safe {
		by = r.escaped(a[2])
	}
	return like(a[0], r.replace(s, old, by, count(a[3])))
}

func (r *render) texts(v any, parts []string) any {
	r.grow(16 * len(parts))
	l := &list{items: make([]any, len(parts))}
	for i, s := range parts {
		l.items[i] = like(v, s)
	}
	return l
}

func splitter(name string, space func(string, int) []string, at func(s, sep string, n int) []string) *builtin {
	return fn(name, func(r *render, a []any) any {
		s, _ := textOf(a[0])
		limit := count(a[2])
		r.grow(len(s))
		if a[1] == nil {
			return r.texts(a[0], space(s, limit))
		}
		sep := textArg("separator", a[1])
		if sep == "" {
			valueError("empty separator")
		}
		if limit >= 0 {
			limit++
		}
		return r.texts(a[0], at(s, sep, limit))
	}, need("self"), opt("sep", nil), opt("maxsplit", int64(-1)))
}

func splitAtLast(s, sep string, n int) []string {
	parts := strings.Split(s, sep)
	if n < 0 || len(parts) <= n {
		return parts
	}
	head := len(parts) - n + 1
	return append([]string{strings.Join(parts[:head], sep)}, parts[head:]...)
}

func linesMethod(r *render, a []any) any {
	s, _ := textOf(a[0])
	r.grow(len(s))
	return r.texts(a[0], splitLines(s, r.truth(a[1])))
}

func partition(name string, find func(s, sep string) int) *builtin {
	return fn(name, func(_ *render, a []any) any {
		s, _ := textOf(a[0])
		sep := textArg("separator", a[1])
		if sep == "" {
			valueError("empty separator")
		}
		i := find(s, sep)
		switch {
		case i >= 0:
			return tuple{like(a[0], s[:i]), like(a[0], sep), like(a[0], s[i+len(sep):])}
		case name == "partition":
			return tuple{a[0], like(a[0], ""), like(a[0], "")}
		}
		return tuple{like(a[0], ""), like(a[0], ""), a[0]}
	}, need("self"), need("sep"))
}

func joinMethod(r *render, a []any) any {
	sep, _ := textOf(a[0])
	_, safe := a[0].(markup)
	if _, ok := r.iterate(a[1]); !ok {
		typeError("can only join an iterable")
	}
	var b strings.Builder
	for i, v := range r.all(a[1]) {
		s, ok := textOf(v)
		if safe {
			s = r.escaped(v)
		} else if !ok {
			typeError("sequence item %d: expected str instance, %s found", i, typeName(v))
		}
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
		r.grow(len(s) + len(sep))
		if b.Len() > maxText {
			r.grow(b.Len())
		}
	}
	return like(a[0], b.String())
}

// window is the part of s between two indexes counted in characters, and how many characters lie before it.
func window(s string, from, to any) (part string, before int, ok bool) {
	if from == nil && to == nil {
		return s, 0, true
	}
	c := []rune(s)
	if from != nil && sliceIndex(from, 0) > len(c) {
		return "", 0, false
	}
	a, b, _ := bounds(len(c), from, to, nil)
	if a > b {
		return "", 0, false
	}
	return string(c[a:b]), a, true
}

func affix(name string, has func(s, part string) bool) *builtin {
	return fn(name, func(_ *render, a []any) any {
		s, _ := textOf(a[0])
		s, _, ok := window(s, a[2], a[3])
		options := []any{a[1]}
		if t, isTuple := a[1].(tuple); isTuple {
			options = t
		}
		for _, o := range options {
			part, isText := textOf(o)
			if !isText {
				typeError("%s first arg must be str or a tuple of str, not %s", name, typeName(o))
			}
			if ok && has(s, part) {
				return true
			}
		}
		return false
	}, need("self"), need("prefix"), opt("start", nil), opt("end", nil))
}

func finder(name string, find func(s, sub string) int, must bool) *builtin {
	return fn(name, func(r *render, a []any) any {
		s, _ := textOf(a[0])
		r.scan(len(s))
		sub := textArg("argument 1", a[1])
		s, before, ok := window(s, a[2], a[3])
		if ok {
			if i := find(s, sub); i >= 0 {
				return int64(before + runes(s[:i]))
			}
		}
		if must {
			valueError("substring not found")
		}
		return int64(-1)
	}, need("self"), need("sub"), opt("start", nil), opt("end", nil))
}

func countMethod(r *render, a []any) any {
	s, _ := textOf(a[0])
	r.scan(len(s))
	sub := textArg("argument 1", a[1])
	s, _, ok := window(s, a[2], a[3])
	if !ok {
		return int64(0)
	}
	return int64(strings.Count(s, sub))
}
