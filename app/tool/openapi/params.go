package openapi

import (
	"slices"
	"strings"

	"islet/app"
	"islet/app/tool"
	"islet/app/value"
)

// The bounds of what references make: of a whole document, of one operation, and how deep.
const (
	maxInlined = 200_000
	maxPerTool = 2_000
	maxNested  = 8
	maxParams  = 100
)

// params gathers the parameters of one operation.
type params struct {
	*reader
	op     *Operation
	taken  map[string]bool // by place and name
	names  []string
	budget int
}

// put adds a parameter under a name that no other has.
func (p *params) put(q Param) {
	key := q.In + " " + q.Wire
	if p.taken[key] || len(p.op.Params) >= maxParams || q.Wire == "" {
		return
	}
	p.taken[key] = true
	q.Name = strings.Trim(notInNames.ReplaceAllString(q.Wire, "_"), "_")
	if q.Name == "" {
		q.Name = q.In
	}
	if slices.Contains(p.names, q.Name) {
		q.Name = q.In + "_" + q.Name
	}
	p.names = append(p.names, q.Name)
	if q.Label == (app.Text{}) {
		q.Label = app.Text{En: q.Wire, Zh: q.Wire}
	}
	p.op.Params = append(p.op.Params, q)
}

// ignored are headers that are not a parameter's to set.
var ignored = []string{"accept", "content-type", "authorization", "host", "content-length", "transfer-encoding", "connection", "cookie"}

// add adds one entry of parameters.
func (p *params) add(o *value.Object) {
	in, name := str(o, "in"), str(o, "name")
	schema, _ := value.Fields(p.follow(at(o, "schema")))
	switch in {
	case "body":
		p.bodyOf("application/json", schema, truth(o, "required"), str(o, "description"))
		return
	case "formData":
		p.form(o, name)
		return
	case "header":
		if slices.Contains(ignored, strings.ToLower(name)) {
			return
		}
	case "path", "query", "cookie":
	default:
		p.problem("the parameter %q stands in %q, which is not known", "参数 %q 的位置 %q 不受支持", clip(name, 60), clip(in, 20))
		return
	}
	q := Param{In: in, Wire: name, style: str(o, "style"), explode: true}
	if p.two {
		schema = o
		q.explode = str(o, "collectionFormat") == "multi"
		q.style = map[string]string{"ssv": "spaceDelimited", "pipes": "pipeDelimited"}[str(o, "collectionFormat")]
	} else if e, ok := at(o, "explode").(bool); ok {
		q.explode = e
	} else if in == "path" || in == "header" {
		q.explode = false
	}
	if schema == nil { // content instead of schema: JSON text
		if content := object(o, "content"); content != nil && content.Len() > 0 {
			schema, _ = value.Fields(p.follow(at(object(content, content.Keys()[0]), "schema")))
		}
	}
	q.Param = p.param(schema, str(o, "description"), truth(o, "required") || in == "path")
	p.put(q)
}

// form adds a field of a form of Swagger 2.
func (p *params) form(o *value.Object, name string) {
	media := "application/x-www-form-urlencoded"
	if str(o, "type") == "file" || slices.Contains(append(list(object(p.root, "paths", p.op.Path, strings.ToLower(p.op.Method)), "consumes"), list(p.root, "consumes")...), any("multipart/form-data")) {
		media = "multipart/form-data"
	}
	if p.op.media != "multipart/form-data" {
		p.op.media = media
	}
	p.put(Param{Param: p.param(o, str(o, "description"), truth(o, "required")), In: "body", Wire: name})
}

// body adds what a request's body holds, in the first of its media types that can be written.
func (p *params) body(o *value.Object) {
	content := object(o, "content")
	if content == nil {
		return
	}
	chosen := ""
	for media := range content.All() {
		if rankOf(media) > rankOf(chosen) {
			chosen = media
		}
	}
	media, _ := value.Fields(at(content, chosen))
	schema, _ := value.Fields(p.follow(at(media, "schema")))
	p.bodyOf(chosen, schema, truth(o, "required"), str(o, "description"))
}

// rankOf orders media types by how well bodies of them are written; 0 is none.
func rankOf(media string) int {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	switch {
	case media == "":
		return 0
	case media == "application/json":
		return 6
	case strings.HasSuffix(media, "+json"), media == "*/*":
		return 5
	case media == "multipart/form-data":
		return 4
	case media == "application/x-www-form-urlencoded":
		return 3
	case strings.HasPrefix(media, "text/"):
		return 2
	}
	return 1
}

func (p *params) bodyOf(media string, schema *value.Object, required bool, about string) {
	if media == "*/*" {
		media = "application/json"
	}
	p.op.media = media
	whole := func(typ string) {
		q := Param{Param: p.param(schema, about, required), In: "body", Wire: "body"}
		if typ != "" {
			q.Type, q.Options, q.Schema = typ, nil, nil
		}
		p.op.whole = true
		p.put(q)
	}
	switch rank := rankOf(media); {
	case rank == 2:
		whole("string")
		return
	case rank == 1:
		whole("file")
		return
	}
	flat := p.inline(schema, 0)
	fields, must := object(flat, "properties"), list(flat, "required")
	if fields == nil || fields.Len() == 0 {
		whole("")
		return
	}
	for name, v := range fields.All() {
		f, _ := value.Fields(v)
		if truth(f, "readOnly") {
			continue
		}
		q := Param{Param: p.param(f, "", required && slices.Contains(must, any(name))), In: "body", Wire: name}
		p.put(q)
	}
}

// param is the tool's parameter for a schema.
func (p *params) param(schema *value.Object, about string, required bool) tool.Param {
	flat := p.inline(schema, 0)
	q := tool.Param{Type: "string", Form: "llm", Required: required, Description: clip(about, 500)}
	if q.Description == "" {
		q.Description = clip(str(flat, "description"), 500)
	} else if flat.Len() > 0 {
		flat.Set("description", q.Description)
	}
	if def := at(flat, "default"); def != nil {
		q.Default = def
	}
	switch typ := str(flat, "type"); typ {
	case "integer", "number":
		q.Type = "number"
	case "boolean", "object", "array":
		q.Type = typ
	case "string", "":
		if str(flat, "format") == "binary" || str(flat, "contentMediaType") != "" && at(flat, "contentEncoding") == nil {
			q.Type = "file"
			return q
		}
		q.Options = options(flat)
		if len(q.Options) > 0 {
			q.Type = "select"
		} else if typ == "" && object(flat, "properties") != nil {
			q.Type = "object"
		}
	case "file":
		q.Type = "file"
		return q
	}
	if q.Type == "array" && str(flat, "items", "format") == "binary" {
		q.Type = "files"
		return q
	}
	if raw, err := value.Encode(flat); err == nil && flat.Len() > 0 && q.Type != "string" && q.Type != "select" || err == nil && at(flat, "pattern") != nil {
		q.Schema = raw
	}
	return q
}

func options(o *value.Object) (all []string) {
	for _, v := range list(o, "enum") {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		all = append(all, s)
	}
	return all
}

// kept are the words of a schema that a model can use.
var kept = []string{"title", "description", "format", "enum", "const", "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
	"readOnly", "required", "contentMediaType", "contentEncoding", "multipleOf"}

// inline is a schema without references. What is too deep, too much or refers to itself becomes a schema that takes anything.
func (p *params) inline(schema *value.Object, depth int) *value.Object {
	out := &value.Object{}
	p.budget--
	p.values--
	if schema == nil || depth > maxNested || p.budget < 0 || p.values < 0 {
		return out
	}
	schema, _ = value.Fields(p.follow(schema))
	if schema == nil {
		return out
	}
	out.Set("type", nil)
	typeOf(schema, out)
	for _, k := range kept {
		v := at(schema, k)
		_, isBool := v.(bool)
		if v == nil || isBool && (k == "required" || strings.HasPrefix(k, "exclusive")) { // words of older versions
			continue
		}
		if s, ok := v.(string); ok {
			v = clip(s, 500)
		}
		out.Set(k, v)
	}
	if fields := object(schema, "properties"); fields != nil {
		all := &value.Object{}
		for name, v := range fields.All() {
			if f, ok := value.Fields(v); ok && p.budget > 0 {
				all.Set(name, p.inline(f, depth+1))
			}
		}
		out.Set("properties", all)
	}
	if items, ok := value.Fields(at(schema, "items")); ok {
		out.Set("items", p.inline(items, depth+1))
	}
	for _, e := range list(schema, "allOf") {
		if part, ok := value.Fields(e); ok {
			merge(out, p.inline(part, depth+1))
		}
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		p.choices(out, schema, k, depth)
	}
	return tidy(out)
}

// choices adds one of several schemas; null is not one of them.
func (p *params) choices(out, schema *value.Object, key string, depth int) {
	var all []any
	for _, e := range list(schema, key) {
		part, ok := value.Fields(e)
		if !ok {
			continue
		}
		if in := p.inline(part, depth+1); str(in, "type") != "null" && in.Len() > 0 {
			all = append(all, in)
		}
	}
	if len(all) == 1 {
		only, _ := value.Fields(all[0])
		merge(out, only)
	} else if len(all) > 1 {
		out.Set("anyOf", all)
	}
}

// typeOf writes the type, the one that is not null of several.
func typeOf(schema, out *value.Object) {
	switch t := at(schema, "type").(type) {
	case string:
		out.Set("type", t)
	case []any:
		for _, e := range t {
			if s, ok := e.(string); ok && s != "null" {
				out.Set("type", s)
				return
			}
		}
	}
}

// merge adds what part says to o.
func merge(o, part *value.Object) {
	for k, v := range part.All() {
		switch k {
		case "properties":
			all := object(o, "properties")
			if all == nil {
				all = &value.Object{}
				o.Set("properties", all)
			}
			more, _ := value.Fields(v)
			for name, f := range more.All() {
				all.Set(name, f)
			}
		case "required":
			more, _ := value.List(v)
			o.Set("required", append(list(o, "required"), more...))
		default:
			if at(o, k) == nil {
				o.Set(k, v)
			}
		}
	}
}

// tidy leaves out what was not found.
func tidy(o *value.Object) *value.Object {
	out := &value.Object{}
	for k, v := range o.All() {
		if v != nil {
			out.Set(k, v)
		}
	}
	return out
}

// FromSchema are the parameters of a tool whose arguments a JSON schema describes, under the names that it gives them.
func FromSchema(schema []byte) []tool.Param {
	v, err := value.Decode(schema)
	root, ok := value.Fields(v)
	if err != nil || !ok {
		return nil
	}
	p := params{reader: &reader{root: root, doc: &Outline{}, values: maxInlined}, op: &Operation{}, budget: maxPerTool}
	flat := p.inline(root, 0)
	fields := object(flat, "properties")
	if fields == nil {
		return nil
	}
	var all []tool.Param
	for name, f := range fields.All() {
		o, _ := value.Fields(f)
		q := p.param(o, "", slices.Contains(list(flat, "required"), any(name)))
		q.Name = name
		q.Label = app.Text{En: name, Zh: name}
		if title := str(o, "title"); title != "" {
			q.Label = app.Text{En: title, Zh: title}
		}
		if all = append(all, q); len(all) >= maxParams {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b tool.Param) int { // what came as a map has no order of its own
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return all
}
