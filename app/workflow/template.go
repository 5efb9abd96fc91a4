package workflow

import (
	"strings"

	"islet/app/value"
)

// Template is a text with references, parsed once.
type Template struct{ parts []part }

// part is a literal text, or a reference if sel is set.
type part struct {
	text string
	sel  Selector
}

// The limits of a reference, as Dify's grammar has them. What does not fit them is literal text.
const (
	maxNodeID   = 50
	maxVarName  = 30
	maxVarParts = 10

	longestReference = len("{{#") + maxNodeID + maxVarParts*(len(".")+maxVarName) + len("#}}")
)

// ParseTemplate finds the references {{#node.name#}} in s. Nothing in s is an error: what is no reference is text.
func ParseTemplate(s string) *Template {
	t := &Template{}
	from := 0
	for i := 0; ; {
		k := strings.Index(s[i:], "{{#")
		if k < 0 {
			break
		}
		i += k
		sel, n := reference(s[i:])
		if n == 0 {
			i++
			continue
		}
		if i > from {
			t.parts = append(t.parts, part{text: s[from:i]})
		}
		t.parts = append(t.parts, part{sel: sel})
		i += n
		from = i
	}
	if from < len(s) {
		t.parts = append(t.parts, part{text: s[from:]})
	}
	return t
}

// Lines is a template of variables, each on a line of its own. A selector without a name is an empty line, but after the last
// variable one such line is left out, as Dify does.
func Lines(selectors []Selector) *Template {
	t := &Template{}
	for i, s := range selectors {
		if i > 0 {
			t.parts = append(t.parts, part{text: "\n"})
		}
		if len(s) >= 2 {
			t.parts = append(t.parts, part{sel: s})
		}
	}
	if n := len(t.parts); n > 0 && t.parts[n-1].sel == nil {
		t.parts = t.parts[:n-1]
	}
	return t
}

// reference reads the reference at the start of s, which begins with "{{#", and returns its length, 0 if it is none.
func reference(s string) (Selector, int) {
	end := strings.Index(s[:min(len(s), longestReference)], "#}}")
	if end < 3 {
		return nil, 0
	}
	sel := Selector(strings.Split(s[3:end], "."))
	if len(sel) < 2 || len(sel) > 1+maxVarParts || !word(sel[0], maxNodeID, true) {
		return nil, 0
	}
	for _, name := range sel[1:] {
		if !word(name, maxVarName, false) {
			return nil, 0
		}
	}
	return sel, end + 3
}

// word tells whether s is 1 to most ASCII letters, digits and underscores, with a digit in front only if that is allowed.
func word(s string, most int, digit bool) bool {
	if s == "" || len(s) > most || !digit && s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// Selectors are the references of t in order, with repetitions.
func (t *Template) Selectors() []Selector {
	var all []Selector
	for i := range t.parts {
		if t.parts[i].sel != nil {
			all = append(all, t.parts[i].sel)
		}
	}
	return all
}

// Missing is the first reference that v has nothing for.
func (t *Template) Missing(v Vars) (Selector, bool) {
	for i := range t.parts {
		if s := t.parts[i].sel; s != nil {
			if _, ok := v.Get(s); !ok {
				return s, true
			}
		}
	}
	return nil, false
}

// Text fills t in with the text form of its variables: for prompts, addresses and conditions. A reference that v has
// nothing for becomes its bare selector.
func (t *Template) Text(v Vars) string { return t.fill(v, value.Text) }

// Markdown fills t in with the markdown form of its variables: for answers.
func (t *Template) Markdown(v Vars) string { return t.fill(v, value.Markdown) }

func (t *Template) fill(v Vars, form func(any) string) string {
	if len(t.parts) == 1 {
		return t.parts[0].fill(v, form)
	}
	var b strings.Builder
	for i := range t.parts {
		b.WriteString(t.parts[i].fill(v, form))
	}
	return b.String()
}

func (p *part) fill(v Vars, form func(any) string) string {
	if p.sel == nil {
		return p.text
	}
	val, ok := v.Get(p.sel)
	if !ok {
		return p.sel.String()
	}
	return form(val)
}
