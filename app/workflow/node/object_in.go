package node

import (
	"errors"
	"strings"

	"islet/app/value"
)

// errNoObject is what objectIn says of a text that has no object in it.
var errNoObject = errors.New("the model's answer holds no JSON object")

// errBadObject is what it says of one that has something like an object.
var errBadObject = errors.New("the model's answer is no valid JSON object")

// objectIn is the JSON object that a model's answer says: all of it, or the first object in it, behind thinking, between
// words or in a code fence. A list of one object stands for the object. Slips that models make are put right.
func objectIn(text string) (*value.Object, error) {
	text = withoutThinking(text)
	var near []string // what begins like an object and is none
	for i := 0; i < len(text); i++ {
		if text[i] != '{' && text[i] != '[' {
			continue
		}
		n := balanced(text[i:])
		if n == 0 {
			near = append(near, text[i:])
			break
		}
		if v, err := value.Decode([]byte(text[i : i+n])); err != nil {
			near = append(near, text[i:i+n])
		} else if o, ok := theObject(v); ok {
			return o, nil
		}
		i += n - 1
	}
	for _, s := range near {
		if v, err := repairJSON(s); err == nil {
			if o, ok := theObject(v); ok {
				return o, nil
			}
		}
	}
	if strings.Contains(text, "{") {
		return nil, errBadObject
	}
	return nil, errNoObject
}

func theObject(v any) (*value.Object, bool) {
	if list, ok := value.List(v); ok && len(list) == 1 {
		v = list[0]
	}
	return value.Fields(v)
}

// balanced is the length of the object or list at the start of s, 0 if it is not closed. Brackets in strings do not count.
func balanced(s string) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
