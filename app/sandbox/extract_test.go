package sandbox_test

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/sandbox"
)

func wordDocument(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(`<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:body></w:document>`))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// onePage is a PDF that says "Hello PDF".
const onePage = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents 4 0 R>>endobj\n" +
	"4 0 obj<</Length 40>>\nstream\nBT /F1 12 Tf 50 200 Td (Hello PDF) Tj ET \nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"

func TestExtract_readsInAWorker(t *testing.T) {
	p := newPool(t, sandbox.Options{Workers: 1})
	for range 2 {
		for _, x := range []struct {
			name string
			data []byte
			want string
		}{
			{"a.txt", []byte("文字\n"), "文字\n"},
			{"a.docx", wordDocument(t, "合同"), "合同"},
			{"a.pdf", []byte(onePage), "Hello PDF"},
			{"empty.md", nil, ""},
			{"files.txt", nil, "true true true true 0"},
		} {
			start := time.Now()
			got, err := p.Extract(t.Context(), x.name, "", x.data)
			if got != x.want || err != nil {
				t.Errorf("%s: got %q, %v; want %q", x.name, got, err, x.want)
			}
			t.Logf("%s in %v", x.name, time.Since(start))
		}
	}
}

func TestExtract_saysWhatIsWrong(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for _, x := range []struct {
		name string
		data string
		kind app.Kind
		code string
	}{
		{"a.png", "", app.Unsupported, "format_unsupported"},
		{"a.docx", "no zip", app.Invalid, "document_unreadable"},
		{"a.pdf", "%PDF-1.4\nno pdf", app.Invalid, "document_unreadable"},
		{"a.docx", string(wordDocument(t, "")), app.Invalid, "document_empty"},
		{"panic.txt", "", app.Refused, "document_unsafe"},
		{"long.txt", "", app.Refused, "document_unsafe"},
	} {
		got, err := p.Extract(t.Context(), x.name, "", []byte(x.data))
		if e := app.AsError(err); err == nil || e.Kind != x.kind || e.Code != x.code {
			t.Errorf("%s: got %q, %v; want %s", x.name, got, err, x.code)
		}
	}
}

func TestExtract_endsParsersThatGoOverTheirLimits(t *testing.T) {
	sandbox.LimitDocuments(20 * time.Second)
	p := newPool(t, sandbox.Options{Workers: 1})
	before := heap()
	for _, name := range []string{"hoard.txt", "gulp.txt", "recurse.txt", "panic.txt", "exit.txt"} {
		start := time.Now()
		_, err := p.Extract(t.Context(), name, "", nil)
		if app.AsError(err).Code != "document_unsafe" || !strings.Contains(err.Error(), "parser limit") {
			t.Errorf("%s: %v", name, err)
		}
		t.Logf("%s: %v in %v", name, err, time.Since(start))
		if got, err := p.Extract(t.Context(), "a.txt", "", []byte("next")); got != "next" || err != nil {
			t.Errorf("after %s: %q, %v", name, got, err)
		}
	}
	if grown := heap() - before; grown > 50<<20 {
		t.Errorf("this process grew by %d MB", grown>>20)
	}
	sandbox.LimitDocuments(time.Second)
	start := time.Now()
	_, err := p.Extract(t.Context(), "loop.txt", "", nil)
	if took := time.Since(start); app.AsError(err).Code != "document_unsafe" || took > 5*time.Second {
		t.Errorf("loop.txt: %v after %v", err, took)
	}
}

func TestExtract_stopsWithItsCaller(t *testing.T) {
	p := newPool(t, sandbox.Options{Workers: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := p.Extract(ctx, "loop.txt", "", nil); app.KindOf(err) != app.Canceled {
		t.Errorf("got %v", err)
	}
	if _, err := p.Run(t.Context(), sandbox.Code{Language: "documents", Source: "x"}); app.AsError(err).Code != "language_unknown" {
		t.Errorf("a program in the language of documents: %v", err)
	}
}

func TestWarmPDF_hasAWorkerReady(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	start := time.Now()
	if err := p.WarmPDF(t.Context()); err != nil {
		t.Fatal(err)
	}
	warm := time.Since(start)
	start = time.Now()
	if got, err := p.Extract(t.Context(), "a.pdf", "", []byte(onePage)); got != "Hello PDF" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	t.Logf("ready in %v, read in %v", warm, time.Since(start))
}
