package chat_test

import (
	"bytes"
	"strings"
	"testing"

	"islet/app"
	"islet/app/chat"
	"islet/app/model/modeltest"
)

const pngHead = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

func TestUpload_kindIsWhatTheContentIs(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	ctx := r.as("u")
	for _, c := range []struct{ name, data, mime, kind, code string }{
		{"a.png", pngHead, "image/png", "image", ""},
		{"a.txt", pngHead, "image/png", "image", ""},
		{"报告.MD", "# hi", "text/markdown", "document", ""},
		{"a.csv", "a,b\n1,2\n", "text/csv", "document", ""},
		{"a.pdf", "%PDF-1.7", "application/pdf", "document", ""},
		{"a.docx", "PK\x03\x04rest", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", ""},
		{"a.docx", "MZ\x90\x00\x03\x00\x00\x00", "application/octet-stream", "custom", ""},
		{"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel", "document", ""},
		{"a.pdf", "not one", "text/plain", "document", ""},
		{"a.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "image/svg+xml", "custom", ""},
		{"a.html", "<html><script>1</script>", "text/html", "document", ""},
		{"a.png", "<html><script>1</script>", "", "", "unsupported_file_type"},
		{"a.jpg", "\x00\x01\x02", "", "", "unsupported_file_type"},
		{"a.mp3", "\xff\xfb\x90\x00\x00", "audio/mpeg", "audio", ""},
		{"a.mp3", "ID3\x03", "audio/mpeg", "audio", ""},
		{"a.bin", "\x00\x01", "application/octet-stream", "custom", ""},
		{"a.txt", "", "", "", "file_empty"},
		{"../a.txt", "x", "", "", "file_name_invalid"},
		{`..\a.txt`, "x", "", "", "file_name_invalid"},
		{"\x00\n", "x", "", "", "file_name_missing"},
	} {
		f, err := r.c.Upload(ctx, c.name, strings.NewReader(c.data))
		if c.code != "" {
			if e := app.AsError(err); e == nil || e.Code != c.code {
				t.Errorf("Upload(%q) = %v, want %s", c.name, err, c.code)
			}
			continue
		}
		if err != nil || f.MIME != c.mime || chat.KindOf(f.MIME) != c.kind || f.Size != int64(len(c.data)) || f.EndUser == "" {
			t.Errorf("Upload(%q) = %+v, %v; want %s, %s", c.name, f, err, c.mime, c.kind)
		}
	}
}

func TestUpload_limitsDependOnTheKind(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	ctx := r.as("u")
	for name, c := range map[string]struct {
		head string
		size int
		ok   bool
	}{
		"a.png": {pngHead, chat.MaxImage, true}, "b.png": {pngHead, chat.MaxImage + 1, false}, "c.txt": {"text", chat.MaxDocument + 1, false},
	} {
		_, err := r.c.Upload(ctx, name, bytes.NewReader(append([]byte(c.head), bytes.Repeat([]byte("a"), c.size-len(c.head))...)))
		if c.ok && err != nil || !c.ok && app.KindOf(err) != app.TooLarge {
			t.Errorf("Upload of %s with %d bytes = %v", name, c.size, err)
		}
	}
}

func TestUpload_namesAreCleaned(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	ctx := r.as("u")
	for name, want := range map[string]string{" a\tb\u202e.txt ": "ab.txt", strings.Repeat("长", 300) + ".md": strings.Repeat("长", 252) + ".md", "CON": "CON"} {
		f, err := r.c.Upload(ctx, name, strings.NewReader("x"))
		if err != nil || f.Name != want {
			t.Errorf("Upload(%q) is called %q, %v", name, f.Name, err)
		}
	}
}

func TestOpenFile_isForItsOwner(t *testing.T) {
	r := newRig(t, modeltest.Options{})
	mine, theirs := r.as("u"), r.as("other")
	f, err := r.c.Upload(mine, "a.txt", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	got, body, err := r.c.OpenFile(mine, f.ID)
	if err != nil || got.Name != "a.txt" {
		t.Fatalf("OpenFile = %+v, %v", got, err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(body); err != nil || b.String() != "hello" {
		t.Errorf("it says %q, %v", b.String(), err)
	}
	_ = body.Close()
	if _, _, err := r.c.OpenFile(theirs, f.ID); app.KindOf(err) != app.NotFound {
		t.Errorf("OpenFile by another = %v", err)
	}
}
