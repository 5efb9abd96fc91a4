package extract_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"islet/app"
	"islet/app/knowledge/extract"
)

// TestText_ofSpoiledFiles changes, cuts and doubles bytes of good files. Every outcome is fine but a panic and a long wait.
func TestText_ofSpoiledFiles(t *testing.T) {
	body := styledPara("Article", "1", "0", "总则") + `<w:tbl><w:tr><w:tc>` + para("甲") + `</w:tc></w:tr></w:tbl>`
	samples := map[string]func(random *rand.Rand) []byte{
		"a.rtf":      spoiled(`{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}\f0\u20320?\'c4\'e3\trowd\intbl a\cell b\cell\row\pard x\par\bin3 abc}`),
		"a.xls":      spoiled(string(sampleXLS())),
		"a.doc":      spoiled(string(sampleDOC())),
		"a.msg":      spoiled(string(ole("__substg1.0_0037001F", wide("关于合同"), "__substg1.0_1000001F", wide("正文")))),
		"a.eml":      spoiled("From: a@b.c\r\nSubject: =?GB2312?B?xOO6ww==?=\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\nContent-Type: text/html; charset=gbk\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C4=E3<b>x\r\n--X--\r\n"),
		"a.html.xls": spoiled(`<html><body><table><tr><td>a<table><tr><td>b</table><td>c</tr></table><ol><li>x<pre> y</pre></ol><script>z</script></body>`),
		"a.yaml":     spoiled("a: &x {b: [1, '2']}\nc: *x\n---\n- |\n  d\n- !!binary ZQ==\n"),
		"a.json":     spoiled(`{"a":[1,2.5,"\u4e2d",{"b":null}],"c":{}}`),
		"a.csv":      spoiled("a,b\n\"c\nd\",\"e\"\"f\"\n"),
		"a.docx": func(r *rand.Rand) []byte {
			return zipped(t, "word/document.xml", string(spoil(r, `<w:document `+word+`><w:body>`+body+`</w:body></w:document>`)),
				"_rels/.rels", relationsHead+relation("rId1", "officeDocument", "word/document.xml")+`</Relationships>`,
				"word/_rels/document.xml.rels", relationsHead+relation("rId1", "numbering", "numbering.xml")+`</Relationships>`,
				"word/numbering.xml", string(spoil(r, numberingXML)))
		},
		"a.ods": func(r *rand.Rand) []byte {
			return zipped(t, "content.xml", string(spoil(r, content("spreadsheet", `<table:table table:name="x"><table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2"><text:p>x<text:s text:c="3"/></text:p></table:table-cell></table:table-row></table:table>`))))
		},
		"a.xlsx": func(r *rand.Rand) []byte {
			return sheetOf(t, "<si><t>共</t></si>", string(spoil(r, `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>x</t></is></c></row><row r="20"><c r="B20" s="1"><v>7</v></c></row>`)))
		},
	}
	for name, sample := range samples {
		random := rand.New(rand.NewPCG(1, 2))
		for range 400 {
			data := sample(random)
			start := time.Now()
			_, err := extract.Text(name, "", data)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: %v for %q", name, took, cut(string(data)))
			}
			if e := new(app.Error); err != nil && (!errors.As(err, &e) || strings.Contains(err.Error(), "panic:")) {
				t.Fatalf("%s: %v for %q", name, err, cut(string(data)))
			}
		}
	}
}

func spoiled(s string) func(*rand.Rand) []byte {
	return func(r *rand.Rand) []byte { return spoil(r, s) }
}

func spoil(r *rand.Rand, s string) []byte {
	b := []byte(s)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b))
		switch r.IntN(4) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b[at] = []byte{0, 0xFF, '<', '>', '9', '"', '{', '\\'}[r.IntN(8)]
		case 2:
			b = b[:max(1, at)]
		case 3:
			end := min(len(b), at+r.IntN(40))
			b = append(b[:end:end], b[at:]...)
		}
	}
	return b
}
