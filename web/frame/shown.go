package frame

import (
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/value"
)

// How much of a node's values is shown; Dify's numbers.
const (
	shownText  = 100_000    // characters of one text
	shownItems = 1000       // of one list
	shownBytes = 1000 << 10 // of all together
)

// shown is a node's values as people see them, and whether anything was left out. What flows on in the run is never cut.
func shown(m map[string]any) (any, bool) {
	o := value.Of(m)
	if left := shownBytes; fits(o, &left) {
		return o, false
	}
	c := cutter{}
	out := &value.Object{}
	left := shownBytes
	for i, k := range o.Keys() {
		v, _ := o.Get(k)
		was := left
		v, left = c.cut(v, left/(o.Len()-i))
		left = was - was/(o.Len()-i) + left // what one value does not need is for the others
		out.Set(k, v)
	}
	return out, c.lost
}

// fits tells whether a value is shown whole, and takes its size off left.
func fits(v any, left *int) bool {
	*left -= weight(v)
	if *left < 0 {
		return false
	}
	switch x := v.(type) {
	case string:
		return len(x) <= shownText || utf8.RuneCountInString(x) <= shownText
	case *value.Object:
		for k, e := range x.All() {
			if *left -= len(k); !fits(e, left) {
				return false
			}
		}
	case map[string]any:
		return fits(value.Of(x), left)
	default:
		list, _ := value.List(v)
		if len(list) > shownItems {
			return false
		}
		for _, e := range list {
			if !fits(e, left) {
				return false
			}
		}
	}
	return true
}

// weight is about the bytes of a value in JSON, without what is in it.
func weight(v any) int {
	switch x := v.(type) {
	case string:
		return len(x) + 4
	case app.Attachment:
		return 300 + len(x.Name) + len(x.URL)
	}
	return 8
}

// cutter cuts values to a size.
type cutter struct{ lost bool }

// cut is what of a value takes about so many bytes, and how many are left.
func (c *cutter) cut(v any, left int) (any, int) {
	if s, ok := v.(string); ok {
		s = c.text(s, left)
		return s, left - weight(s)
	}
	left -= weight(v)
	if o, ok := value.Fields(v); ok {
		out := &value.Object{}
		for k, e := range o.All() {
			if left -= len(k); left <= 0 {
				c.lost = true
				break
			}
			e, left = c.cut(e, left)
			out.Set(k, e)
		}
		return out, left
	}
	if _, file := v.(app.Attachment); file {
		return v, left
	}
	list, ok := value.List(v)
	if !ok {
		return v, left
	}
	out := make([]any, 0, min(len(list), shownItems))
	for i, e := range list {
		if i == shownItems || left <= 0 {
			c.lost = true
			break
		}
		e, left = c.cut(e, left)
		out = append(out, e)
	}
	return out, left
}

// text cuts a text, and marks that.
func (c *cutter) text(s string, left int) string {
	most := max(left, 0)
	if utf8.RuneCountInString(s) > shownText {
		end := 0
		for range shownText {
			_, n := utf8.DecodeRuneInString(s[end:])
			end += n
		}
		most = min(most, end)
	}
	if len(s) <= most {
		return s
	}
	c.lost = true
	return strings.ToValidUTF8(s[:most], "") + "..."
}
