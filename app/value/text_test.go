package value_test

import (
	"encoding/json"
	"math"
	"testing"

	"islet/app"
	"islet/app/value"
)

func TestText_followsPython(t *testing.T) {
	image := app.Attachment{Kind: "image", Name: "猫.png", URL: "/files/1"}
	doc := app.Attachment{Kind: "document", URL: "/files/2"}
	for _, c := range []struct {
		value          any
		text, markdown string
	}{
		{"a", "a", "a"},
		{nil, "", ""},
		{true, "True", "True"},
		{false, "False", "False"},
		{7, "7", "7"},
		{int64(-7), "-7", "-7"},
		{json.Number("12"), "12", "12"},
		{json.Number("12.0"), "12.0", "12.0"},
		{1.0, "1.0", "1.0"},
		{0.1, "0.1", "0.1"},
		{1e16, "1e+16", "1e+16"},
		{1e15, "1000000000000000.0", "1000000000000000.0"},
		{0.0001, "0.0001", "0.0001"},
		{0.00001, "1e-05", "1e-05"},
		{math.NaN(), "nan", "nan"},
		{math.Inf(1), "inf", "inf"},
		{math.Inf(-1), "-inf", "-inf"},
		{map[string]any{"type": "greeting"}, `{"type": "greeting"}`, "{\n  \"type\": \"greeting\"\n}"},
		{map[string]any{"b": []any{1, nil}, "a": "<你>"}, `{"a": "<你>", "b": [1, null]}`, "{\n  \"a\": \"<你>\",\n  \"b\": [\n    1,\n    null\n  ]\n}"},
		{map[string]any{}, "{}", "{}"},
		{[]any{}, "", ""},
		{[]any{"a", "b"}, `["a", "b"]`, "- a\n- b"},
		{[]string{"a", "b"}, `["a", "b"]`, "- a\n- b"},
		{[]any{1, 2.5}, "[1, 2.5]", "- 1\n- 2.5"},
		{[]any{true}, "[True]", "- True"},
		{[]any{nil}, "[None]", "- None"},
		{[]any{map[string]any{"a": "x"}}, "[{'a': 'x'}]", "- {'a': 'x'}"},
		{[]any{[]any{"it's"}, "q"}, `[["it's"], 'q']`, "- [\"it's\"]\n- q"},
		{[]any{1, "both ' and \" \n"}, `[1, 'both \' and " \n']`, "- 1\n- both ' and \" \n"},
		{image, "", "![猫.png](/files/1)"},
		{[]app.Attachment{image, doc}, "", "![猫.png](/files/1)\n[/files/2](/files/2)"},
	} {
		if got := value.Text(c.value); got != c.text {
			t.Errorf("Text(%#v) = %q, want %q", c.value, got, c.text)
		}
		if got := value.Markdown(c.value); got != c.markdown {
			t.Errorf("Markdown(%#v) = %q, want %q", c.value, got, c.markdown)
		}
	}
}
