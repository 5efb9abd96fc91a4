package openapi

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"islet/app"
	"islet/app/egress"
	"islet/app/value"
)

func sorted(h http.Header) []string { return slices.Sorted(maps.Keys(h)) }

func validHeader(name, v string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(v)
}

// builder puts the arguments of one call where they belong.
type builder struct {
	op      *Operation
	site    *Site
	args    map[string]any
	query   url.Values
	header  http.Header
	cookies []string
	media   string // of the body; "" where there is none
}

// address is the URL without what stands in b.query. What an argument says cannot lead out of the path that the document has.
func (b *builder) address() (*url.URL, error) {
	base, err := egress.ParseURL(b.site.URL)
	if err != nil {
		return nil, err
	}
	where := b.op.Path
	for i := range b.op.Params {
		p := &b.op.Params[i]
		v, ok := b.args[p.Name]
		if !ok || v == nil {
			continue
		}
		switch p.In {
		case "path":
			s := text(v)
			if s == "" || s == "." || s == ".." {
				return nil, app.Errorf(app.Invalid, "tool_args_invalid", "%q cannot be the path parameter %q", "%q 不能作为路径参数 %q", s, p.Wire)
			}
			where = strings.ReplaceAll(where, "{"+p.Wire+"}", url.PathEscape(s))
		case "query":
			b.put(p, v)
		case "header":
			s := text(v)
			if !validHeader(p.Wire, s) {
				return nil, invalidHeader(p.Wire)
			}
			b.header.Set(p.Wire, s)
		case "cookie":
			s := url.QueryEscape(text(v))
			if !httpguts.ValidHeaderFieldName(p.Wire) {
				return nil, invalidHeader(p.Wire)
			}
			b.cookies = append(b.cookies, p.Wire+"="+s)
		}
	}
	before := *base
	before.RawQuery, before.Fragment = "", ""
	u, err := egress.ParseURL(strings.TrimRight(before.String(), "/") + where)
	if err != nil {
		return nil, err
	}
	if u.Host != base.Host || u.Scheme != base.Scheme {
		return nil, app.Errorf(app.Invalid, "tool_args_invalid", "the arguments lead to another host", "参数指向了其他主机")
	}
	u.Fragment = ""
	if base.RawQuery != "" {
		u.RawQuery = strings.Trim(base.RawQuery+"&"+u.RawQuery, "&")
	}
	return u, nil
}

// put adds a value to the query as its parameter says that lists and objects are written.
func (b *builder) put(p *Param, v any) {
	if o, ok := value.Fields(v); ok {
		for k, e := range o.All() {
			switch {
			case p.style == "deepObject":
				b.query.Add(p.Wire+"["+k+"]", text(e))
			case p.explode:
				b.query.Add(k, text(e))
			}
		}
		if p.style != "deepObject" && !p.explode {
			b.query.Set(p.Wire, text(v))
		}
		return
	}
	list, ok := value.List(v)
	if !ok {
		b.query.Set(p.Wire, text(v))
		return
	}
	var all []string
	for _, e := range list {
		all = append(all, text(e))
	}
	if p.explode {
		b.query[p.Wire] = all
		return
	}
	sep := ","
	switch p.style {
	case "spaceDelimited":
		sep = " "
	case "pipeDelimited":
		sep = "|"
	}
	b.query.Set(p.Wire, strings.Join(all, sep))
}

// text is a value as it stands in an address or a form.
func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool:
		return fmt.Sprint(x)
	}
	if o, ok := value.Fields(v); ok {
		raw, _ := value.Encode(o) // of values that came in as JSON
		return string(raw)
	}
	if l, ok := value.List(v); ok {
		all := make([]string, len(l))
		for i := range l {
			all[i] = text(l[i])
		}
		return strings.Join(all, ",")
	}
	return value.Str(v)
}

// body writes the body, and as people may see it. It sets b.media where there is one.
func (b *builder) body(ctx context.Context) (body []byte, shown string, err error) {
	var fields []*Param
	for i := range b.op.Params {
		if p := &b.op.Params[i]; p.In == "body" {
			if v, ok := b.args[p.Name]; ok && v != nil {
				fields = append(fields, p)
			}
		}
	}
	media, _, _ := strings.Cut(strings.ToLower(b.op.media), ";")
	switch {
	case media == "" || len(fields) == 0 && (b.op.whole || rankOf(media) < 5):
		return nil, "", nil
	case rankOf(media) == 4:
		return b.multipart(ctx, fields)
	case rankOf(media) == 3:
		form := url.Values{}
		for _, p := range fields {
			if list, ok := value.List(b.args[p.Name]); ok {
				for _, e := range list {
					form.Add(p.Wire, text(e))
				}
				continue
			}
			form.Set(p.Wire, text(b.args[p.Name]))
		}
		b.media = media
		return []byte(form.Encode()), form.Encode(), nil
	case rankOf(media) < 3:
		return b.raw(ctx, fields[0])
	}
	b.media = b.op.media
	var v any
	if b.op.whole {
		v = b.args[fields[0].Name]
	} else {
		o := &value.Object{}
		for _, p := range fields {
			o.Set(p.Wire, b.args[p.Name])
		}
		v = o
	}
	body, err = value.Encode(v)
	return body, string(body), err
}

// raw is a body that is a text or a file.
func (b *builder) raw(ctx context.Context, p *Param) ([]byte, string, error) {
	b.media = b.op.media
	f, ok := b.args[p.Name].(app.Attachment)
	if !ok {
		s := text(b.args[p.Name])
		return []byte(s), s, nil
	}
	data, mime, err := b.file(ctx, f)
	if b.media == "*/*" || b.media == "application/octet-stream" {
		b.media = mime
	}
	return data, "(" + f.Name + ")", err
}

func (b *builder) file(ctx context.Context, f app.Attachment) ([]byte, string, error) {
	if b.site.File == nil {
		return nil, "", app.Errorf(app.Unavailable, "tool_no_files", "files cannot be sent from here", "此处无法发送文件")
	}
	data, mime, err := b.site.File(ctx, f)
	if mime == "" {
		mime = "application/octet-stream"
	}
	return data, mime, err
}

func (b *builder) multipart(ctx context.Context, fields []*Param) ([]byte, string, error) {
	var out bytes.Buffer
	var shown strings.Builder
	m := multipart.NewWriter(&out)
	for _, p := range fields {
		var files []app.Attachment
		switch x := b.args[p.Name].(type) {
		case app.Attachment:
			files = []app.Attachment{x}
		case []app.Attachment:
			files = x
		default:
			s := text(x)
			fmt.Fprintf(&shown, "%s: %s\n", p.Wire, s)
			if err := m.WriteField(p.Wire, s); err != nil {
				return nil, "", err
			}
			continue
		}
		for _, f := range files {
			data, mime, err := b.file(ctx, f)
			if err != nil {
				return nil, "", err
			}
			fmt.Fprintf(&shown, "%s: (%s)\n", p.Wire, f.Name)
			part, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(p.Wire, f.Name)}, "Content-Type": {mime}})
			if err != nil {
				return nil, "", err
			}
			_, _ = part.Write(data) // to memory
		}
	}
	if err := m.Close(); err != nil {
		return nil, "", err
	}
	b.media = m.FormDataContentType()
	return out.Bytes(), shown.String(), nil
}
