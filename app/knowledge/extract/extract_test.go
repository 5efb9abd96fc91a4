package extract_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"islet/app"
	"islet/app/knowledge/extract"
)

const (
	simplified  = "第一条 为了规范平台的使用，保护用户的合法权益，制定本规定。\n第二条 用户可以随时导出自己的数据，平台应当提供帮助。\n"
	traditional = "第一條 為了規範平臺的使用，保護用戶的合法權益，制定本規定。\n第二條 用戶可以隨時匯出自己的資料，平臺應當提供協助。\n"
	kana        = "これは日本語の文章です。文字コードを正しく判定できるかどうかを調べます。カタカナもあります。\n"
	hangul      = "이 문장은 한국어로 쓰여 있습니다. 문자 집합을 올바르게 알아내는지 확인합니다.\n"
)

func encoded(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// claim is one document and the text that is expected of it.
type claim struct {
	name string
	data []byte
	want string
}

func (c claim) check(t *testing.T) {
	t.Helper()
	got, err := extract.Text(c.name, "", c.data)
	if err != nil {
		t.Errorf("%s: %v", c.name, err)
	} else if got != c.want {
		t.Errorf("%s:\ngot  %q\nwant %q", c.name, cut(got), cut(c.want))
	}
}

func cut(s string) string { return s[:min(len(s), 3000)] }

func TestText_isReadInItsCharacterSet(t *testing.T) {
	le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	for _, c := range []claim{
		{"utf8.txt", []byte(simplified), simplified},
		{"bom.md", []byte("\uFEFF" + simplified), simplified},
		{"gb18030.txt", encoded(t, simplifiedchinese.GB18030, simplified+"𠮷"), simplified + "𠮷"},
		{"gbk.log", encoded(t, simplifiedchinese.GBK, simplified), simplified},
		{"short.txt", encoded(t, simplifiedchinese.GBK, "你好"), "你好"},
		{"short2.txt", encoded(t, simplifiedchinese.GBK, "测试文件"), "测试文件"},
		{"big5.txt", encoded(t, traditionalchinese.Big5, traditional), traditional},
		{"sjis.txt", encoded(t, japanese.ShiftJIS, kana), kana},
		{"eucjp.txt", encoded(t, japanese.EUCJP, kana), kana},
		{"euckr.txt", encoded(t, korean.EUCKR, hangul), hangul},
		{"utf16le.txt", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), simplified), simplified},
		{"utf16be.txt", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), simplified), simplified},
		{"utf16.txt", encoded(t, le, simplified), simplified},
		{"ascii16.txt", encoded(t, le, "plain ASCII text"), "plain ASCII text"},
		{"utf32.txt", encoded(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), simplified), simplified},
		{"crlf.txt", []byte("a\r\nb\r\n"), "a\r\nb\r\n"},
		{"cut.txt", []byte(simplified + simplified + "第"[:2]), simplified + simplified + "\uFFFD"},
		{"empty.txt", nil, ""},
		{"Makefile", []byte("all:\n\tgo build\n"), "all:\n\tgo build\n"},
		{"page.html", []byte("<p>原样</p>"), "<p>原样</p>"},
		{"note.xml", []byte("<a>&lt;</a>"), "<a>&lt;</a>"},
		{"C:\\Users\\李雷\\笔记.TXT", []byte("a"), "a"},
	} {
		c.check(t)
	}
}

func TestText_ofStructuredFormats(t *testing.T) {
	for _, c := range []claim{
		{"a.json", []byte(`{"b":1.0,"a":[{},[],"中\u6587\n",null,true,12345678901234567890]}`),
			"{\n  \"b\": 1.0,\n  \"a\": [\n    {},\n    [],\n    \"中文\\n\",\n    null,\n    true,\n    12345678901234567890\n  ]\n}"},
		{"gbk.json", encoded(t, simplifiedchinese.GBK, `{"条款": "第一条 为了规范平台的使用，保护用户的合法权益，制定本规定。"}`), "{\n  \"条款\": \"第一条 为了规范平台的使用，保护用户的合法权益，制定本规定。\"\n}"},
		{"scalar.json", []byte(`"x"`), `"x"`},
		{"a.yml", []byte("# 注释\na: {b: [1, '2'], c: 中文}\nd: &x\n  - e\nf: *x\n---\ng: |\n  1\n  2\n"),
			"a:\n  b:\n  - 1\n  - '2'\n  c: 中文\nd: &x\n- e\nf: *x\n---\ng: |\n  1\n  2"},
		{"a.properties", []byte("# c\n! d\n\na = 1\nb:2\nc\nurl=http://x:80/?a=b\n"), "# c\n! d\n\na: 1\nb: 2\nc: \nurl: http://x:80/?a=b"},
		{"a.csv", []byte("名称,数量\r\n苹果,3\r\n\"多行\n文字\",\"a|b \"\"c\"\"\"\r\n"), "| 名称 | 数量 |\n| -- | -- |\n| 苹果 | 3 |\n| 多行 文字 | a\\|b \"c\" |"},
		{"gbk.csv", encoded(t, simplifiedchinese.GBK, "名称,说明\n苹果,为了规范平台的使用，保护用户的合法权益\n"), "| 名称 | 说明 |\n| -- | -- |\n| 苹果 | 为了规范平台的使用，保护用户的合法权益 |"},
		{"semicolon.csv", []byte("a;b\n1,5;2\n"), "| a | b |\n| - | - |\n| 1,5 | 2 |"},
		{"unicode.csv", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "名称\t数量\r\n苹果\t3\r\n"), "| 名称 | 数量 |\n| -- | -- |\n| 苹果 | 3 |"},
		{"ragged.csv", []byte("a\n1,2,3\n\n,,\n4\n"), "| a |  |  |\n| - | --- | --- |\n| 1 | 2 | 3 |\n| 4 |  |  |"},
		{"quotes.csv", []byte("a,b\n5\" disk,x\"y\n"), "| a | b |\n| - | - |\n| 5\" disk | x\"y |"},
		{"empty.csv", nil, ""},
	} {
		c.check(t)
	}
}

func TestFormat_isDecidedByNameThenType(t *testing.T) {
	for _, x := range []struct{ name, mime, want string }{
		{"a.docx", "application/pdf", "docx"},
		{"a.PDF", "", "pdf"},
		{"archive.tar.md", "", "md"},
		{"a.2024", "application/pdf", "pdf"},
		{"报告", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
		{"a", "text/csv; charset=utf-8", "csv"},
		{"a", "text/x-anything", "txt"},
		{"a", "application/ld+json", "json"},
		{"a.yml", "", "yaml"},
		{"Dockerfile", "", "dockerfile"},
		{".gitignore", "", "gitignore"},
		{"a.png", "image/png", ""},
		{"a.zip", "application/zip", ""},
		{"a.exe", "application/octet-stream", ""},
		{"a.ppt", "application/vnd.ms-powerpoint", "ppt"},
		{"", "", ""},
	} {
		if got := extract.Format(x.name, x.mime); got != x.want || extract.Supported(x.name, x.mime) != (x.want != "") {
			t.Errorf("Format(%q, %q) = %q, want %q", x.name, x.mime, got, x.want)
		}
	}
}

// zipped makes a zip of names and contents in turn.
func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		if len(parts[i+1]) == bombSize {
			bombed(t, z, parts[i])
			continue
		}
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const bombSize = 210 << 20

// bomb is as many spaces, compressed once for all tests.
var bomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = w.Write(bytes.Repeat([]byte(" "), bombSize))
	_ = w.Close()
	return b.Bytes()
})

func bombed(t testing.TB, z *zip.Writer, name string) {
	t.Helper()
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, UncompressedSize64: bombSize, CompressedSize64: uint64(len(bomb()))})
	if err == nil {
		_, err = w.Write(bomb())
	}
	if err != nil {
		t.Fatal(err)
	}
}

const relationsHead = `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`

func relation(id, kind, target string) string {
	return fmt.Sprintf(`<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`, id, kind, target)
}

const word = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

func docx(t testing.TB, body string, parts ...string) []byte {
	return zipped(t, append([]string{
		"_rels/.rels", relationsHead + relation("rId1", "officeDocument", "word/document.xml") + `</Relationships>`,
		"word/_rels/document.xml.rels", relationsHead + relation("rId1", "numbering", "numbering.xml") + relation("rId2", "styles", "styles.xml") + relation("rId3", "footnotes", "/word/footnotes.xml") + `</Relationships>`,
		"word/document.xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document ` + word + `><w:body>` + body + `<w:sectPr/></w:body></w:document>`,
	}, parts...)...)
}

func para(s string) string { return `<w:p><w:r><w:t xml:space="preserve">` + s + `</w:t></w:r></w:p>` }

func styledPara(style, num, level, s string) string {
	p := ""
	if style != "" {
		p += `<w:pStyle w:val="` + style + `"/>`
	}
	if num != "" {
		p += `<w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + num + `"/></w:numPr>`
	}
	return `<w:p><w:pPr>` + p + `<w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>` + s + `</w:t></w:r></w:p>`
}

const numberingXML = `<w:numbering ` + word + `>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val=""/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="20"/></w:lvlOverride></w:num></w:numbering>`

func TestDOCX_isReadInBodyOrder(t *testing.T) {
	for _, c := range []claim{
		{"paragraphs.docx", docx(t, styledPara("Heading1", "", "", "标题")+para("第一段 &amp; &lt;更多&gt;")+`<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/></w:r></w:p>`),
			"标题\n第一段 & <更多>\na\tb\nc-"},
		{"order.docx", docx(t, para("前")+`<w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>`+para("名|称")+`</w:tc></w:tr><w:tr><w:tc>`+para("苹果")+para("大的")+`</w:tc><w:tc>`+para("3")+`</w:tc></w:tr></w:tbl>`+para("后")),
			"前\n| 名\\|称 |  |\n| --- | --- |\n| 苹果 大的 | 3 |\n后"},
		{"tracked.docx", docx(t, `<w:p><w:r><w:t>留</w:t></w:r><w:del><w:r><w:delText>删</w:delText></w:r></w:del><w:ins><w:r><w:t>增</w:t></w:r></w:ins><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>`),
			"留增链接"},
		{"control.docx", docx(t, `<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>`+para("目录")+`</w:sdtContent></w:sdt>`), "目录"},
		{"box.docx", docx(t, `<w:p><w:r><w:t>正文</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><w:txbxContent>`+para("框")+`</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>`+para("框")+`</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`),
			"正文\n框"},
		{"nested.docx", docx(t, `<w:tbl><w:tr><w:tc>`+para("外")+`<w:tbl><w:tr><w:tc>`+para("内")+`</w:tc></w:tr></w:tbl></w:tc><w:tc>`+para("右")+`</w:tc></w:tr></w:tbl>`), "| 外 \\| 内 \\| \\| - \\| | 右 |\n| ------------- | - |"},
		{"lists.docx", docx(t, styledPara("", "1", "0", "总则")+styledPara("", "1", "1", "目的")+styledPara("", "1", "1", "范围")+styledPara("Article", "", "", "权利")+styledPara("", "1", "1", "导出")+styledPara("", "2", "0", "点")+styledPara("", "2", "1", "小点")+styledPara("", "3", "0", "附则")+styledPara("", "0", "0", "无")+styledPara("", "99", "0", "未知"),
			"word/numbering.xml", numberingXML, "word/styles.xml", `<w:styles `+word+`><w:style w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style><w:style w:styleId="Article"><w:basedOn w:val="Base"/></w:style></w:styles>`),
			"第一条 总则\n一.1 目的\n一.2 范围\n第二条 权利\n二.1 导出\n- 点\n  - 小点\n第二十条 附则\n无\n未知"},
		{"notes.docx", docx(t, para("正文"), "word/footnotes.xml", `<w:footnotes `+word+`><w:footnote w:type="separator">`+para("-")+`</w:footnote><w:footnote w:id="1">`+para("脚注")+`</w:footnote></w:footnotes>`), "正文\n脚注"},
		{"blank.docx", docx(t, para("a")+para("")+para(" ")+para("b")), "a\n\nb"},
		{"utf16.docx", zipped(t, "word/document.xml", string(encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), `<?xml version="1.0" encoding="UTF-16"?><w:document `+word+`><w:body>`+para("中文")+`</w:body></w:document>`))), "中文"},
		{"really.doc", docx(t, para("改名")), "改名"},
	} {
		c.check(t)
	}
}

func TestPPTX_isReadInTheOrderOfItsSlides(t *testing.T) {
	slide := func(body string) string {
		return `<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>` + body + `</p:spTree></p:cSld></p:sld>`
	}
	shape := func(kind, s string) string {
		return `<p:sp><p:nvSpPr><p:nvPr><p:ph type="` + kind + `"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:rPr/><a:t>` + s + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	data := zipped(t,
		"_rels/.rels", relationsHead+relation("rId1", "officeDocument", "ppt/presentation.xml")+`</Relationships>`,
		"ppt/presentation.xml", `<p:presentation xmlns:p="p" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><p:sldIdLst><p:sldId id="256" r:id="rId9"/><p:sldId id="257" r:id="rId2"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", relationsHead+relation("rId2", "slide", "slides/slide1.xml")+relation("rId9", "slide", "slides/slide2.xml")+`</Relationships>`,
		"ppt/slides/slide1.xml", slide(shape("title", "第二页")+`<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>甲</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p/></a:txBody></a:tc></a:tr><a:tr><a:tc><a:txBody><a:p><a:r><a:t>1</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>2</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>`),
		"ppt/slides/slide2.xml", slide(shape("title", "第一页")+shape("sldNum", "1")+`<p:grpSp>`+shape("body", "组内")+`</p:grpSp>`),
		"ppt/slides/_rels/slide2.xml.rels", relationsHead+relation("rId1", "notesSlide", "../notesSlides/notesSlide1.xml")+`</Relationships>`,
		"ppt/notesSlides/notesSlide1.xml", slide(shape("body", "备注")+shape("sldNum", "7")),
	)
	claim{"a.pptx", data, "第一页\n组内\n\n备注\n\n第二页\n| 甲 |  |\n| - | --- |\n| 1 | 2 |"}.check(t)
}

const office = `xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:draw="d" xmlns:presentation="p"`

func content(kind, body string) string {
	return `<office:document-content ` + office + `><office:body><office:` + kind + `>` + body + `</office:` + kind + `></office:body></office:document-content>`
}

func TestODF_isReadLikeTheOthers(t *testing.T) {
	for _, c := range []claim{
		{"a.odt", zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", content("text", `<text:tracked-changes><text:p>删</text:p></text:tracked-changes><text:h>标题</text:h><text:p>一<text:s text:c="2"/>二<text:tab/>三<text:line-break/><text:span>四</text:span></text:p>
<text:list><text:list-item><text:p>点</text:p><text:list><text:list-item><text:p>小点</text:p></text:list-item></text:list></text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>甲</text:p></table:table-cell><table:table-cell><text:p>乙</text:p></table:table-cell></table:table-row></table:table><text:p>后</text:p>`)),
			"标题\n一  二\t三\n四\n- 点\n  - 小点\n| 甲 | 乙 |\n| - | - |\n后"},
		{"a.ods", zipped(t, "content.xml", content("spreadsheet", `<table:table table:name="表一"><table:table-row><table:table-cell><text:p>名</text:p></table:table-cell><table:table-cell table:number-columns-repeated="2"><text:p>x</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16000"/></table:table-row><table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table><table:table table:name="空"/><table:table table:name="表二"><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table>`)),
			"## 表一\n\n| 名 | x | x |\n| - | - | - |\n\n## 表二\n\n| 1 |\n| - |"},
		{"a.odp", zipped(t, "content.xml", content("presentation", `<draw:page><draw:frame><draw:text-box><text:p>第一页</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box><text:p>备注</text:p></draw:text-box></draw:frame></presentation:notes></draw:page><draw:page><draw:frame><draw:text-box><text:p>第二页</text:p></draw:text-box></draw:frame></draw:page>`)),
			"第一页\n备注\n\n第二页"},
	} {
		c.check(t)
	}
}

func TestEPUB_isReadInTheOrderOfItsSpine(t *testing.T) {
	data := zipped(t, "mimetype", "application/epub+zip",
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>`,
		"OEBPS/content.opf", `<package><manifest><item id="b" href="text/%E4%BA%8C.xhtml"/><item id="a" href="text/one.xhtml"/><item id="css" href="style.css"/></manifest><spine><itemref idref="a"/><itemref idref="css"/><itemref idref="b"/></spine></package>`,
		"OEBPS/text/one.xhtml", `<?xml version="1.0"?><!DOCTYPE html><html><head><title>书</title><style>p{}</style></head><body><h1>第一章</h1><p>从 前<br/>有&nbsp;座<b>山</b>。</p><ol><li>甲</li><li>乙<ul><li>丙</li></ul></li></ol></body></html>`,
		"OEBPS/text/二.xhtml", `<html><body><h1>第二章</h1><table><tr><th>名</th><th>数</th></tr><tr><td>山</td><td>1</td></tr></table><p>完</p><script>alert(1)</script></body></html>`)
	claim{"a.epub", data, "第一章\n\n从 前\n有\u00a0座山。\n\n1. 甲\n2. 乙\n  - 丙\n\n第二章\n\n| 名 | 数 |\n| - | - |\n| 山 | 1 |\n\n完"}.check(t)
}

func TestEML_hasHeadersTextAndAttachments(t *testing.T) {
	for _, c := range []claim{
		{"gb.eml", []byte("From: =?GB2312?B?" + base64GB(t, "李雷") + "?= <li@example.com>\r\nTo: han@example.com\r\nSubject: =?GB2312?B?" + base64GB(t, "关于合同") + "?=\r\nDate: Mon, 2 Nov 2026 10:00:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=X\r\n\r\n--X\r\nContent-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64GB(t, "您好，\r\n请看附件。") + "\r\n--X\r\nContent-Type: application/pdf; name=\"=?UTF-8?B?5ZCI5ZCMLnBkZg==?=\"\r\nContent-Disposition: attachment; filename=\"=?UTF-8?B?5ZCI5ZCMLnBkZg==?=\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--X--\r\n"),
			"Subject: 关于合同\nFrom: 李雷 <li@example.com>\nTo: han@example.com\nDate: Mon, 2 Nov 2026 10:00:00 +0800\n\n您好，\n请看附件。\n\nAttachment: 合同.pdf"},
		{"html.eml", []byte("From: a@example.com\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>你好</p><table><tr><td><p>布局</p></td></tr></table></body></html>"), "Subject: x\nFrom: a@example.com\n\n你好\n\n布局"},
		{"plain.eml", []byte("From: a@example.com\nSubject: x\n\n1 < 2\n"), "Subject: x\nFrom: a@example.com\n\n1 < 2"},
	} {
		c.check(t)
	}
}

func TestRTF_isReadInItsCharacterSet(t *testing.T) {
	hex := func(b []byte) string {
		var s strings.Builder
		for _, c := range b {
			fmt.Fprintf(&s, `\'%02x`, c)
		}
		return s.String()
	}
	gbk := hex(encoded(t, simplifiedchinese.GBK, "你好，世界"))
	for _, c := range []claim{
		{"ansi.rtf", []byte(`{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}{\info{\title x}}\f0 ` + gbk + `\par second\tab x\par}`), "你好，世界\nsecond\tx"},
		{"font.rtf", []byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset134 SimSun;}}\f0 caf\'e9 \f1 ` + gbk + `}`), "café 你好，世界"},
		{"unicode.rtf", []byte(`{\rtf1\ansi\uc1 \u20320?\u22909?\u-10179?\u-8704?{\*\generator x}\{\}\\}`), "你好😀{}\\"},
		{"table.rtf", []byte(`{\rtf1\ansi\trowd\intbl a\cell b\cell\row\trowd\intbl 1\cell 2\cell\row\pard after\par}`), "| a | b |\n| - | - |\n| 1 | 2 |\nafter"},
		{"named.doc", []byte(`{\rtf1 x}`), "x"},
	} {
		c.check(t)
	}
}

func TestXLS_isOftenSomethingElse(t *testing.T) {
	for _, c := range []claim{
		{"web.xls", []byte("<html><body><table><tr><td>名</td><td>数</td></tr><tr><td>山</td><td>1</td></tr></table></body></html>"), "| 名 | 数 |\n| - | - |\n| 山 | 1 |"},
		{"tabs.xls", encoded(t, simplifiedchinese.GBK, "名称\t数量\n为了规范平台的使用\t3\n"), "| 名称 | 数量 |\n| -- | -- |\n| 为了规范平台的使用 | 3 |"},
	} {
		c.check(t)
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return app.AsError(err).Code
}

// deep is an element in an element, n times.
func deep(n int) string { return strings.Repeat("<w:p>", n) + strings.Repeat("</w:p>", n) }

func TestText_refusesWhatIsBrokenOrDangerous(t *testing.T) {
	bomb := strings.Repeat(" ", bombSize)
	good := docx(t, strings.Repeat(para("文字"), 500))
	whole := string(good)
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 504)
	wide := func(s string) string { return string(encodeWide(s)) }
	many := make([]string, 0, 22_000)
	for i := range 11_000 {
		many = append(many, fmt.Sprintf("m%d", i), "")
	}
	reference := strings.Repeat(`<w:p/>`, 10)
	for _, x := range []struct {
		name string
		data []byte
		code string
	}{
		{"a.png", nil, "format_unsupported"},
		{"a.zip", nil, "format_unsupported"},
		{"zero.docx", nil, "document_unreadable"},
		{"zero.xlsx", nil, "document_unreadable"},
		{"zero.json", nil, "document_unreadable"},
		{"truncated.docx", good[:len(good)-len(good)/3], "document_unreadable"},
		{"flipped.docx", []byte(strings.Replace(whole, whole[len(whole)/3:len(whole)/3+8], "\x00\xff\x00\xff\x00\xff\x00\xff", 1)), "document_unreadable"},
		{"broken.docx", zipped(t, "word/document.xml", "<w:document><w:body>"), "document_unreadable"},
		{"text.docx", []byte("no zip at all"), "document_unreadable"},
		{"other.docx", zipped(t, "a.txt", "x"), "document_unreadable"},
		{"other.xlsx", good, "document_unreadable"},
		{"other.pptx", good, "document_unreadable"},
		{"other.odt", good, "document_unreadable"},
		{"other.epub", good, "document_unreadable"},
		{"binary.txt", []byte("PK\x03\x04\x00\x00\x00\x00"), "document_unreadable"},
		{"picture.md", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"), "document_unreadable"},
		{"broken.json", []byte(`{"a":`), "document_unreadable"},
		{"two.json", []byte(`{} {}`), "document_unreadable"},
		{"broken.yaml", []byte("a: [1\nb: }"), "document_unreadable"},
		{"broken.rtf", []byte(`{\rtf1 {x`), "document_unreadable"},
		{"text.rtf", []byte("x"), "document_unreadable"},
		{"text.eml", []byte("no letter"), "document_unreadable"},
		{"pictures.docx", docx(t, para("")), "document_empty"},
		{"locked.docx", []byte(ole + wide("EncryptedPackage")), "document_encrypted"},
		{"locked.xlsx", []byte(ole + wide("EncryptedPackage")), "document_encrypted"},
		{"locked.odt", zipped(t, "META-INF/manifest.xml", "<manifest:encryption-data/>", "content.xml", "x"), "document_encrypted"},

		{"bomb.docx", zipped(t, "word/document.xml", bomb), "document_unsafe"},
		{"bomb.xlsx", zipped(t, "[Content_Types].xml", "<Types/>", "xl/worksheets/sheet1.xml", bomb), "document_unsafe"},
		{"bomb.ods", zipped(t, "content.xml", bomb), "document_unsafe"},
		{"bomb.epub", zipped(t, "META-INF/container.xml", `<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>`, "a.opf", bomb), "document_unsafe"},
		{"again.epub", zipped(t, "META-INF/container.xml", `<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>`, "a.opf", `<package><manifest><item id="a" href="a.xhtml"/></manifest><spine>`+strings.Repeat(`<itemref idref="a"/>`, 300)+`</spine></package>`, "a.xhtml", "<p>x</p>"+bomb[:1<<20]), "document_unsafe"},
		{"members.docx", zipped(t, many...), "document_unsafe"},
		{"deep.docx", docx(t, deep(600)), "document_unsafe"},
		{"deeper.docx", docx(t, deep(2_000_000)), "document_unsafe"},
		{"laughs.docx", zipped(t, "word/document.xml", `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><w:document `+word+`><w:body>`+para("&b;")+`</w:body></w:document>`), "document_unsafe"},
		{"external.docx", zipped(t, "word/document.xml", `<!DOCTYPE x SYSTEM "file:///etc/passwd"><w:document `+word+`><w:body>`+para("x")+`</w:body></w:document>`), "document_unsafe"},
		{"laughs.xlsx", zipped(t, "xl/sharedStrings.xml", `<!DOCTYPE lolz [<!ENTITY a "ha">]><sst>&a;</sst>`), "document_unsafe"},
		{"laughs.odt", zipped(t, "content.xml", `<!DOCTYPE x [<!ENTITY a "ha">]>`+content("text", "&a;")), "document_unsafe"},
		{"entity.docx", docx(t, para("&xxe;")+reference), "document_unreadable"},
		{"deep.json", []byte(strings.Repeat("[", 1_000_000)), "document_unreadable"},
		{"deep.yaml", []byte(strings.Repeat("[", 2000) + strings.Repeat("]", 2000)), "document_unsafe"},
		{"deep.rtf", []byte(`{\rtf1 ` + strings.Repeat("{", 1_000_000)), "document_unsafe"},
		{"indent.json", []byte(strings.Repeat("[", 900) + strings.Repeat("1,", 1_000_000) + "1" + strings.Repeat("]", 900)), "document_too_large"},
		{"cells.csv", []byte(strings.Repeat(strings.Repeat(",", 999)+"\n", 6000)), "document_too_large"},
		{"wide.csv", []byte("a\n" + strings.Repeat(",", 100_000) + "x\n" + strings.Repeat("a\n", 100_000)), "document_too_large"},
		{"long.txt", []byte(strings.Repeat("a", 21<<20)), "document_too_large"},
		{"repeat.ods", zipped(t, "content.xml", content("spreadsheet", `<table:table>`+strings.Repeat(`<table:table-row table:number-rows-repeated="1000000000"><table:table-cell table:number-columns-repeated="1000000000"><text:p>x</text:p></table:table-cell></table:table-row>`, 3)+`</table:table>`)), "document_too_large"},
		{"spaces.odt", zipped(t, "content.xml", content("text", strings.Repeat(`<text:p><text:s text:c="999999999"/></text:p>`, 5000))), "document_too_large"},
		{"marks.docx", docx(t, strings.Repeat(styledPara("", "1", "0", "x"), 20_000), "word/numbering.xml", strings.Replace(numberingXML, "第%1条", strings.Repeat("条", 3_000), 1)), ""},
	} {
		start := time.Now()
		_, err := extract.Text(x.name, "", x.data)
		if got := code(err); got != x.code {
			t.Errorf("%s: got %q, want %q: %v", x.name, got, x.code, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Logf("%s took %v", x.name, took) // of a busy machine; the child process has the limit
		}
		if e := new(app.Error); errors.As(err, &e) && (e.Text.Zh == "" || strings.Contains(e.Text.En+e.Text.Zh, "%!")) {
			t.Errorf("%s: sentence %q %q", x.name, e.Text.En, e.Text.Zh)
		}
	}
}

func encodeWide(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}

func TestCSV_of100000Rows(t *testing.T) {
	var b strings.Builder
	b.WriteString("编号,名称,说明\n")
	for i := range 100_000 {
		fmt.Fprintf(&b, "%d,产品%d,\"第 %d 行, 有逗号\"\n", i, i, i)
	}
	start := time.Now()
	got, err := extract.Text("a.csv", "", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes in %v", b.Len(), time.Since(start))
	if n := strings.Count(got, "\n"); n != 100_001 || !strings.HasSuffix(got, "| 99999 | 产品99999 | 第 99999 行, 有逗号 |") {
		t.Errorf("%d lines, ends %q", n, got[len(got)-100:])
	}
}
