package chat_test

import (
	"reflect"
	"strings"
	"testing"

	"islet/app"
	"islet/app/chat"
)

func TestCheckInputs(t *testing.T) {
	text := app.Variable{Name: "x", Label: "Your name", Kind: "text"}
	required := func(v app.Variable) app.Variable { v.Required = true; return v }
	with := func(v app.Variable, change func(*app.Variable)) app.Variable { change(&v); return v }
	number, box := app.Variable{Name: "x", Kind: "number"}, app.Variable{Name: "x", Kind: "checkbox"}
	choice := app.Variable{Name: "x", Kind: "select", Options: []string{"a", "b"}}
	for name, c := range map[string]struct {
		v     app.Variable
		given any // the string "absent" leaves it out
		want  any
		code  string
	}{
		"text":                       {text, "Li", "Li", ""},
		"NUL is dropped":             {text, "a\x00b", "ab", ""},
		"absent optional text":       {text, "absent", "", ""},
		"absent required text":       {required(text), "absent", nil, "input_missing"},
		"blank required text":        {required(text), "  ", nil, "input_missing"},
		"null required text":         {required(text), nil, nil, "input_missing"},
		"required with a default":    {required(with(text, func(v *app.Variable) { v.Default = "d" })), "absent", "d", ""},
		"default":                    {with(text, func(v *app.Variable) { v.Default = "d" }), "absent", "d", ""},
		"text of 256":                {text, strings.Repeat("字", 256), strings.Repeat("字", 256), ""},
		"text of 257":                {text, strings.Repeat("字", 257), nil, "input_too_long"},
		"own limit":                  {with(text, func(v *app.Variable) { v.MaxLength = 3 }), "abcd", nil, "input_too_long"},
		"paragraph without limit":    {app.Variable{Name: "x", Kind: "paragraph"}, strings.Repeat("a", 5000), strings.Repeat("a", 5000), ""},
		"text that is a number":      {text, 3.0, nil, "input_wrong_type"},
		"text that is an object":     {text, map[string]any{"a": 1}, nil, "input_wrong_type"},
		"placeholder in a value":     {text, "{{x}} {{#sys.query#}}", "{{x}} {{#sys.query#}}", ""},
		"option":                     {choice, "b", "b", ""},
		"no option":                  {choice, "c", nil, "input_not_an_option"},
		"optional choice left empty": {choice, "", "", ""},
		"whole number":               {number, 3.0, int64(3), ""},
		"fraction":                   {number, 3.5, 3.5, ""},
		"number as text":             {number, " 42 ", int64(42), ""},
		"fraction as text":           {number, "1e-3", 0.001, ""},
		"empty number":               {number, "", nil, ""},
		"no number":                  {number, "three", nil, "input_not_a_number"},
		"NaN":                        {number, "NaN", nil, "input_not_a_number"},
		"number that is a boolean":   {number, true, nil, "input_not_a_number"},
		"required zero":              {required(number), 0.0, int64(0), ""},
		"checked":                    {box, true, true, ""},
		"checked as text":            {box, "YES", true, ""},
		"unchecked as a number":      {box, 0.0, false, ""},
		"absent required checkbox":   {required(box), "absent", false, ""},
		"checkbox of 2":              {box, 2.0, nil, "input_wrong_type"},
	} {
		given := map[string]any{"undeclared": "dropped"}
		if c.given != "absent" {
			given["x"] = c.given
		}
		got, err := chat.CheckInputs([]app.Variable{c.v}, given)
		if c.code != "" {
			e := app.AsError(err)
			if e == nil || e.Code != c.code || e.Kind != app.Invalid {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			} else if c.v.Label != "" && (!strings.Contains(e.Text.En, c.v.Label) || !strings.Contains(e.Text.Zh, c.v.Label)) {
				t.Errorf("%s: the sentence does not name the variable: %+v", name, e.Text)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, map[string]any{"x": c.want}) {
			t.Errorf("%s: %#v, %v; want %#v", name, got, err, c.want)
		}
	}
}
