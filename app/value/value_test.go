package value_test

import (
	"encoding/json"
	"strings"
	"testing"

	"islet/app"
	"islet/app/value"
)

func TestDecode_keepsOrderAndKinds(t *testing.T) {
	const raw = `{"z":1,"a":1.0,"list":[1,2.5,"x",null,true],"deep":{"b":{},"a":[]},"big":123456789012345678901234567890,"e":1e3}`
	v, err := value.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := value.Literal(v), `{'z': 1, 'a': 1.0, 'list': [1, 2.5, 'x', None, True], 'deep': {'b': {}, 'a': []}, 'big': 123456789012345678901234567890, 'e': 1000.0}`; got != want {
		t.Errorf("repr: %s, want %s", got, want)
	}
	back, err := value.Encode(v)
	if err != nil || string(back) != strings.Replace(raw, "1e3", "1000.0", 1) {
		t.Errorf("Encode = %s, %v", back, err)
	}
	marshaled, err := json.Marshal(map[string]any{"v": v})
	if err != nil || !strings.HasPrefix(string(marshaled), `{"v":{"z":1,"a":1.0,`) {
		t.Errorf("json.Marshal = %s, %v", marshaled, err)
	}
}

func TestDecode_refuses(t *testing.T) {
	for _, raw := range []string{"", "{", "[1", "1 2", "nul", `{"a" 1}`, strings.Repeat("[", 5000) + strings.Repeat("]", 5000)} {
		if v, err := value.Decode([]byte(raw)); err == nil {
			t.Errorf("Decode(%.20q) = %v", raw, v)
		}
	}
}

func TestFiles_comeBackFromTheirForm(t *testing.T) {
	f := app.Attachment{ID: "1", Kind: "image", Method: "local_file", File: "2", Name: "猫.PNG", Size: 7, MIME: "image/png", URL: "/v1/files/2/preview"}
	raw, err := value.Encode(map[string]any{"one": f, "many": []app.Attachment{f, f}, "none": []app.Attachment{}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := value.DecodeMap(raw)
	if err != nil {
		t.Fatal(err)
	}
	if m["one"] != f {
		t.Errorf("one file: %+v", m["one"])
	}
	if many, ok := m["many"].([]app.Attachment); !ok || len(many) != 2 || many[1] != f {
		t.Errorf("many files: %+v", m["many"])
	}
	if !strings.Contains(string(raw), `"dify_model_identity":"__dify__file__"`) {
		t.Errorf("form: %s", raw)
	}
}

func TestType_namesWhatDifyWould(t *testing.T) {
	for want, v := range map[string]any{
		"none": nil, "boolean": true, "integer": 1, "float": 1.5, "string": "", "object": value.NewObject("a", 1),
		"array[any]": []any{}, "array[number]": []any{int64(1), 2.5}, "array[string]": []any{"a"}, "array[object]": []any{map[string]any{}},
		"array[boolean]": []any{true}, "array[file]": []app.Attachment{}, "file": app.Attachment{},
	} {
		if got := value.Type(v); got != want {
			t.Errorf("Type(%v) = %s, want %s", v, got, want)
		}
	}
	for _, v := range []any{[]any{1, "a"}, []any{nil}, []any{[]any{}}, []any{true, 1}} {
		if got := value.Type(v); got != "array[any]" {
			t.Errorf("Type(%v) = %s", v, got)
		}
	}
}

func TestEqualAndTruth_followPython(t *testing.T) {
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{1, 1.0, true}, {int64(1), true, true}, {"1", 1, false}, {nil, false, false}, {nil, nil, true}, {"a", "a", true},
		{[]any{1, "a"}, []any{1.0, "a"}, true}, {[]any{1}, []any{1, 2}, false}, {[]string{"a"}, []any{"a"}, true},
		{value.NewObject("a", 1, "b", 2), map[string]any{"b": 2, "a": 1}, true}, {map[string]any{}, []any{}, false},
	} {
		if got := value.Equal(c.a, c.b); got != c.want {
			t.Errorf("Equal(%v, %v) = %v", c.a, c.b, got)
		}
	}
	for _, v := range []any{nil, false, "", 0, 0.0, []any{}, map[string]any{}, &value.Object{}, []app.Attachment{}, json.Number("0")} {
		if value.Truth(v) {
			t.Errorf("Truth(%v)", v)
		}
	}
	for _, v := range []any{true, "0", 1, -0.5, []any{nil}, map[string]any{"a": nil}, app.Attachment{}} {
		if !value.Truth(v) {
			t.Errorf("not Truth(%v)", v)
		}
	}
}

func TestDecodeMap_readsAgainWhatWasLetInDeep(t *testing.T) {
	deep := strings.Repeat("[", value.MaxDepth-1) + strings.Repeat("]", value.MaxDepth-1)
	v, err := value.Decode([]byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := value.Encode(map[string]any{"in": map[string]any{"some": []any{map[string]any{"more": v}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := value.DecodeMap(raw); err != nil {
		t.Errorf("what was stored cannot be read: %v", err)
	}
	if !value.Deeper(v, 100) || value.Deeper(v, value.MaxDepth) || value.Deeper(map[string]any{"a": []any{1}}, 2) {
		t.Error("Deeper is wrong")
	}
}
