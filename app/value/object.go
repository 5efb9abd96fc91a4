package value

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"slices"
)

// Object is a mapping that keeps the order of its keys, as Python's dict does. The zero Object is empty and ready. It is
// changed only by who builds it.
type Object struct {
	keys   []string
	values map[string]any
}

// NewObject makes an object of keys and values in turn: NewObject("a", 1, "b", 2). It panics on a key that is no string.
func NewObject(pairs ...any) *Object {
	o := &Object{}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// Of is a map as an object, keys sorted. Nil gives an empty object.
func Of(m map[string]any) *Object {
	o := &Object{keys: slices.Sorted(maps.Keys(m)), values: m}
	if m == nil {
		o.values = map[string]any{}
	}
	return o
}

// Fields is v as an object, if it is a mapping of either kind.
func Fields(v any) (*Object, bool) {
	switch x := v.(type) {
	case *Object:
		return x, x != nil
	case map[string]any:
		return Of(x), true
	}
	return nil, false
}

// Len counts the keys.
func (o *Object) Len() int { return len(o.keys) }

// Get is the value of a key, and whether the key is there.
func (o *Object) Get(key string) (any, bool) {
	v, ok := o.values[key]
	return v, ok
}

// Set gives a key a value; a new key goes to the end.
func (o *Object) Set(key string, v any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = v
}

// Keys are the keys in order; not to be changed.
func (o *Object) Keys() []string { return o.keys }

// All ranges over keys and values in order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, k := range o.keys {
			if !yield(k, o.values[k]) {
				return
			}
		}
	}
}

// Map is the object without its order. It is not to be changed.
func (o *Object) Map() map[string]any {
	if o.values == nil {
		return map[string]any{}
	}
	return o.values
}

// MarshalJSON writes the keys in order.
func (o *Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoteJSON(k))
		b.WriteByte(':')
		raw, err := Encode(o.values[k])
		if err != nil {
			return nil, err
		}
		b.Write(raw)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object, as Decode does.
func (o *Object) UnmarshalJSON(raw []byte) error {
	v, err := Decode(raw)
	if err != nil {
		return err
	}
	x, ok := v.(*Object)
	if !ok {
		return &json.UnmarshalTypeError{Value: Type(v), Type: nil}
	}
	*o = *x
	return nil
}
