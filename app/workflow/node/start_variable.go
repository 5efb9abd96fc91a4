package node

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"islet/app"
	"islet/app/value"
)

// variable is one declared input, as Dify writes it.
type variable struct {
	Name       string          `json:"variable"`
	Label      string          `json:"label"`
	Type       string          `json:"type"`
	Required   bool            `json:"required"`
	Default    json.RawMessage `json:"default"`
	MaxLength  int             `json:"max_length"` // characters, or files
	Options    []string        `json:"options"`
	Kinds      []string        `json:"allowed_file_types"`
	Extensions *[]string       `json:"allowed_file_extensions"` // of files of other kinds; nil allows all, an empty list none
	Methods    []string        `json:"allowed_file_upload_methods"`
	Schema     json.RawMessage `json:"json_schema"`

	standard any // Default, read
	schema   *jsonschema.Schema
}

// The types of variable.
const (
	textInput = "text-input"
	paragraph = "paragraph"
	choice    = "select"
	number    = "number"
	checkbox  = "checkbox"
	oneFile   = "file"
	manyFiles = "file-list"
	jsonInput = "json_object"
	external  = "external_data_tool"
)

// parse reads what the declaration holds beside plain settings.
func (v *variable) parse() error {
	if !slices.Contains([]string{textInput, paragraph, choice, number, checkbox, oneFile, manyFiles, jsonInput, external}, v.Type) {
		return app.Errorf(app.Invalid, "variable_type_unknown", "the input field %q is of the type %q, which this version of islet does not know",
			"输入字段“%s”的类型“%s”不受当前版本的 islet 支持", v.label(), v.Type)
	}
	if len(v.Default) > 0 && v.Type != oneFile && v.Type != manyFiles {
		var err error
		if v.standard, err = value.Decode(v.Default); err != nil {
			return err
		}
	}
	if v.Type != jsonInput {
		return nil
	}
	if s, ok := v.standard.(string); ok { // the editor of Dify keeps it as text
		v.standard, _ = value.Decode([]byte(s)) // what is no JSON is no default
	}
	return v.parseSchema()
}

func (v *variable) label() string {
	if v.Label != "" {
		return v.Label
	}
	return v.Name
}

// value checks x against the declaration.
func (v *variable) value(x any) (any, error) {
	if x == nil {
		return nil, nil //nolint:nilnil // null is a value of an optional input
	}
	switch v.Type {
	case number:
		return v.number(x)
	case checkbox:
		return v.plain(truth(x))
	case oneFile, manyFiles:
		return v.files(x)
	case jsonInput:
		return v.object(x)
	}
	s, ok := x.(string)
	if !ok {
		return nil, v.invalid("input_not_text", "%q must be text", "“%s”必须是文本")
	}
	s = strings.ReplaceAll(s, "\x00", "")
	if v.Type == choice {
		if s != "" && !slices.Contains(v.Options, s) {
			return nil, v.invalid("input_not_an_option", "%q must be one of: %s", "“%s”必须是以下选项之一：%s", strings.Join(v.Options, ", "))
		}
		return s, nil
	}
	if v.MaxLength > 0 && utf8.RuneCountInString(s) > v.MaxLength {
		return nil, v.invalid("input_too_long", "%q must be at most %d characters long", "“%s”不能超过 %d 个字符", v.MaxLength)
	}
	return s, nil
}

// number accepts numbers and their texts; a blank text is none. JSON as Go reads it does not tell 5 from 5.0, so every whole
// number becomes an integer; Dify keeps the text "5.0" a float.
func (v *variable) number(x any) (any, error) {
	switch n := x.(type) {
	case int, int64:
		return n, nil
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), nil
		}
		return n, nil
	case json.Number:
		return v.number(string(n))
	case string:
		n = strings.TrimSpace(n)
		if n == "" {
			return nil, nil //nolint:nilnil // null is a value of an optional input
		}
		if i, err := strconv.ParseInt(n, 10, 64); err == nil {
			return i, nil
		}
		if f, err := strconv.ParseFloat(n, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return v.number(f)
		}
	}
	return nil, v.invalid("input_not_a_number", "%q must be a number", "“%s”必须是数字")
}

// truth makes a boolean of what forms send; anything else stays.
func truth(x any) any {
	if s, ok := x.(string); ok {
		switch strings.ToLower(s) {
		case "true", "1", "yes", "on":
			return true
		case "false", "0", "no", "off":
			return false
		}
	}
	if f, ok := value.Float(x); ok && (f == 0 || f == 1) {
		return f == 1
	}
	return x
}

// plain refuses objects, which only files and JSON inputs may be.
func (v *variable) plain(x any) (any, error) {
	list, _ := value.List(x)
	for _, e := range append(list[:len(list):len(list)], x) {
		_, isFile := e.(app.Attachment)
		if _, isObject := value.Fields(e); isObject || isFile {
			return nil, v.invalid("input_not_plain", "%q must not be an object or a file", "“%s”不能是对象或文件")
		}
	}
	if s, ok := x.(string); ok {
		return strings.ReplaceAll(s, "\x00", ""), nil
	}
	return x, nil
}

// object wants an object. What is empty in another way passes, as in Dify.
func (v *variable) object(x any) (any, error) {
	if _, ok := value.Fields(x); !ok && value.Truth(x) {
		return nil, v.invalid("input_not_an_object", "%q must be a JSON object", "“%s”必须是 JSON 对象")
	}
	return x, nil
}

func (v *variable) missing() error {
	return v.invalid("input_missing", "%q is required", "请填写“%s”")
}

func (v *variable) invalid(code, en, zh string, args ...any) error {
	return app.Errorf(app.Invalid, code, en, zh, append([]any{v.label()}, args...)...)
}
