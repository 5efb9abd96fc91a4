package value

// Deeper tells whether a value goes more than so many levels deep.
func Deeper(v any, levels int) bool {
	if levels < 0 {
		return true
	}
	if o, ok := Fields(v); ok {
		for _, e := range o.All() {
			if Deeper(e, levels-1) {
				return true
			}
		}
		return false
	}
	list, _ := v.([]any)
	for _, e := range list {
		if Deeper(e, levels-1) {
			return true
		}
	}
	return false
}

// Loose is a value as encoding/json reads it, where every number is a float64, as Decode would have read it: whole numbers
// become integers, objects of files become files. It cannot tell 5.0 from 5.
func Loose(v any) any {
	switch x := v.(type) {
	case float64:
		if Whole(x) {
			return int64(x)
		}
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = Loose(x[i])
		}
		return out
	case map[string]any:
		o := Of(nil)
		for k, e := range Of(x).All() {
			o.Set(k, Loose(e))
		}
		return o
	}
	return v
}
