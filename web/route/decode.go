package route

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"islet/app"
)

// Upload is one file of a multipart form. It is valid until the handler returns.
type Upload struct {
	Name string // as the client calls it: never a path of ours
	MIME string // as the client says
	Size int64

	header *multipart.FileHeader
}

// Open returns the bytes; the caller closes them.
func (u *Upload) Open() (io.ReadCloser, error) { return u.header.Open() }

// input is what the decoder knows of an In type: which fields come from where.
type input struct {
	path, query, form []field
	body              bool // it has JSON fields
	multipart         bool
}

type field struct {
	name     string
	index    []int
	required bool // the option "required" of the tag
}

var uploadType = reflect.TypeFor[*Upload]()

// describe reads the tags of an In type once, when its row is made. A field has one tag of path:"name", query:"name",
// form:"name" (of a multipart body; *Upload for a file) or json:"name".
func describe(t reflect.Type) *input {
	in := &input{}
	if t.Kind() != reflect.Struct {
		panic("route: the input of an endpoint is a struct, not " + t.String())
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			mustShow(t, f)
		}
		if f.Anonymous || !f.IsExported() {
			continue
		}
		switch {
		case f.Tag.Get("path") != "":
			in.path = append(in.path, tagged(f, "path"))
		case f.Tag.Get("query") != "":
			in.query = append(in.query, tagged(f, "query"))
		case f.Tag.Get("form") != "":
			in.form = append(in.form, tagged(f, "form"))
			in.multipart = true
		case f.Tag.Get("json") != "-":
			in.body = true
		}
	}
	return in
}

// mustShow panics if t hides a tagged field of one that is embedded in it: the parameter would silently be ignored.
func mustShow(t reflect.Type, embedded reflect.StructField) {
	inner := embedded.Type
	if inner.Kind() != reflect.Struct {
		return
	}
	for f := range inner.Fields() {
		if f.Tag.Get("path")+f.Tag.Get("query")+f.Tag.Get("form") == "" {
			continue
		}
		if seen, ok := t.FieldByName(f.Name); !ok || !slices.Equal(seen.Index, append(slices.Clone(embedded.Index), f.Index...)) {
			panic("route: " + t.String() + " hides the parameter " + inner.String() + "." + f.Name)
		}
	}
}

func tagged(f reflect.StructField, tag string) field {
	name, opts, _ := strings.Cut(f.Tag.Get(tag), ",")
	return field{name: name, index: f.Index, required: strings.Contains(opts, "required")}
}

// decode fills v. The function it returns is never nil and frees what an upload took.
func (in *input) decode(r *http.Request, w http.ResponseWriter, row *Row, v reflect.Value) (done func(), err error) {
	done = func() {}
	if in.body || in.multipart {
		r.Body = http.MaxBytesReader(w, r.Body, row.Limit)
	}
	if in.body && r.Method != http.MethodGet && r.Method != http.MethodDelete || in.body && r.ContentLength > 0 {
		if err := decodeJSON(r, row.Group.Lenient, v.Addr().Interface()); err != nil {
			return done, err
		}
	}
	if in.multipart {
		if done, err = in.decodeForm(r, v); err != nil {
			return done, err
		}
	}
	params := r.Context().Value(callKey{}).(*call).params
	for _, f := range in.path {
		if err := set(v.FieldByIndex(f.index), f.name, params.Param(f.name)); err != nil {
			return done, app.Missing("page", "该内容").Because(err)
		}
	}
	if len(in.query) > 0 {
		q := r.URL.Query()
		for _, f := range in.query {
			if err := setText(v.FieldByIndex(f.index), f, q.Get(f.name), q.Has(f.name)); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

func (in *input) decodeForm(r *http.Request, v reflect.Value) (func(), error) {
	if ct, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); ct != "multipart/form-data" {
		return func() {}, app.Errorf(app.Unsupported, "unsupported_media_type", "send the file as multipart/form-data", "请以 multipart/form-data 格式上传文件")
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return func() {}, app.Errorf(app.TooLarge, "file_too_large", "the file is larger than %d MB", "文件超过 %d MB", tooBig.Limit>>20)
		}
		return func() {}, app.Errorf(app.Invalid, "invalid_form", "the form could not be read; send it again", "无法读取表单；请重新提交").Because(err)
	}
	done := func() { _ = r.MultipartForm.RemoveAll() } // temporary files; best effort
	for _, f := range in.form {
		dst := v.FieldByIndex(f.index)
		if dst.Type() != uploadType {
			vals := r.MultipartForm.Value[f.name]
			if err := setText(dst, f, first(vals), len(vals) > 0); err != nil {
				return done, err
			}
			continue
		}
		files := r.MultipartForm.File[f.name]
		if len(files) > 1 {
			return done, app.Errorf(app.Invalid, "too_many_files", "send one file at a time", "每次只能上传一个文件")
		}
		if len(files) == 1 {
			h := files[0]
			dst.Set(reflect.ValueOf(&Upload{Name: h.Filename, MIME: h.Header.Get("Content-Type"), Size: h.Size, header: h}))
		}
	}
	return done, nil
}

func first(vals []string) string {
	if len(vals) == 0 {
		return ""
	}
	return vals[0]
}

// decodeJSON reads one JSON value into dst. An empty body counts as {}.
func decodeJSON(r *http.Request, lenient bool, dst any) error {
	if r.ContentLength == 0 {
		return nil
	}
	if ct, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); ct != "application/json" {
		return app.Errorf(app.Unsupported, "unsupported_media_type", "send the body as application/json", "请以 application/json 格式发送请求")
	}
	d := json.NewDecoder(r.Body)
	if !lenient {
		d.DisallowUnknownFields()
	}
	err := d.Decode(dst)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return badJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return app.Errorf(app.Invalid, "invalid_json", "the body holds more than one JSON value", "请求体包含多个 JSON 值")
	}
	return nil
}

func badJSON(err error) error {
	var tooBig *http.MaxBytesError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &tooBig):
		return err
	case errors.As(err, &wrong):
		return app.Errorf(app.Invalid, "invalid_param", "the field %q has the wrong type: it must not be a %s", "字段 %q 的类型不对：不能是 %s", wrong.Field, wrong.Value).Because(err)
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name := strings.TrimPrefix(err.Error(), "json: unknown field ")
		return app.Errorf(app.Invalid, "unknown_field", "the field %s is not known here", "此处没有字段 %s", name).Because(err)
	}
	return app.Errorf(app.Invalid, "invalid_json", "the body is not valid JSON", "请求体不是有效的 JSON").Because(err)
}

func setText(dst reflect.Value, f field, s string, present bool) error {
	if !present || s == "" {
		if f.required {
			return app.Errorf(app.Invalid, "invalid_param", "%q is required", "缺少参数 %q", f.name)
		}
		return nil
	}
	return set(dst, f.name, s)
}

// set parses s into a field that is text, a number, a boolean or an app.ID.
func set(dst reflect.Value, name, s string) error {
	if dst.Type() == reflect.TypeFor[app.ID]() {
		id, err := app.ParseID(s)
		if err != nil {
			return err
		}
		dst.SetString(string(id))
		return nil
	}
	var err error
	switch dst.Kind() {
	case reflect.String:
		dst.SetString(s)
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(s)
		dst.SetBool(b)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(s, 10, 64)
		dst.SetInt(n)
	case reflect.Uint64:
		var n uint64
		n, err = strconv.ParseUint(s, 10, 64)
		dst.SetUint(n)
	default:
		panic("route: cannot fill a " + dst.Type().String() + " from text")
	}
	if err != nil {
		return app.Errorf(app.Invalid, "invalid_param", "%q must be a number or true/false, not %q", "参数 %q 必须是数字或 true/false，而不是 %q", name, s).Because(err)
	}
	return nil
}
