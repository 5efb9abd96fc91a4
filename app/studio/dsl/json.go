package dsl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"islet/app/value"
)

// readJSON reads one JSON value as value.Decode does, but leaves objects that look like a file what they are: a file's text
// must come back as it was.
func readJSON(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := jsonValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func jsonValue(d *json.Decoder, depth int) (any, error) {
	if depth > value.MaxDepth {
		return nil, errors.New("nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch x := t.(type) {
	case json.Number:
		return value.Number(string(x)), nil
	case json.Delim:
		if x == '[' {
			return jsonList(d, depth)
		}
		return jsonObject(d, depth)
	}
	return t, nil
}

func jsonList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := jsonValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

func jsonObject(d *json.Decoder, depth int) (any, error) {
	o := value.NewObject()
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := jsonValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.Set(k.(string), v)
	}
	_, err := d.Token()
	return o, err
}

// tree is a Go value as the tree that readJSON makes of its JSON.
func tree(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // only of values that JSON has no word for, and settings hold none
	}
	t, err := readJSON(raw)
	if err != nil {
		return nil
	}
	return t
}

// same tells whether two values say the same. Numbers are compared as numbers, and what is empty equals what is absent:
// a trip through a browser turns 1.0 into 1 and may drop an empty list.
func same(a, b any) bool {
	if blank(a) && blank(b) {
		return true
	}
	if x, ok := value.Float(a); ok {
		y, ok := value.Float(b)
		return ok && x == y
	}
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case *value.Object:
		y, ok := b.(*value.Object)
		return ok && within(x, y) && within(y, x)
	}
	if _, ok := b.([]any); ok {
		return false
	}
	return a == b
}

// within tells whether y says everything that x says.
func within(x, y *value.Object) bool {
	for k, v := range x.All() {
		if w, _ := y.Get(k); !same(v, w) {
			return false
		}
	}
	return true
}

func blank(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case []any:
		return len(x) == 0
	case *value.Object:
		return x == nil || x.Len() == 0
	}
	return false
}

// equal is same for Go values.
func equal(a, b any) bool { return same(tree(a), tree(b)) }
