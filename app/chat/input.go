package chat

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/studio"
)

// CheckInputs returns the values of an app's variables as a new conversation keeps them: what was given where it fits, else
// the default, else an empty value. What is given beyond the variables is dropped. An error names the variable by its label.
func CheckInputs(vars []app.Variable, given map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(vars))
	for i := range vars {
		v, err := checkInput(&vars[i], given[vars[i].Name])
		if err != nil {
			return nil, err
		}
		out[vars[i].Name] = v
	}
	return out, nil
}

// keptInputs are the inputs of an older conversation under today's variables: those that came later get their default.
func keptInputs(vars []app.Variable, kept map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for i := range vars {
		v := vars[i]
		v.Required = false
		value, err := checkInput(&v, kept[v.Name])
		if err != nil {
			value, _ = checkInput(&v, nil) // the default was checked when the app was published
		}
		out[v.Name] = value
	}
	return out
}

func checkInput(v *app.Variable, given any) (any, error) {
	if s, ok := given.(string); ok {
		given = strings.ReplaceAll(s, "\x00", "")
	}
	if blank(given) {
		if v.Required && blank(v.Default) && v.Kind != "checkbox" {
			return nil, app.Errorf(app.Invalid, "input_missing", "%q is required", "请填写“%s”", studio.LabelOf(v))
		}
		given = v.Default
	}
	switch v.Kind {
	case "number":
		return checkNumber(v, given)
	case "checkbox":
		return checkBox(v, given)
	}
	return checkText(v, given)
}

func blank(v any) bool {
	s, ok := v.(string)
	return v == nil || ok && strings.TrimSpace(s) == ""
}

func checkText(v *app.Variable, given any) (any, error) {
	if given == nil {
		return "", nil
	}
	s, ok := given.(string)
	if !ok {
		return nil, app.Errorf(app.Invalid, "input_wrong_type", "%q must be text", "“%s”必须是文本", studio.LabelOf(v))
	}
	if v.Kind == "select" {
		if s != "" && !slices.Contains(v.Options, s) {
			return nil, app.Errorf(app.Invalid, "input_not_an_option", "%[1]q must be one of: %[2]s", "“%[1]s”必须是以下选项之一：%[2]s", studio.LabelOf(v), strings.Join(v.Options, ", "))
		}
		return s, nil
	}
	if most := studio.MaxLength(v); most > 0 && utf8.RuneCountInString(s) > most {
		return nil, app.Errorf(app.Invalid, "input_too_long", "%[1]q takes at most %[2]d characters", "“%[1]s”最多 %[2]d 个字符", studio.LabelOf(v), most)
	}
	return s, nil
}

// checkNumber keeps whole numbers whole, so that a prompt says 3 and not 3.0.
func checkNumber(v *app.Variable, given any) (any, error) {
	var text string
	switch x := given.(type) {
	case nil:
		return nil, nil //nolint:nilnil // an empty number is a value of this variable
	case float64:
		text = strconv.FormatFloat(x, 'f', -1, 64)
	case int:
		return int64(x), nil
	case int64:
		return x, nil
	case json.Number:
		text = x.String()
	case string:
		if text = strings.TrimSpace(x); text == "" {
			return nil, nil //nolint:nilnil // as above
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, app.Errorf(app.Invalid, "input_not_a_number", "%q must be a number", "“%s”必须是数字", studio.LabelOf(v))
	}
	return f, nil
}

func checkBox(v *app.Variable, given any) (any, error) {
	switch x := given.(type) {
	case nil:
		return false, nil
	case bool:
		return x, nil
	case float64:
		if x == 0 || x == 1 {
			return x == 1, nil
		}
	case string:
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true", "1", "yes", "on":
			return true, nil
		case "false", "0", "no", "off", "":
			return false, nil
		}
	}
	return nil, app.Errorf(app.Invalid, "input_wrong_type", "%q must be true or false", "“%s”必须是 true 或 false", studio.LabelOf(v))
}
