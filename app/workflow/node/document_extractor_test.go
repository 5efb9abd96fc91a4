package node

import (
	"context"
	"testing"

	"islet/app"
)

func TestDocumentExtractor_readsFiles(t *testing.T) {
	r := rig{deps: Deps{Extract: func(_ context.Context, f app.Attachment) (string, error) {
		switch f.Kind {
		case "audio":
			return "", app.Errorf(app.Unsupported, "format_unknown", "nobody reads it", "无法读取")
		case "image":
			return "", app.Errorf(app.NotFound, "not_found", "gone", "不存在")
		}
		return "text of " + f.Name, nil
	}}}
	r.files = map[string]map[string]any{"f": {"one": pdf, "none": []app.Attachment{}, "docs": []app.Attachment{pdf, pdf}, "images": []app.Attachment{pdf, png}}}
	from := func(name string) string { return `{"variable_selector":["f","` + name + `"],"is_array_file":true}` }
	r.check(t, "document-extractor", []claim{
		{from("one"), ``, `{"text":"text of a.pdf"}`},
		{from("docs"), ``, `{"text":["text of a.pdf","text of a.pdf"]}`},
		{from("none"), ``, `{"text":[]}`},
		{`{"variable_selector":["n","empty"]}`, `{"n":{"empty":[]}}`, `{"text":[]}`},
		{`{"variable_selector":["n","null"]}`, `{"n":{"null":null}}`, `{"text":[]}`},
		{from("images"), ``, `!not_found`},
		{`{"variable_selector":["n","x"]}`, `{"n":{"x":"text"}}`, `!document_not_a_file`},
		{`{"variable_selector":["n","x"]}`, `{"n":{"x":["text"]}}`, `!document_not_a_file`},
		{from("gone"), ``, `!variable_missing`},
		{`{"variable_selector":[]}`, ``, `!document_not_chosen`},
	})
	r.files = map[string]map[string]any{"f": {"x": audio}}
	r.check(t, "document-extractor", []claim{{from("x"), ``, `!UnsupportedFileTypeError format_unknown`}})
	r.deps.Extract = nil
	r.check(t, "document-extractor", []claim{{from("x"), ``, `!documents_unavailable`}})
}
