package flow

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"islet/app"
	"islet/app/chat"
	"islet/app/value"
)

// payload is the body of a request on its way into the inputs of a run.
type payload struct {
	hook *hook
	in   map[string]any // gets the fields

	whole  any             // of which the fields are parts
	files  *value.Object   // the stored ones, by field
	form   *multipart.Form // its files are not stored yet
	upload io.Reader       // a body that is one file; nil is none
	name   string          // of upload
}

// inMemory is how much of a form's files is kept in memory; the rest waits on disk.
const inMemory = 1 << 20

// read reads the body and puts the fields that are no files.
func (p *payload) read(body io.Reader, empty bool, boundary string) error {
	switch p.hook.ContentType {
	case typeMultipart:
		return p.readMultipart(body, empty, boundary)
	case typeBytes:
		if !empty {
			p.upload = body
		}
		return p.each(func(string) (any, bool) { return nil, !empty }, need)
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return unreadable(err)
	}
	switch p.hook.ContentType {
	case typeJSON:
		return p.readJSON(raw)
	case typeForm:
		q, err := url.ParseQuery(string(raw))
		if err != nil {
			return app.Errorf(app.Invalid, "invalid_form", "the body is not a form", "请求体不是有效的表单").Because(err)
		}
		return p.readForm(q)
	case typeText:
		text := strings.ToValidUTF8(string(raw), "\uFFFD")
		p.whole = value.NewObject("raw", text)
		return p.each(func(string) (any, bool) { return text, !empty }, p.text)
	}
	return app.Errorf(app.Invalid, "webhook_invalid", "the webhook is set to a type of body that does not exist, %q; choose another in the studio", "Webhook 设置的内容类型“%s”不存在；请在编排页面重新选择", p.hook.ContentType)
}

// each takes every declared field of the body.
func (p *payload) each(get func(name string) (any, bool), put func(d *hookField, v any, ok bool) error) error {
	for i := range p.hook.Body {
		d := &p.hook.Body[i]
		v, ok := get(d.Name)
		if err := put(d, v, ok); err != nil {
			return err
		}
	}
	return nil
}

func (p *payload) text(d *hookField, v any, ok bool) error {
	s, _ := v.(string)
	return d.putText(p.in, bodyField, s, ok)
}

func (p *payload) readJSON(raw []byte) error {
	p.whole = value.NewObject()
	if len(raw) > 0 {
		v, err := value.Decode(raw)
		if err != nil {
			return app.Errorf(app.Invalid, "invalid_json", "the body is not valid JSON", "请求体不是有效的 JSON").Because(err)
		}
		p.whole = v
	}
	fields, ok := value.Fields(p.whole)
	if !ok {
		fields = value.NewObject()
	}
	return p.each(fields.Get, func(d *hookField, v any, ok bool) error { return d.put(p.in, bodyField, v, ok && v != nil) })
}

func (p *payload) readForm(q url.Values) error {
	p.whole = flat(q)
	return p.each(func(name string) (any, bool) { return q.Get(name), q.Has(name) }, func(d *hookField, v any, ok bool) error {
		if d.isFile() {
			return d.need(bodyField, p.form != nil && len(p.form.File[d.Name]) > 0)
		}
		return p.text(d, v, ok)
	})
}

func (p *payload) readMultipart(body io.Reader, empty bool, boundary string) error {
	if empty {
		return p.readForm(nil)
	}
	form, err := multipart.NewReader(body, boundary).ReadForm(inMemory)
	if errors.Is(err, multipart.ErrMessageTooLarge) {
		return app.Errorf(app.TooLarge, "too_large", "the text fields of the form are too large", "表单的文本字段过大").Because(err)
	}
	if err != nil {
		return unreadable(err)
	}
	p.form = form
	return p.readForm(form.Value)
}

// close removes what a form left on disk.
func (p *payload) close() {
	if p.form != nil {
		_ = p.form.RemoveAll() // temporary files; best effort
	}
}

// keep stores the files that the node declares, and a body that is one. Others are not stored: nothing could read them.
func (p *payload) keep(ctx context.Context, c *chat.Chat) error {
	if p.hook.ContentType == typeBytes {
		return p.keepBody(ctx, c)
	}
	if p.form == nil {
		return nil
	}
	for i := range p.hook.Body {
		d := &p.hook.Body[i]
		if !d.isFile() {
			continue
		}
		var kept []app.Attachment
		for _, h := range p.form.File[d.Name] {
			a, err := keepPart(ctx, c, h)
			if err != nil {
				return err
			}
			if kept = append(kept, a); d.Type == typeFile {
				break
			}
		}
		switch {
		case len(kept) == 0:
			continue
		case d.Type == typeFile:
			p.in[d.Name] = kept[0]
		default:
			p.in[d.Name] = kept
		}
		p.files.Set(d.Name, p.in[d.Name])
	}
	return nil
}

func keepPart(ctx context.Context, c *chat.Chat, h *multipart.FileHeader) (app.Attachment, error) {
	r, err := h.Open()
	if err != nil {
		return app.Attachment{}, err
	}
	defer func() { _ = r.Close() }() // read only
	return keepFile(ctx, c, h.Filename, h.Header.Get("Content-Type"), r)
}

// keepBody stores a body that is one file; it is the value of every declared field.
func (p *payload) keepBody(ctx context.Context, c *chat.Chat) error {
	p.whole = value.NewObject("raw", nil)
	if p.upload == nil {
		return nil
	}
	a, err := keepFile(ctx, c, p.name, "", p.upload)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return unreadable(err)
	}
	if err != nil {
		return err
	}
	p.whole = value.NewObject("raw", a)
	for i := range p.hook.Body {
		p.in[p.hook.Body[i].Name] = a
	}
	return nil
}

func keepFile(ctx context.Context, c *chat.Chat, name, typ string, r io.Reader) (app.Attachment, error) {
	f, err := c.Keep(ctx, name, typ, r)
	if err != nil {
		return app.Attachment{}, err
	}
	return app.Attachment{ID: app.NewID(), Kind: chat.KindOf(f.MIME), Method: "local_file", File: f.ID, URL: chat.FileURL(f.ID), Name: f.Name, Size: f.Size, MIME: f.MIME}, nil
}

// fileName is what the caller calls a body that is one file.
func fileName(h http.Header) string {
	if _, params, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	return "webhook.bin"
}

// The parts of a request, as people call them.
var (
	header     = app.Text{En: "header", Zh: "请求头"}
	queryParam = app.Text{En: "query parameter", Zh: "查询参数"}
	bodyField  = app.Text{En: "body field", Zh: "请求体字段"}
)

// The types of field with a rule of their own.
const (
	typeFile  = "file"
	typeFiles = "array[file]"
)

func (d *hookField) isFile() bool { return d.Type == typeFile || d.Type == typeFiles }

// need refuses a request that lacks a required field.
func (d *hookField) need(part app.Text, given bool) error {
	if given || !d.Required {
		return nil
	}
	return app.Errorf(app.Invalid, "webhook_field_missing", "the %[1]s %[3]q is missing; this webhook requires it", "缺少%[2]s“%[3]s”；此 Webhook 要求提供该值", part.En, part.Zh, d.Name)
}

func need(d *hookField, _ any, given bool) error { return d.need(bodyField, given) }

// put gives the run a value that must be what the field is declared as. Without one the run reads null.
func (d *hookField) put(in map[string]any, part app.Text, v any, given bool) error {
	if !given {
		return d.need(part, false)
	}
	if !fits(d.Type, v) {
		return d.wrong(part)
	}
	in[d.Name] = v
	return nil
}

func (d *hookField) wrong(part app.Text) error {
	return app.Errorf(app.Invalid, "webhook_field_invalid", "the %[1]s %[3]q must be of type %[4]s", "%[2]s“%[3]s”必须是 %[4]s 类型", part.En, part.Zh, d.Name, d.Type)
}

// putText is put for a value that arrives as text. An empty one is a value of a string only.
func (d *hookField) putText(in map[string]any, part app.Text, s string, given bool) error {
	if d.Type == "" || d.Type == "string" {
		return d.put(in, part, s, given)
	}
	if s = strings.TrimSpace(s); s == "" {
		return d.need(part, false)
	}
	v, ok := fromText(d.Type, s)
	if !ok {
		return d.wrong(part)
	}
	return d.put(in, part, v, given)
}

// fromText reads text as a type.
func fromText(typ, s string) (any, bool) {
	switch typ {
	case "number":
		v := value.Number(s)
		if n, odd := v.(json.Number); odd && !json.Valid([]byte(n)) {
			return nil, false
		}
		return v, true
	case "boolean":
		switch strings.ToLower(s) {
		case "true", "1", "yes":
			return true, true
		case "false", "0", "no":
			return false, true
		}
		return nil, false
	}
	v, err := value.Decode([]byte(s))
	return v, err == nil
}

// fits tells whether a value is of a type. A type that is not known takes anything.
func fits(typ string, v any) bool {
	ok := true
	switch typ {
	case "", "string":
		_, ok = v.(string)
	case "number":
		_, ok = value.Float(v)
	case "boolean":
		_, ok = v.(bool)
	case "object":
		_, ok = value.Fields(v)
	case typeFile:
		_, ok = v.(app.Attachment)
	}
	elem, isList := strings.CutPrefix(typ, "array")
	if !isList {
		return ok
	}
	list, ok := value.List(v)
	elem = strings.Trim(elem, "[]")
	return ok && (elem == "" || !slices.ContainsFunc(list, func(e any) bool { return !fits(elem, e) }))
}
