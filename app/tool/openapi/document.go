package openapi

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/tool"
	"islet/app/value"
)

// Outline is what an OpenAPI document offers.
type Outline struct {
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Version     string       `json:"version"`
	Spec        string       `json:"spec"` // "OpenAPI 3.1.0", "Swagger 2.0"
	Servers     []string     `json:"servers"`
	Auth        app.ToolAuth `json:"auth"` // what it asks for
	Operations  []*Operation `json:"operations"`
	Problems    []app.Text   `json:"problems"` // what of it cannot be used, and why
}

// Operation is one call that a document describes. It never changes.
type Operation struct {
	Name        string  `json:"name"` // of its tool, unique in the document
	Method      string  `json:"method"`
	Path        string  `json:"path"`
	Summary     string  `json:"summary"`
	Description string  `json:"description"`
	Deprecated  bool    `json:"deprecated"`
	Params      []Param `json:"-"`

	media string // of the body; "" where there is none
	whole bool   // the body is one parameter
}

// Param is one parameter of an operation.
type Param struct {
	tool.Param
	In   string // path, query, header, cookie or body
	Wire string // its name there

	style   string // of lists and objects: form, spaceDelimited, pipeDelimited, deepObject
	explode bool
}

// Find is the operation of that name, nil where there is none.
func (d *Outline) Find(name string) *Operation {
	i := slices.IndexFunc(d.Operations, func(o *Operation) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return d.Operations[i]
}

var methods = []string{"get", "post", "put", "patch", "delete", "head", "options"}

// Parse reads a document. source is the address that it came from, "" where it was pasted: relative servers are seen from there.
// Its error is openapi_invalid; what is wrong with parts is among the problems.
func Parse(raw []byte, source string) (*Outline, error) {
	root, err := tree(raw)
	if err != nil {
		return nil, err
	}
	r := &reader{root: root, doc: &Outline{Servers: []string{}, Operations: []*Operation{}, Problems: []app.Text{}}, values: maxInlined}
	d := r.doc
	d.Title, d.Description, d.Version = clip(str(root, "info", "title"), 100), clip(str(root, "info", "description"), 2000), clip(str(root, "info", "version"), 50)
	switch v3, v2 := str(root, "openapi"), str(root, "swagger"); {
	case strings.HasPrefix(v3, "3."):
		d.Spec = "OpenAPI " + v3
	case strings.HasPrefix(v2, "2"):
		d.Spec, r.two = "Swagger 2.0", true
	case v3 != "" || v2 != "":
		return nil, invalid("the version %q is not known here; OpenAPI 3.0, 3.1 and Swagger 2.0 are", "不支持版本 %q；支持 OpenAPI 3.0、3.1 和 Swagger 2.0", clip(v3+v2, 20))
	default:
		return nil, invalid("this is no OpenAPI document; it begins with openapi: 3.… or swagger: \"2.0\"", "这不是 OpenAPI 文档；文档应以 openapi: 3.… 或 swagger: \"2.0\" 开头")
	}
	r.servers(source)
	r.auth()
	r.operations()
	if len(d.Operations) == 0 {
		return nil, invalid("the document describes no operations; they stand below paths", "文档没有描述任何接口；接口应位于 paths 之下")
	}
	if len(d.Servers) == 0 {
		r.problem("the document names no server; write the base URL yourself", "文档没有给出服务器地址；请自行填写基础地址")
	}
	return d, nil
}

type reader struct {
	root   *value.Object
	doc    *Outline
	two    bool // Swagger 2
	values int  // that may still be made by following references
}

func (r *reader) problem(en, zh string, args ...any) {
	p := app.Textf(en, zh, args...)
	if len(r.doc.Problems) < 50 && !slices.Contains(r.doc.Problems, p) {
		r.doc.Problems = append(r.doc.Problems, p)
	}
}

// servers lists the base URLs that the document names.
func (r *reader) servers(source string) {
	from, _ := url.Parse(source)
	add := func(s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		if !u.IsAbs() {
			if from == nil || from.Host == "" {
				return
			}
			u = from.ResolveReference(u)
		}
		if (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && len(r.doc.Servers) < 20 {
			r.doc.Servers = append(r.doc.Servers, strings.TrimRight(u.String(), "/"))
		}
	}
	if r.two {
		host := str(r.root, "host")
		if host == "" && from != nil {
			host = from.Host
		}
		schemes := list(r.root, "schemes")
		if len(schemes) == 0 {
			schemes = []any{"http"}
			if from != nil && from.Scheme == "https" {
				schemes = []any{"https"}
			}
		}
		for _, s := range schemes {
			if s, ok := s.(string); ok && host != "" {
				add(s + "://" + host + str(r.root, "basePath"))
			}
		}
		return
	}
	for _, e := range list(r.root, "servers") {
		o, _ := value.Fields(e)
		s := str(o, "url")
		if vars := object(o, "variables"); vars != nil {
			for name := range vars.All() {
				s = strings.ReplaceAll(s, "{"+name+"}", str(object(vars, name), "default"))
			}
		}
		add(s)
	}
	if len(list(r.root, "servers")) == 0 && source != "" {
		add("/")
	}
}

// auth is how the document wants to be told who calls, as far as it can be done here.
func (r *reader) auth() {
	r.doc.Auth.Kind = app.NoAuth
	schemes := object(r.root, "components", "securitySchemes")
	if r.two {
		schemes = object(r.root, "securityDefinitions")
	}
	if schemes == nil {
		return
	}
	for _, v := range schemes.All() {
		o, _ := value.Fields(v)
		a := app.ToolAuth{Kind: app.NoAuth}
		switch kind, scheme := str(o, "type"), strings.ToLower(str(o, "scheme")); {
		case kind == "apiKey" && str(o, "in") == "header":
			a = app.ToolAuth{Kind: app.HeaderAuth, Name: str(o, "name")}
		case kind == "apiKey" && str(o, "in") == "query":
			a = app.ToolAuth{Kind: app.QueryAuth, Name: str(o, "name")}
		case kind == "http" && scheme == "basic", kind == "basic":
			a = app.ToolAuth{Kind: app.BasicAuth}
		case kind == "http" && scheme == "bearer", kind == "oauth2", kind == "openIdConnect":
			a = app.ToolAuth{Kind: app.BearerAuth}
		}
		if a.Kind != app.NoAuth {
			r.doc.Auth = a
			return
		}
	}
}

func (r *reader) operations() {
	paths := object(r.root, "paths")
	if paths == nil {
		return
	}
	taken := map[string]bool{}
	for path, v := range paths.All() {
		item, _ := value.Fields(r.follow(v))
		if item == nil || !strings.HasPrefix(path, "/") {
			continue
		}
		for _, m := range methods {
			o := object(item, m)
			if o == nil {
				continue
			}
			if len(r.doc.Operations) >= maxTools {
				r.problem("only the first %d operations are used", "仅使用前 %d 个接口", maxTools)
				return
			}
			if op := r.operation(strings.ToUpper(m), path, item, o); op != nil {
				op.Name = unique(taken, op.Name)
				r.doc.Operations = append(r.doc.Operations, op)
			}
		}
	}
}

func unique(taken map[string]bool, name string) string {
	got := name
	for i := 2; taken[got]; i++ {
		got = name + "_" + strconv.Itoa(i)
	}
	taken[got] = true
	return got
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// operation reads one; nil where it cannot be called.
func (r *reader) operation(method, path string, item, o *value.Object) *Operation {
	op := &Operation{Method: method, Path: path, Summary: clip(str(o, "summary"), 200), Description: clip(str(o, "description"), 2000), Deprecated: truth(o, "deprecated")}
	op.Name = strings.Trim(notInNames.ReplaceAllString(str(o, "operationId"), "_"), "_")
	if op.Name == "" {
		op.Name = strings.Trim(notInNames.ReplaceAllString(path+"_"+strings.ToLower(method), "_"), "_")
	}
	op.Name = op.Name[:min(len(op.Name), 60)]
	p := params{reader: r, op: op, taken: map[string]bool{}, budget: maxPerTool}
	for _, group := range [][]any{list(o, "parameters"), list(item, "parameters")} {
		for _, e := range group {
			if f, ok := value.Fields(r.follow(e)); ok {
				p.add(f)
			}
		}
	}
	if body, ok := value.Fields(r.follow(at(o, "requestBody"))); ok && !r.two {
		p.body(body)
	}
	for _, name := range placeholders(path) {
		if !slices.ContainsFunc(op.Params, func(q Param) bool { return q.In == "path" && q.Wire == name }) {
			p.put(Param{Param: tool.Param{Name: name, Type: "string", Form: "llm", Required: true}, In: "path", Wire: name})
		}
	}
	return op
}

var placeholder = regexp.MustCompile(`\{([^{}/]+)\}`)

func placeholders(path string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(path, -1) {
		names = append(names, m[1])
	}
	return names
}

// maxHops is how many references may lead to each other.
const maxHops = 20

// follow is what a reference stands for, and v itself where it is none. References out of the document lead to nothing.
func (r *reader) follow(v any) any {
	for range maxHops {
		o, ok := value.Fields(v)
		if !ok {
			return v
		}
		ref, ok := at(o, "$ref").(string)
		if !ok {
			return v
		}
		if v = r.pointed(ref); v == nil {
			return nil
		}
	}
	r.problem("references that lead in a circle are left out", "已忽略循环引用")
	return nil
}

func (r *reader) pointed(ref string) any {
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		r.problem("the reference %q leads out of the document and is not followed; bundle the document into one file", "引用 %q 指向文档之外，不会读取；请将文档合并为一个文件", clip(ref, 100))
		return nil
	}
	var v any = r.root
	for key := range strings.SplitSeq(rest, "/") {
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		if s, err := url.PathUnescape(key); err == nil {
			key = s
		}
		if l, isList := value.List(v); isList {
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(l) {
				v = nil
				break
			}
			v = l[i]
			continue
		}
		o, isObject := value.Fields(v)
		if !isObject {
			v = nil
			break
		}
		v, _ = o.Get(key)
	}
	if v == nil {
		r.problem("the reference %q leads nowhere", "引用 %q 没有对应的内容", clip(ref, 100))
	}
	return v
}

func clip(s string, n int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
