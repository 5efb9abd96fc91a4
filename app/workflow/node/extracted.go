package node

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/value"
)

// extracted is one value that an extractor looks for, as Dify writes it.
type extracted struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Options     []string `json:"options"`
	Description string   `json:"description"`
	Required    bool     `json:"required"`
}

// extractedTypes are the types of value, with what an array holds.
var extractedTypes = map[string]string{"string": "", "number": "", "boolean": "",
	"array[string]": "string", "array[number]": "number", "array[object]": "object", "array[boolean]": "boolean"}

// settle turns old names of types into those of today, and says what cannot be.
func (p *extracted) settle() error {
	switch p.Type {
	case "bool":
		p.Type = "boolean"
	case "select":
		p.Type = "string"
	}
	switch _, ok := extractedTypes[p.Type]; {
	case p.Name == "":
		return app.Errorf(app.Invalid, "parameter_without_name", "a parameter has no name", "有参数没有名称")
	case p.Name == extractReason || p.Name == extractSuccess || p.Name == extractUsage:
		return app.Errorf(app.Invalid, "parameter_name_reserved", "the name %q is reserved; choose another one", "名称“%s”是保留名称；请换一个", p.Name)
	case !ok:
		return app.Errorf(app.Invalid, "parameter_type_unknown", "the parameter %q is of the type %q, which does not exist", "参数“%s”的类型“%s”不存在", p.Name, p.Type)
	}
	return nil
}

// schema is the JSON schema of the value.
func (p *extracted) schema() *value.Object {
	o := &value.Object{}
	if items := extractedTypes[p.Type]; items != "" {
		o.Set("type", "array")
		o.Set("items", value.NewObject("type", items))
	} else {
		o.Set("type", p.Type)
	}
	if p.Description != "" {
		o.Set("description", p.Description)
	}
	if len(p.Options) > 0 {
		o.Set("enum", p.Options)
	}
	return o
}

// check tells whether v is what was asked for. The words are Dify's, because graphs may compare them.
func (p *extracted) check(v any) error {
	if items := extractedTypes[p.Type]; items != "" {
		list, ok := value.List(v)
		if !ok {
			return fmt.Errorf("Invalid array value for parameter %s", p.Name) //nolint:staticcheck
		}
		for _, e := range list {
			if kindOf(e) != items {
				return fmt.Errorf("Invalid array value for parameter %s", p.Name) //nolint:staticcheck
			}
		}
		return nil
	}
	if kindOf(v) != p.Type {
		return fmt.Errorf("Invalid %s value for parameter %s", p.Type, p.Name) //nolint:staticcheck
	}
	if s, _ := v.(string); len(p.Options) > 0 && !slices.Contains(p.Options, s) {
		return fmt.Errorf("Invalid `select` value for parameter %s", p.Name) //nolint:staticcheck
	}
	return nil
}

// kindOf is the type of a value in the words of extractors.
func kindOf(v any) string {
	switch t := value.Type(v); t {
	case "integer", "float":
		return "number"
	default:
		return t
	}
}

// convert makes a value of the type of whatever the model gave; the type's default where that cannot be.
func (p *extracted) convert(v any) any {
	items := extractedTypes[p.Type]
	if items == "" {
		if c, ok := converted(p.Type, v); ok {
			return c
		}
		switch p.Type {
		case "number":
			return 0
		case "boolean":
			return false
		}
		return ""
	}
	list, _ := value.List(v)
	out := []any{}
	for _, e := range list {
		if c, ok := converted(items, e); ok {
			out = append(out, c)
		}
	}
	return out
}

// converted is v as a value of a simple type, if it can be one.
func converted(typ string, v any) (any, bool) {
	switch typ {
	case "number":
		return numeric(v)
	case "boolean":
		if b, ok := v.(bool); ok {
			return b, true
		}
		i, ok := value.Int(v)
		return i != 0, ok
	case "string":
		s, ok := v.(string)
		return s, ok
	}
	o, ok := value.Fields(v)
	return o, ok
}

// numeric is a number, a boolean as 1 or 0, or the number that a text writes.
func numeric(v any) (any, bool) {
	switch x := v.(type) {
	case bool:
		if x {
			return 1, true
		}
		return 0, true
	case string:
		s := strings.TrimSpace(x)
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return i, true
		}
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil && finite(f)
	}
	_, ok := value.Float(v)
	return v, ok
}
