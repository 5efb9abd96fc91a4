// Package openapi makes tools of OpenAPI 3 and Swagger 2 documents: each operation is one, and its parameters and the fields
// of its body are the tool's.
//
// It reads the tree of a document itself and not through a library for its types: one reader then serves all versions, a
// document that breaks a rule which calls do not depend on still gives its tools, and every step is bounded by construction.
// A document comes from strangers: nothing outside of it is ever read, and what it can make grow is counted.
package openapi

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"islet/app"
	"islet/app/value"
)

// The limits of a document.
const (
	MaxBytes  = 5 << 20
	maxMarks  = 400_000 // characters that may begin a value of YAML
	maxValues = 400_000 // with what aliases repeat
	maxDepth  = 100
	maxTools  = 500
)

func invalid(en, zh string, args ...any) *app.Error {
	return app.Errorf(app.Invalid, "openapi_invalid", en, zh, args...)
}

// tree reads JSON or YAML.
func tree(raw []byte) (*value.Object, error) {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	switch {
	case len(raw) == 0:
		return nil, invalid("the document is empty; paste the whole text or choose a file", "文档为空；请粘贴完整内容或选择文件")
	case len(raw) > MaxBytes:
		return nil, invalid("the document is larger than %d MB", "文档超过 %d MB", MaxBytes>>20)
	case !utf8.Valid(raw):
		return nil, invalid("the document is not UTF-8 text", "文档不是 UTF-8 文本")
	}
	var v any
	var err error
	if raw[0] == '{' {
		if v, err = value.Decode(raw); err != nil {
			return nil, invalid("the document is not valid JSON: %s", "文档不是有效的 JSON：%s", err.Error())
		}
	} else if v, err = readYAML(raw); err != nil {
		return nil, err
	}
	o, ok := value.Fields(v)
	if !ok {
		return nil, invalid("this is no OpenAPI document; it begins with openapi: 3.… or swagger: \"2.0\"", "这不是 OpenAPI 文档；文档应以 openapi: 3.… 或 swagger: \"2.0\" 开头")
	}
	return o, nil
}

func readYAML(raw []byte) (any, error) {
	if n := bytes.Count(raw, []byte{'\n'}) + bytes.Count(raw, []byte{','}) + bytes.Count(raw, []byte{'['}) + bytes.Count(raw, []byte{'{'}) + bytes.Count(raw, []byte(": ")); n > maxMarks {
		return nil, invalid("the document holds more than can be read", "文档内容过多，无法读取")
	}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(raw)).Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, invalid("the document is empty; paste the whole text or choose a file", "文档为空；请粘贴完整内容或选择文件")
		}
		say := strings.TrimPrefix(err.Error(), "yaml: ")
		return nil, invalid("the document is not valid YAML: %s", "文档不是有效的 YAML：%s", say)
	}
	r := yamlReader{left: maxValues}
	return r.value(&doc, 0)
}

type yamlReader struct{ left int }

func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if r.left--; r.left < 0 || depth > maxDepth {
		return nil, invalid("the document is nested too deeply, or its aliases repeat too much", "文档嵌套过深，或别名展开的内容过多")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil //nolint:nilnil // an empty document is null
		}
		return r.value(n.Content[0], depth)
	case yaml.AliasNode:
		return r.value(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := r.value(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		o := &value.Object{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := r.value(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			o.Set(n.Content[i].Value, v)
		}
		return o, nil
	}
	return scalar(n), nil
}

// scalar is a single value of YAML; dates stay text.
func scalar(n *yaml.Node) any {
	var b bool
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		var i int64
		if n.Decode(&i) == nil {
			return i
		}
	case "!!float":
		var f float64
		if n.Decode(&f) == nil && f == f && f-f == 0 {
			return f
		}
	}
	return n.Value
}

// at follows a path of keys down a tree.
func at(o *value.Object, keys ...string) any {
	for i, k := range keys {
		if o == nil {
			return nil
		}
		v, _ := o.Get(k)
		if i == len(keys)-1 {
			return v
		}
		o, _ = value.Fields(v)
	}
	return nil
}

func object(o *value.Object, keys ...string) *value.Object {
	f, _ := value.Fields(at(o, keys...))
	return f
}

func list(o *value.Object, keys ...string) []any {
	l, _ := value.List(at(o, keys...))
	return l
}

func str(o *value.Object, keys ...string) string {
	switch v := at(o, keys...).(type) {
	case string:
		return v
	case int64, float64: // swagger: 2.0 without quotes
		return value.Str(v)
	}
	return ""
}

func truth(o *value.Object, keys ...string) bool {
	b, _ := at(o, keys...).(bool)
	return b
}
