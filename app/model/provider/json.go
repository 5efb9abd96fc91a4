package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The wire is read with a walker instead of encoding/json: a stream has hundreds of small objects of which two fields
// matter, servers disagree on the types of the others, and reflection would cost more than all the rest of a chat.

var (
	errNotJSON = errors.New("not JSON")
	errCutJSON = errors.New("JSON ends in the middle")
)

const maxDepth = 200

// each calls fn with every member of the object in b until fn returns false. key is raw: escapes are not undone.
func each(b []byte, fn func(key, val []byte) bool) error {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return errNotJSON
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return nil
	}
	for {
		if i >= len(b) {
			return errCutJSON
		}
		if b[i] != '"' {
			return errNotJSON
		}
		end, err := skipString(b, i)
		if err != nil {
			return err
		}
		key := b[i+1 : end-1]
		if i = space(b, end); i >= len(b) {
			return errCutJSON
		}
		if b[i] != ':' {
			return errNotJSON
		}
		i = space(b, i+1)
		if end, err = skip(b, i); err != nil {
			return err
		}
		if !fn(key, b[i:end]) {
			return nil
		}
		if i = space(b, end); i >= len(b) {
			return errCutJSON
		}
		switch b[i] {
		case '}':
			return nil
		case ',':
			i = space(b, i+1)
		default:
			return errNotJSON
		}
	}
}

// items calls fn with every element of the array in b until fn returns false. Anything but an array has none.
func items(b []byte, fn func(val []byte) bool) error {
	i := space(b, 0)
	if i >= len(b) || b[i] != '[' {
		return nil
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == ']' {
		return nil
	}
	for {
		end, err := skip(b, i)
		if err != nil {
			return err
		}
		if !fn(b[i:end]) {
			return nil
		}
		if i = space(b, end); i >= len(b) {
			return errCutJSON
		}
		switch b[i] {
		case ']':
			return nil
		case ',':
			i = space(b, i+1)
		default:
			return errNotJSON
		}
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skip returns where the value that starts at i ends.
func skip(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, errCutJSON
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	end := i
	for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' && space(b, end) == end {
		end++
	}
	if !scalar(b[i:end]) {
		return 0, errNotJSON
	}
	return end, nil
}

// skipNested checks brackets, strings and scalars, but not that commas and colons are where they belong: each and items
// do that for the levels that are read.
func skipNested(b []byte, i int) (int, error) {
	var open [maxDepth]byte
	depth := 0
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			end, err := skipString(b, i)
			if err != nil {
				return 0, err
			}
			i = end
			continue
		case '{', '[':
			if depth == maxDepth {
				return 0, errNotJSON
			}
			open[depth] = c + 2 // '}' is '{'+2, ']' is '['+2
			depth++
		case '}', ']':
			if depth--; open[depth] != c {
				return 0, errNotJSON
			}
			if depth == 0 {
				return i + 1, nil
			}
		case ',', ':', ' ', '\n', '\r', '\t':
		default:
			end, err := skip(b, i)
			if err != nil && len(b)-i < len("false") {
				err = errCutJSON // a scalar that the end of the bytes has cut
			}
			if err != nil {
				return 0, err
			}
			i = end
			continue
		}
		i++
	}
	return 0, errCutJSON
}

func scalar(b []byte) bool {
	switch string(b) {
	case "true", "false", "null":
		return true
	case "":
		return false
	}
	_, err := strconv.ParseFloat(string(b), 64)
	return err == nil || string(b) == "NaN" || errors.Is(err, strconv.ErrRange)
}

func skipString(b []byte, i int) (int, error) {
	for j := i + 1; j < len(b); {
		n := bytes.IndexByte(b[j:], '"')
		if n < 0 {
			return 0, errCutJSON
		}
		j += n
		slashes := 0
		for k := j - 1; k > i && b[k] == '\\'; k-- {
			slashes++
		}
		if j++; slashes%2 == 0 {
			return j, nil
		}
	}
	return 0, errCutJSON
}

// complete tells whether b is one whole object or array, with nothing but space around it.
func complete(b []byte) bool {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' && b[i] != '[' {
		return false
	}
	end, err := skipNested(b, i)
	return err == nil && space(b, end) == len(b)
}

// str is the text of a value: a string unquoted, a number or a boolean as written, "" for null, objects and arrays.
func str(val []byte) string {
	if len(val) == 0 {
		return ""
	}
	switch val[0] {
	case '"':
		s := val[1 : len(val)-1]
		if bytes.IndexByte(s, '\\') < 0 {
			return string(s)
		}
		return unescape(s)
	case '{', '[', 'n':
		return ""
	}
	return string(val)
}

func unescape(s []byte) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, n := hexRune(s[i-1:])
			out = utf8.AppendRune(out, r)
			i += n - 2
		default: // a quote, a slash, or an escape that JSON does not know
			out = append(out, s[i])
		}
	}
	return string(out)
}

// hexRune reads \uXXXX, or a surrogate pair of them, at the start of s; n is how many bytes it took.
func hexRune(s []byte) (r rune, n int) {
	one := func(b []byte) rune {
		if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
			return -1
		}
		v, err := strconv.ParseUint(string(b[2:6]), 16, 32)
		if err != nil {
			return -1
		}
		return rune(v)
	}
	r = one(s)
	if r < 0 {
		return utf8.RuneError, 2
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low := one(s[6:]); low >= 0 {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// num is the number of a value, also of one in quotes; 0 for anything else.
func num(val []byte) float64 {
	f, err := strconv.ParseFloat(str(val), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

func integer(val []byte) int { return int(num(val)) }

func truth(val []byte) bool { return str(val) == "true" }

func isNull(val []byte) bool { return len(val) == 0 || val[0] == 'n' }

func isObject(val []byte) bool { return len(val) > 0 && val[0] == '{' }

// field is one member of an object, nil if it has none of that name.
func field(obj []byte, name string) []byte {
	var found []byte
	_ = each(obj, func(k, v []byte) bool { // what is no object has no members
		if string(k) == name {
			found = v
		}
		return found == nil
	})
	return found
}

// inside is a member of a member.
func inside(obj []byte, names ...string) []byte {
	for _, n := range names {
		obj = field(obj, n)
	}
	return obj
}

// encode is JSON without HTML escapes, which some servers do not undo.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
