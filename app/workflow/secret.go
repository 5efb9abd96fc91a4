package workflow

import (
	"strings"

	"islet/app"
	"islet/app/value"
)

// secrets are texts that nobody who looks at a run may read: values of secret environment variables. What a node was given and
// what it tells of its work is starred in events and in the journal; what it made is starred in events only, because later
// nodes go on from it.
type secrets struct{ r *strings.Replacer }

// shortestSecret is how long a secret must be to be looked for: a shorter one would star half of every text.
const shortestSecret = 4

func newSecrets(texts []string) secrets {
	var pairs []string
	for _, s := range texts {
		if len(s) >= shortestSecret {
			pairs = append(pairs, s, Stars)
		}
	}
	if pairs == nil {
		return secrets{}
	}
	return secrets{strings.NewReplacer(pairs...)}
}

// Stars stand where a secret was.
const Stars = "********************"

// hide is m with the secrets starred; m itself stays as it is.
func (s secrets) hide(m map[string]any) map[string]any {
	if s.r == nil || m == nil {
		return m
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = s.star(v)
	}
	return out
}

func (s secrets) star(v any) any {
	switch x := v.(type) {
	case string:
		return s.r.Replace(x)
	case []string:
		out := make([]any, len(x))
		for i := range x {
			out[i] = s.r.Replace(x[i])
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = s.star(x[i])
		}
		return out
	case map[string]any:
		return s.hide(x)
	case *value.Object:
		out := value.NewObject()
		for k, e := range x.All() {
			out.Set(k, s.star(e))
		}
		return out
	}
	return v
}

// hideEvent stars what an event shows of a node.
func (s secrets) hideEvent(ev *app.Event) {
	if s.r == nil {
		return
	}
	ev.Inputs, ev.Process, ev.Outputs, ev.Meta = s.hide(ev.Inputs), s.hide(ev.Process), s.hide(ev.Outputs), s.hide(ev.Meta)
}

// Starred is a value as people may see it: with the secrets starred. The value itself stays as it is.
func Starred(texts []string, v any) any {
	s := newSecrets(texts)
	if s.r == nil {
		return v
	}
	return s.star(v)
}
