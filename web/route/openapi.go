package route

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"islet/app"
)

// enums lists the values of our string types, so that the UI's types are unions and not any text.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[app.Role]():   {string(app.Owner), string(app.Admin), string(app.Editor), string(app.Member)},
	reflect.TypeFor[app.Lang]():   {string(app.English), string(app.Chinese)},
	reflect.TypeFor[app.Mode]():   {string(app.ModeChat), string(app.ModeCompletion), string(app.ModeAgent), string(app.ModeAdvancedChat), string(app.ModeWorkflow)},
	reflect.TypeFor[app.Source](): {string(app.FromDebug), string(app.FromAPI), string(app.FromSite), string(app.FromWebhook), string(app.FromSchedule), string(app.FromTool), string(app.FromMCP), string(app.FromCLI)},
	reflect.TypeFor[app.Status](): {string(app.Running), string(app.Paused), string(app.Succeeded), string(app.Partial), string(app.Failed), string(app.Stopped),
		string(app.Interrupted), string(app.Exception), string(app.Retried)},
	reflect.TypeFor[app.ModelKind](): {string(app.ChatModel), string(app.EmbedModel), string(app.RerankModel), string(app.SpeechModel), string(app.VoiceModel)},
}

type object = map[string]any

// OpenAPI describes the rows whose path begins with one of prefixes as an OpenAPI 3.1 document. It is made from the types of
// the handlers, so it cannot disagree with them. Rows and schemas are sorted: equal code prints equal bytes.
func (r *Router) OpenAPI(title, version string, prefixes ...string) map[string]any {
	d := &document{schemas: object{}, names: map[reflect.Type]string{}, enums: r.Enums}
	envelope := d.ref(reflect.TypeFor[Envelope]())
	paths := object{}
	for _, row := range r.Rows {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(row.Path, p) }) {
			continue
		}
		item, _ := paths[row.Path].(object)
		if item == nil {
			item = object{}
			paths[row.Path] = item
		}
		item[strings.ToLower(row.Method)] = d.operation(row, envelope)
	}
	return object{
		"openapi":    "3.1.0",
		"info":       object{"title": title, "version": version},
		"paths":      paths,
		"components": object{"schemas": d.schemas},
	}
}

type document struct {
	schemas object
	names   map[reflect.Type]string
	enums   map[reflect.Type][]string // beside those that are known here
}

func (d *document) operation(row *Row, envelope object) object {
	op := object{"operationId": operationID(row)}
	if row.Summary != "" {
		op["summary"] = row.Summary
	}
	if p := d.parameters(row); len(p) > 0 {
		op["parameters"] = p
	}
	if body := d.body(row); body != nil {
		op["requestBody"] = object{"required": true, "content": body}
	}
	ok := object{"description": http.StatusText(row.Status)}
	switch {
	case row.Events != nil:
		events := object{}
		for name, example := range row.Events {
			events[name] = d.schema(reflect.TypeOf(example))
		}
		ok["content"] = object{"text/event-stream": object{"schema": object{"type": "object", "properties": events}}}
	case row.Out != nil:
		ok["content"] = object{"application/json": object{"schema": d.schema(row.Out)}}
	default:
		ok["content"] = object{"application/octet-stream": object{"schema": object{"type": "string", "format": "binary"}}}
	}
	op["responses"] = object{
		strconv.Itoa(row.Status): ok,
		"default":                object{"description": "what went wrong", "content": object{"application/json": object{"schema": envelope}}},
	}
	return op
}

// operationID is the method and the path's words: post_apps_id_publish.
func operationID(row *Row) string {
	words := strings.FieldsFunc(strings.TrimPrefix(row.Path, row.Group.Prefix), func(r rune) bool { return strings.ContainsRune("/{}-", r) })
	return strings.ToLower(row.Method) + "_" + strings.Join(words, "_")
}

func (d *document) parameters(row *Row) []any {
	var out []any
	for _, f := range row.in.path {
		out = append(out, object{"name": f.name, "in": "path", "required": true, "schema": d.schema(row.In.FieldByIndex(f.index).Type)})
	}
	for _, f := range row.in.query {
		out = append(out, object{"name": f.name, "in": "query", "required": f.required, "schema": d.schema(row.In.FieldByIndex(f.index).Type)})
	}
	return out
}

func (d *document) body(row *Row) object {
	switch {
	case row.in.multipart:
		props := object{}
		for _, f := range row.in.form {
			t := row.In.FieldByIndex(f.index).Type
			if t == uploadType {
				props[f.name] = object{"type": "string", "format": "binary"}
			} else {
				props[f.name] = d.schema(t)
			}
		}
		return object{"multipart/form-data": object{"schema": object{"type": "object", "properties": props}}}
	case row.in.body && row.Method != http.MethodGet && row.Method != http.MethodDelete:
		return object{"application/json": object{"schema": d.fields(row.In, true)}}
	}
	return nil
}

// schema is a type's schema; named structs become references into components.
func (d *document) schema(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[app.ID]():
		return object{"type": "string"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{} // any JSON
	case enums[t] != nil:
		return object{"type": "string", "enum": enums[t]}
	case d.enums[t] != nil:
		return object{"type": "string", "enum": d.enums[t]}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{d.schema(t.Elem()), object{"type": "null"}}}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "contentEncoding": "base64"}
		}
		return object{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Interface:
		return object{}
	case reflect.Struct:
		if t.Name() == "" || strings.Contains(t.Name(), "[") {
			return d.fields(t, false)
		}
		return d.ref(t)
	}
	return object{"type": "integer"}
}

// ref registers a named struct once. Two packages with the same type name get the package in front.
func (d *document) ref(t reflect.Type) object {
	name, ok := d.names[t]
	if !ok {
		name = exported(t.Name())
		if slices.Contains(slices.Collect(maps.Values(d.names)), name) {
			name = exported(path.Base(t.PkgPath())) + name
		}
		d.names[t] = name
		d.schemas[name] = object{} // ends recursion
		d.schemas[name] = d.fields(t, false)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func exported(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// fields is the inline schema of a struct's JSON fields. In an answer every field without omitempty is there; in a request
// all are optional: the verb says what is missing, in the caller's language.
func (d *document) fields(t reflect.Type, request bool) object {
	props, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous && f.Tag.Get("json") == "" || f.Tag.Get("path")+f.Tag.Get("query")+f.Tag.Get("form") != "" {
			continue
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		props[name] = d.schema(f.Type)
		if !request && !strings.Contains(opts, "omitempty") && !strings.Contains(opts, "omitzero") {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "properties": props}
	if len(required) > 0 {
		slices.Sort(required)
		out["required"] = required
	}
	return out
}
