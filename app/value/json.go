package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"islet/app"
)

// MaxDepth is how deep Decode goes into a value. What is deeper is an error, not a crash.
const MaxDepth = 1000

// storedDepth is how deep DecodeMap goes: what was let in stands within other values when it is read again.
const storedDepth = 2 * MaxDepth

// Decode reads one JSON value: whole numbers become int64, numbers with a fraction or an exponent float64, and whole
// numbers that do not fit json.Number; objects keep the order of their keys; an object that is a file in Dify's form becomes
// an app.Attachment, and a list of nothing but files an []app.Attachment.
func Decode(raw []byte) (any, error) { return decodeAll(raw, MaxDepth) }

func decodeAll(raw []byte, depth int) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := decode(d, depth)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// DecodeMap is Decode for an object whose order does not matter at the top: the variables of a node. Null is an empty map.
func DecodeMap(raw []byte) (map[string]any, error) {
	v, err := decodeAll(raw, storedDepth)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return map[string]any{}, nil
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("%s where an object is wanted", Type(v))
	}
	return o.Map(), nil
}

// decode reads the next value, left levels deep at most.
func decode(d *json.Decoder, left int) (any, error) {
	if left < 0 {
		return nil, errors.New("nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch x := t.(type) {
	case json.Delim:
		if x == '{' {
			return decodeObject(d, left)
		}
		return decodeList(d, left)
	case json.Number:
		return Number(string(x)), nil
	}
	return t, nil
}

func decodeObject(d *json.Decoder, left int) (any, error) {
	o := &Object{values: map[string]any{}}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := decode(d, left-1)
		if err != nil {
			return nil, err
		}
		o.Set(k.(string), v)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if o.values[fileMark] == fileIdentity {
		return file(o), nil
	}
	return o, nil
}

func decodeList(d *json.Decoder, left int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := decode(d, left-1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if len(list) == 0 || !all[app.Attachment](list) {
		return list, nil
	}
	files := make([]app.Attachment, len(list))
	for i := range list {
		files[i] = list[i].(app.Attachment)
	}
	return files, nil
}

// Number reads a number as JSON writes it; see Decode for what it becomes.
func Number(s string) any {
	if !strings.ContainsAny(s, ".eE") {
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return i
		}
		return json.Number(s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return json.Number(s)
	}
	return f
}

// Encode writes a value so that Decode gives it back: a float always has a fraction or an exponent, files have Dify's form.
// A float that JSON has no word for (NaN, infinity) becomes null.
func Encode(v any) ([]byte, error) { return appendValue(nil, v) }

func appendValue(b []byte, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case string:
		return append(b, quoteJSON(x)...), nil
	case int:
		return strconv.AppendInt(b, int64(x), 10), nil
	case int64:
		return strconv.AppendInt(b, x, 10), nil
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return append(b, "null"...), nil
		}
		return append(b, FloatText(x)...), nil
	case map[string]any:
		return appendObject(b, Of(x))
	case *Object:
		return appendObject(b, x)
	case []any:
		return appendList(b, x)
	case []string:
		return appendList(b, anys(x))
	case app.Attachment:
		return appendObject(b, FileObject(&x))
	case []app.Attachment:
		return appendList(b, files(x))
	}
	raw, err := json.Marshal(v)
	return append(b, raw...), err
}

func appendObject(b []byte, o *Object) (_ []byte, err error) {
	b = append(b, '{')
	for i, k := range o.keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quoteJSON(k)...), ':')
		if b, err = appendValue(b, o.values[k]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func appendList(b []byte, list []any) (_ []byte, err error) {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendValue(b, e); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}
