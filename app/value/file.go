package value

import (
	"strings"

	"islet/app"
)

// A file among variables is an object that Dify marks in this way.
const (
	fileMark     = "dify_model_identity"
	fileIdentity = "__dify__file__"
)

// FileObject is a file as Dify writes one among variables, and as code nodes and templates see it.
func FileObject(f *app.Attachment) *Object {
	return NewObject(fileMark, fileIdentity, "id", string(f.ID), "type", f.Kind, "transfer_method", f.Method, "remote_url", remote(f),
		"related_id", string(f.File), "filename", f.Name, "extension", Extension(f.Name), "mime_type", f.MIME, "size", f.Size, "url", f.URL)
}

func remote(f *app.Attachment) any {
	if f.File == "" && f.URL != "" {
		return f.URL
	}
	return nil
}

func file(o *Object) app.Attachment {
	text := func(k string) string { s, _ := o.values[k].(string); return s }
	f := app.Attachment{ID: app.ID(text("id")), Kind: text("type"), Method: text("transfer_method"), File: app.ID(text("related_id")),
		Name: text("filename"), MIME: text("mime_type"), URL: text("url")}
	if f.URL == "" {
		f.URL = text("remote_url")
	}
	f.Size, _ = o.values["size"].(int64)
	return f
}

func files(list []app.Attachment) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = FileObject(&list[i])
	}
	return out
}

// Attribute is one attribute of a file, under Dify's name for it: type, size, name, mime_type, transfer_method, url, extension
// or related_id.
func Attribute(f app.Attachment, name string) (any, bool) {
	switch name {
	case "type":
		return f.Kind, true
	case "size":
		return f.Size, true
	case "name":
		return f.Name, true
	case "mime_type":
		return f.MIME, true
	case "transfer_method":
		return f.Method, true
	case "url":
		return f.URL, true
	case "extension":
		return Extension(f.Name), true
	case "related_id":
		return string(f.File), true
	}
	return nil, false
}

// Extension is what stands behind the last dot of a file name, with the dot; empty if there is none.
func Extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}
