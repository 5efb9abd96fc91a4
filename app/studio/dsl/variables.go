package dsl

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"

	"islet/app"
	"islet/app/value"
)

// variable is one variable of a graph, of the environment or of conversations, as a file has it.
type variable struct {
	id, name, description, typ string
	value                      any
}

// secretType is the type of variables that are never shown.
const secretType = "secret"

// variableTypes are the types that Dify's loader accepts.
var variableTypes = []string{"string", secretType, "number", "integer", "float", "boolean", "object", "array[string]", "array[number]", "array[object]", "array[boolean]"}

const (
	maxValue   = 200 << 10 // bytes of a variable's value, as in Dify
	maxComment = 255       // characters of a conversation variable's description, as in Dify
)

// checkVariables says which variable Dify's loader would refuse.
func (f *File) checkVariables() error {
	for _, group := range []struct {
		en, zh string
		list   []any
		env    bool
	}{{"environment", "环境", f.Environment, true}, {"conversation", "会话", f.Conversation, false}} {
		for i, e := range group.list {
			o, _ := e.(*value.Object)
			why := refusedBecause(o, group.env)
			if why.En != "" {
				return invalid("%[1]s variable %[3]d (%[4]q): %[5]s", "第 %[3]d 个%[2]s变量（%[4]q）：%[6]s", group.en, group.zh, i+1, clip(textOf(o, "name")), why.En, why.Zh)
			}
		}
	}
	return nil
}

// refusedBecause is why a variable cannot be loaded; nothing where it can.
func refusedBecause(o *value.Object, env bool) app.Text {
	typ := textOf(o, "value_type")
	v, _ := get(o, "value")
	switch {
	case textOf(o, "name") == "":
		return app.Text{En: "missing name", Zh: "缺少名称"}
	case env && textOf(o, "id") == "":
		return app.Text{En: "environment variable require a unique id", Zh: "环境变量必须有唯一的 id"}
	case typ == "":
		return app.Text{En: "missing value type", Zh: "缺少类型（value_type）"}
	case !slices.Contains(variableTypes, typ):
		return app.Textf("not supported value type %s", "不支持的类型 %s", clip(typ))
	case v == nil:
		return app.Text{En: "missing value", Zh: "缺少值"}
	case !fits(typ, v):
		return app.Textf("invalid %s value", "值不符合类型 %s", typ)
	case !env && utf8.RuneCountInString(textOf(o, "description")) > maxComment:
		return app.Textf("the description has more than %d characters", "描述超过 %d 个字符", maxComment)
	}
	if raw, err := value.Encode(v); err != nil || len(raw) > maxValue {
		return app.Textf("the value is larger than %d KiB", "值超过 %d KiB", maxValue>>10)
	}
	return app.Text{}
}

// fits tells whether a value is of a type.
func fits(typ string, v any) bool {
	switch typ {
	case "string", secretType:
		_, ok := v.(string)
		return ok
	case "number", "integer", "float":
		_, ok := value.Float(v)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "object":
		_, ok := v.(*value.Object)
		return ok
	}
	list, ok := v.([]any)
	if !ok {
		return false
	}
	of := typ[len("array[") : len(typ)-1]
	for _, e := range list {
		if !fits(of, e) {
			return false
		}
	}
	return true
}

// variableOf reads an entry of one of the two lists.
func variableOf(e any) variable {
	o, _ := e.(*value.Object)
	v, _ := get(o, "value")
	return variable{id: textOf(o, "id"), name: textOf(o, "name"), description: textOf(o, "description"), typ: textOf(o, "value_type"), value: v}
}

func environment(list []any, seal func(string) []byte) []app.EnvVariable {
	var out []app.EnvVariable
	for _, e := range list {
		v := variableOf(e)
		env := app.EnvVariable{ID: v.id, Name: v.name, Description: v.description, Type: v.typ, Value: exact(v.value)}
		if v.typ == secretType {
			env.Value = ""
			if s := text(v.value); s != "" && seal != nil {
				env.Sealed = seal(s)
			}
		}
		out = append(out, env)
	}
	return out
}

func conversation(list []any) []app.ConvVariable {
	var out []app.ConvVariable
	taken := map[string]bool{}
	for _, e := range list {
		v := variableOf(e)
		id := uuidOf(v.id, v.name, taken)
		if v.typ == secretType {
			v.value = ""
		}
		out = append(out, app.ConvVariable{ID: id, Name: v.name, Description: v.description, Type: v.typ, Value: exact(v.value)})
	}
	return out
}

// exact is a value whose floats stay floats in the store: 5.0 does not become 5.
func exact(v any) any {
	switch x := v.(type) {
	case float64:
		raw, err := value.Encode(x)
		if err != nil {
			return v // a float always encodes
		}
		return json.Number(raw)
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = exact(x[i])
		}
		return list
	}
	return v // an object writes its own
}

// uuidOf is the id under which islet knows a conversation variable: the file's own where that is a UUID, else one that is
// always the same for the same file, so that importing it again finds the values of conversations.
func uuidOf(id, name string, taken map[string]bool) string {
	if u, err := app.ParseID(id); err == nil && !taken[string(u)] {
		taken[string(u)] = true
		return string(u)
	}
	if id == "" {
		id = "name " + name
	}
	for {
		id = "islet:" + id
		u := uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String()
		if !taken[u] {
			taken[u] = true
			return u
		}
	}
}

// withoutSecrets blanks the values of secrets in a list of variables.
func withoutSecrets(list []any) {
	for _, e := range list {
		if o, ok := e.(*value.Object); ok && textOf(o, "value_type") == secretType {
			o.Set("value", "")
		}
	}
}

// writeVariables is a list of variables for a file. kept are the entries of the file that the app came from, was what they
// said, and now what the app says; who did not change keeps its entry.
func writeVariables(root string, kept []any, was, now []variable) []any {
	out := make([]any, 0, len(now))
	for i := range now {
		n := &now[i]
		j := slices.IndexFunc(was, func(v variable) bool { return v.id == n.id })
		var o *value.Object
		if j >= 0 && j < len(kept) {
			o, _ = kept[j].(*value.Object)
		}
		if o == nil {
			out = append(out, value.NewObject("description", n.description, "id", n.id, "name", n.name,
				"selector", []any{root, n.name}, "value", whole(n.typ, n.value), "value_type", n.typ))
			continue
		}
		w := &was[j]
		if n.name != w.name {
			o.Set("name", n.name)
			o.Set("selector", []any{root, n.name})
		}
		if n.description != w.description {
			o.Set("description", n.description)
		}
		if n.typ != w.typ {
			o.Set("value_type", n.typ)
		}
		if n.typ != w.typ || !same(n.value, w.value) {
			o.Set("value", whole(n.typ, n.value))
		}
		out = append(out, o)
	}
	return out
}

// whole is a value as a file holds it: a number that a browser sent is a whole one if it can be.
func whole(typ string, v any) any {
	f, ok := v.(float64)
	if ok && typ != "float" && value.Whole(f) {
		return int64(f)
	}
	if v == nil && typ == "string" {
		return ""
	}
	return v
}

func ofEnvironment(list []app.EnvVariable) []variable {
	out := make([]variable, len(list))
	for i, v := range list {
		out[i] = variable{v.ID, v.Name, v.Description, v.Type, treeOf(v.Value)}
	}
	return out
}

func ofConversation(list []app.ConvVariable) []variable {
	out := make([]variable, len(list))
	for i, v := range list {
		out[i] = variable{v.ID, v.Name, v.Description, v.Type, treeOf(v.Value)}
	}
	return out
}

// treeOf is a setting's value as the tree of a file.
func treeOf(v any) any {
	switch x := v.(type) {
	case nil, bool, string, int64, float64:
		return v
	case json.Number:
		return value.Number(string(x))
	}
	raw, err := value.Encode(v)
	if err != nil {
		return nil
	}
	t, err := readJSON(raw)
	if err != nil {
		return nil
	}
	return t
}
