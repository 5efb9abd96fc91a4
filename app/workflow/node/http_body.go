package node

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"path"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/egress"
	"islet/app/value"
	"islet/app/workflow"
)

// httpBody is what a request carries.
type httpBody struct {
	kind  string
	items []bodyItem
}

// bodyItem is one field of a form, or the whole of another body.
type bodyItem struct {
	isFile     bool
	key, value *workflow.Template
	file       workflow.Selector
}

// wireBody is a body as Dify writes it.
type wireBody struct {
	Type string        `json:"type"`
	Data wireBodyItems `json:"data"`
}

type wireBodyItem struct {
	Key   string          `json:"key"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
	File  json.RawMessage `json:"file"`
}

// wireBodyItems is a list, or in old files one text.
type wireBodyItems []wireBodyItem

func (w *wireBodyItems) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '[' {
		var list []wireBodyItem
		err := json.Unmarshal(raw, &list)
		*w = list
		return err
	}
	if v, err := value.Decode(raw); err != nil || !value.Truth(v) {
		return err
	}
	*w = []wireBodyItem{{Type: "text", Value: bytes.Clone(raw)}}
	return nil
}

func (w *wireBody) parse() *httpBody {
	if w == nil || w.Type == "" || w.Type == "none" {
		return nil
	}
	b := &httpBody{kind: w.Type}
	for i := range w.Data {
		it := &w.Data[i]
		var text string
		if json.Unmarshal(it.Value, &text) != nil && len(it.Value) > 0 && string(it.Value) != "null" {
			text = string(it.Value) // a value that is not a text is its JSON
		}
		item := bodyItem{isFile: it.Type == "file", key: workflow.ParseTemplate(it.Key), value: workflow.ParseTemplate(text)}
		if json.Unmarshal(it.File, &item.file) != nil {
			item.file = nil // "" and the like: no file was chosen
		}
		b.items = append(b.items, item)
	}
	return b
}

// payload is a body, filled in.
type payload struct {
	bytes       []byte
	contentType string
	form        bool   // multipart
	text        string // as the trace shows it
}

// bodyMax bounds a request in memory: files come from people, and several runs send at once.
const bodyMax = 64 << 20

func (b *httpBody) fill(ctx context.Context, l *line, d Deps, vars workflow.Vars) (payload, error) {
	switch b.kind {
	case "raw-text":
		t, err := b.single()
		if err != nil {
			return payload{}, err
		}
		s := t.value.Text(vars)
		return payload{bytes: []byte(s), contentType: "text/plain", text: s}, nil
	case "json":
		return b.json(vars)
	case "binary":
		return b.binary(ctx, l, d, vars)
	case "x-www-form-urlencoded":
		var pairs []string
		for _, f := range b.fields(vars, func(*bodyItem) bool { return true }) {
			pairs = append(pairs, url.QueryEscape(f[0])+"="+url.QueryEscape(f[1]))
		}
		s := strings.Join(pairs, "&")
		return payload{bytes: []byte(s), contentType: "application/x-www-form-urlencoded", text: s}, nil
	}
	return b.multipart(ctx, l, d, vars)
}

// single is the one item that the body must have.
func (b *httpBody) single() (*bodyItem, error) {
	if len(b.items) != 1 {
		return nil, bodyError("%s body type should have exactly one item", "%s 类型的请求体应恰有一项", b.kind)
	}
	return &b.items[0], nil
}

func bodyError(en, zh string, args ...any) error {
	return workflow.Typed(errBody, app.Errorf(app.Invalid, "http_body_invalid", en, zh, args...))
}

// json fills in, repairs and parses the text, because variables in it are rarely escaped.
func (b *httpBody) json(vars workflow.Vars) (payload, error) {
	it, err := b.single()
	if err != nil {
		return payload{}, err
	}
	s := it.value.Text(vars)
	v, err := repairJSON(s)
	if err != nil {
		return payload{text: s}, bodyError("the body is not JSON and cannot be made JSON; the trace of this node shows it", "请求体不是 JSON，也无法修复为 JSON；可在此节点的运行记录中查看")
	}
	raw, err := value.Encode(v)
	if err != nil {
		return payload{}, err
	}
	return payload{bytes: raw, contentType: "application/json", text: string(raw)}, nil
}

func (b *httpBody) binary(ctx context.Context, l *line, d Deps, vars workflow.Vars) (payload, error) {
	it, err := b.single()
	if err != nil {
		return payload{}, err
	}
	v, _ := vars.Get(it.file)
	f, ok := v.(app.Attachment)
	if !ok {
		return payload{}, workflow.Typed(errFile, app.Errorf(app.Invalid, "http_file_missing", "the variable %q of the body is not a file", "请求体引用的变量“%s”不是文件", it.file.String()))
	}
	data, _, err := fetchFile(ctx, l, d, &f)
	return payload{bytes: data, text: fmt.Sprintf("<binary_content: size=%d bytes>", len(data))}, err
}

// fields are names and values of the items that count. Of those with one name the last wins, at the place of the first.
func (b *httpBody) fields(vars workflow.Vars, counts func(*bodyItem) bool) [][2]string {
	var fields [][2]string
	at := map[string]int{}
	for i := range b.items {
		it := &b.items[i]
		if !counts(it) {
			continue
		}
		key, val := it.key.Text(vars), it.value.Text(vars)
		if k, twice := at[key]; twice {
			fields[k][1] = val
			continue
		}
		at[key] = len(fields)
		fields = append(fields, [2]string{key, val})
	}
	return fields
}

// placeholder is the empty part that makes a form without files multipart, as it is in Dify.
const placeholder = "__multipart_placeholder__"

func (b *httpBody) multipart(ctx context.Context, l *line, d Deps, vars workflow.Vars) (payload, error) {
	var out, shown bytes.Buffer
	m := multipart.NewWriter(&out)
	show := func(name, text string) {
		fmt.Fprintf(&shown, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", m.Boundary(), name, text)
	}
	for _, f := range b.fields(vars, func(it *bodyItem) bool { return !it.isFile }) {
		if err := plainName(f[0]); err != nil {
			return payload{}, err
		}
		if err := m.WriteField(f[0], f[1]); err != nil {
			return payload{}, err
		}
		show(f[0], f[1])
	}
	files := 0
	for i := range b.items {
		it := &b.items[i]
		if !it.isFile {
			continue
		}
		name := it.key.Text(vars)
		if err := plainName(name); err != nil {
			return payload{}, err
		}
		for _, f := range filesAt(vars, it.file) {
			if f.File == "" && f.URL == "" {
				continue
			}
			data, mime, err := fetchFile(ctx, l, d, &f)
			if err != nil {
				return payload{}, err
			}
			if out.Len()+len(data) > bodyMax {
				return payload{}, workflow.Typed(errBody, app.Errorf(app.TooLarge, "http_body_too_large", "the request is larger than the %d MiB allowed; send fewer files", "请求体超过上限 %d MiB；请减少文件", bodyMax>>20))
			}
			if err := filePart(m, name, f.Name, mime, data); err != nil {
				return payload{}, err
			}
			files++
			show(name, fmt.Sprintf("<file_content_binary: '%s', type='%s', size=%d bytes>", f.Name, mime, len(data)))
		}
	}
	if files == 0 {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + placeholder + `"`}, "Content-Type": {"application/octet-stream"}}
		if _, err := m.CreatePart(h); err != nil {
			return payload{}, err
		}
	}
	if err := m.Close(); err != nil {
		return payload{}, err
	}
	fmt.Fprintf(&shown, "--%s--\r\n", m.Boundary())
	return payload{bytes: out.Bytes(), contentType: m.FormDataContentType(), form: true, text: shown.String()}, nil
}

// plainName refuses a field's name that could end the line it stands on.
func plainName(name string) error {
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return app.Errorf(app.Refused, "invalid_header", "the name of a form field holds a line break or another control character", "表单字段名中含有换行或其他控制字符")
	}
	return nil
}

func filePart(m *multipart.Writer, field, name, mime string, data []byte) error {
	p, err := m.CreatePart(textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(field, name)}, "Content-Type": {mime}})
	if err != nil {
		return err
	}
	_, err = p.Write(data)
	return err
}

// filesAt are the file or files of a variable; anything else has none.
func filesAt(vars workflow.Vars, s workflow.Selector) []app.Attachment {
	v, _ := vars.Get(s)
	switch f := v.(type) {
	case app.Attachment:
		return []app.Attachment{f}
	case []app.Attachment:
		return f
	}
	return nil
}

// fetchFile reads a file of ours, or the link that stands for one, through the client that will send it.
func fetchFile(ctx context.Context, l *line, d Deps, f *app.Attachment) (data []byte, mime string, err error) {
	if f.File != "" {
		data, mime, err = d.File(ctx, f.File)
	} else {
		data, mime, err = fetchLink(ctx, l, f.URL)
	}
	if err != nil {
		return nil, "", workflow.Typed(errFile, err)
	}
	if len(data) > bodyMax {
		return nil, "", workflow.Typed(errFile, app.Errorf(app.TooLarge, "http_body_too_large", "the file %q is larger than the %d MiB allowed", "文件“%s”超过上限 %d MiB", f.Name, bodyMax>>20))
	}
	if f.MIME != "" {
		mime = f.MIME
	}
	if mime == "" || strings.ContainsFunc(mime, func(r rune) bool { return r < ' ' || r > 0x7e }) {
		mime = "application/octet-stream"
	}
	if f.Name == "" {
		f.Name = path.Base(f.URL)
	}
	return data, mime, nil
}

func fetchLink(ctx context.Context, l *line, link string) ([]byte, string, error) {
	u, err := egress.ParseURL(escapeLink(link))
	if err != nil {
		return nil, "", err
	}
	call := &httpCall{method: http.MethodGet, url: u}
	resp, err := l.send(ctx, call)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up
	if resp.StatusCode != http.StatusOK {
		return nil, "", app.Errorf(app.Upstream, "fetch_failed", "the link of a file answered with status %s", "文件链接返回状态码 %s", strconv.Itoa(resp.StatusCode))
	}
	data, err := io.ReadAll(egress.Limit(l.receiving(resp.Body), fileMax))
	if err != nil {
		return nil, "", httpFailure(ctx, u.Hostname(), err)
	}
	return data, resp.Header.Get("Content-Type"), nil
}

func escapeLink(link string) string {
	if !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
		return link
	}
	return escapeURL(link)
}
