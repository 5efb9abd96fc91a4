package extract_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"islet/app/knowledge/extract"
)

// cacheDir is shared with the tests of app/sandbox: compiling PDFium takes seconds.
func cacheDir() string { return filepath.Join(os.TempDir(), "islet-sandbox-test") }

// pdf makes a document of pages, each of which is a text in a Chinese font that is not in the file, as old programs do it.
func pdf(pages ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, args...)...)
	}
	b.WriteString("%PDF-1.5\n")
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 6+2*i)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[%s]/Count %d>>", kids, len(pages))
	object("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>")
	object("<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 5 0 R/DW 1000>>")
	object("<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 880/StemV 93>>")
	for i, text := range pages {
		stream := ""
		for n, line := range strings.Split(text, "\n") {
			var hex strings.Builder
			for _, r := range line {
				fmt.Fprintf(&hex, "%04X", r)
			}
			stream += fmt.Sprintf("BT /F1 12 Tf 72 %d Td <%s> Tj ET\n", 700-20*n, hex.String())
		}
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", 7+2*i)
		object("<</Length %d>>\nstream\n%s\nendstream", len(stream), stream)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

func TestPDF_isReadPageByPage(t *testing.T) {
	var r extract.Reader
	start := time.Now()
	if err := r.LoadPDF(cacheDir()); err != nil {
		t.Fatal(err)
	}
	t.Logf("loaded in %v", time.Since(start))
	many := make([]string, 5001)
	for i := range many {
		many[i] = fmt.Sprintf("第%d页", i+1)
	}
	good := pdf("劳动合同\n第一条 为了保护劳动者的合法权益", "第二页 page 2")
	for _, x := range []struct {
		name       string
		data       []byte
		want, code string
	}{
		{"two pages", good, "劳动合同\n第一条 为了保护劳动者的合法权益\n第二页 page 2", ""},
		{"180 pages", pdf(many[:180]...), strings.Join(many[:180], "\n"), ""},
		{"no text", pdf(" ", ""), "", "document_empty"},
		{"too many pages", pdf(many...), "", "document_too_large"},
		{"truncated", good[:len(good)/2], "", ""},
		{"junk", []byte("%PDF-1.7\njunk"), "", "document_unreadable"},
		{"none", nil, "", "document_unreadable"},
		{"569 bytes of brackets", []byte("%PDF-1.7\n1 0 obj\n" + strings.Repeat("[", 569) + "\ntrailer<</Root 1 0 R>>"), "", "document_unreadable"},
		{"1e6 brackets", bytes.Replace(good, []byte("/Kids["), []byte("/X "+strings.Repeat("[", 1_000_000)+strings.Repeat("]", 1_000_000)+"/Kids["), 1), "", ""},
		{"pages in a circle", bytes.ReplaceAll(good, []byte("/Kids[6 0 R 8 0 R ]/Count 2"), []byte("/Kids[2 0 R 2 0 R ]/Count 9")), "", "document_unreadable"},
		{"a huge size", bytes.Replace(good, []byte("/Size 9"), []byte("/Size 2147483647"), 1), "", ""},
		{"good again", good, "劳动合同\n第一条 为了保护劳动者的合法权益\n第二页 page 2", ""},
	} {
		start := time.Now()
		got, err := r.Text("a.pdf", "", x.data)
		if x.want != "" && got != x.want || x.code != "" && code(err) != x.code {
			t.Errorf("%s: got %q, %v; want %q, %s", x.name, cut(got), err, cut(x.want), x.code)
		}
		t.Logf("%s: %v, %d bytes, %v", x.name, time.Since(start), len(got), err)
	}
}
