package office

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// maxBytes bounds the Markdown of a document.
const maxBytes = 2 << 20

// DOCX is a Word document of Markdown. title is its property and, where the text has no heading of the first level, its first line.
// The same text always gives the same bytes.
func DOCX(title, markdown string) ([]byte, error) {
	if len(markdown) > maxBytes {
		return nil, tooLong()
	}
	d := &docx{}
	for _, b := range parse(markdown) {
		d.block(&b)
	}
	if title != "" && !strings.HasPrefix(strings.TrimSpace(markdown), "# ") {
		body := d.body.String()
		d.body.Reset()
		d.paragraph(`<w:pStyle w:val="Title"/>`, []run{{text: title}})
		d.body.WriteString(body)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range [][2]string{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", rootRels}, {"docProps/core.xml", fmt.Sprintf(core, escape(title))},
		{"word/_rels/document.xml.rels", fmt.Sprintf(documentRels, d.rels.String())}, {"word/styles.xml", styles()}, {"word/numbering.xml", d.numbering()},
		{"word/document.xml", document + d.body.String() + documentEnd},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f[0], Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(head + f[1])); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

type docx struct {
	body  strings.Builder
	rels  strings.Builder
	links int
	lists int  // numbered ones
	items bool // the last block was an item of a numbered list
}

// escape is a text as XML; what XML cannot hold is left out.
func escape(s string) string {
	var b strings.Builder
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) && r != 0xfffe && r != 0xffff {
			return r
		}
		return -1
	}, s)
	_ = xml.EscapeText(&b, []byte(s)) // to memory
	return b.String()
}

func (d *docx) block(b *block) {
	numbered := b.kind == "item" && b.order > 0
	if numbered && (!d.items || b.order == 1 && b.level == 0) {
		d.lists++
	}
	d.items = numbered || d.items && b.kind == "item"
	switch b.kind {
	case "heading":
		d.paragraph(fmt.Sprintf(`<w:pStyle w:val="Heading%d"/>`, b.level), runs(b.text))
	case "item":
		list := 1
		if numbered {
			list = d.lists + 1
		}
		d.paragraph(fmt.Sprintf(`<w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, b.level, list), runs(b.text))
	case "quote":
		d.paragraph(`<w:pStyle w:val="Quote"/>`, runs(b.text))
	case "code":
		for line := range strings.SplitSeq(b.text, "\n") {
			d.paragraph(`<w:pStyle w:val="Code"/>`, []run{{text: line}})
		}
	case "table":
		d.table(b.rows)
	case "rule":
		d.body.WriteString(`<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="BFBFBF"/></w:pBdr></w:pPr></w:p>`)
	default:
		d.paragraph("", runs(b.text))
	}
}

func (d *docx) paragraph(props string, list []run) {
	d.body.WriteString("<w:p>")
	if props != "" {
		d.body.WriteString("<w:pPr>" + props + "</w:pPr>")
	}
	for _, r := range list {
		d.run(r)
	}
	d.body.WriteString("</w:p>")
}

func (d *docx) run(r run) {
	var look string
	if r.code {
		look += `<w:rStyle w:val="CodeChar"/>`
	}
	if r.link != "" {
		look += `<w:rStyle w:val="Hyperlink"/>`
	}
	if r.bold {
		look += "<w:b/>"
	}
	if r.italic {
		look += "<w:i/>"
	}
	if look != "" {
		look = "<w:rPr>" + look + "</w:rPr>"
	}
	text := strings.ReplaceAll(escape(r.text), "&#xA;", "\n")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "&#x9;", "\t"), "\n", `</w:t><w:br/><w:t xml:space="preserve">`)
	piece := "<w:r>" + look + `<w:t xml:space="preserve">` + text + "</w:t></w:r>"
	if strings.HasPrefix(r.link, "http://") || strings.HasPrefix(r.link, "https://") || strings.HasPrefix(r.link, "mailto:") {
		d.links++
		fmt.Fprintf(&d.rels, `<Relationship Id="link%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="%s" TargetMode="External"/>`, d.links, escape(r.link))
		piece = fmt.Sprintf(`<w:hyperlink r:id="link%d">%s</w:hyperlink>`, d.links, piece)
	}
	d.body.WriteString(piece)
}

func (d *docx) table(rows [][]string) {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return
	}
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/></w:tblPr><w:tblGrid>`)
	for range rows[0] {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, 9000/len(rows[0]))
	}
	d.body.WriteString("</w:tblGrid>")
	for i, row := range rows {
		d.body.WriteString("<w:tr>")
		if i == 0 {
			d.body.WriteString("<w:trPr><w:tblHeader/></w:trPr>")
		}
		for _, c := range row {
			shade := ""
			if i == 0 {
				shade = `<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="EEF0F1"/></w:tcPr>`
			}
			d.body.WriteString("<w:tc>" + shade)
			list := runs(c)
			for j := range list {
				list[j].bold = list[j].bold || i == 0
			}
			d.paragraph(`<w:spacing w:before="40" w:after="40"/>`, list)
			d.body.WriteString("</w:tc>")
		}
		d.body.WriteString("</w:tr>")
	}
	d.body.WriteString("</w:tbl>")
	d.paragraph("", nil)
}

// numbering defines a list of bullets, and one of numbers for each numbered list so that each begins at 1.
func (d *docx) numbering() string {
	var b strings.Builder
	b.WriteString(`<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">`)
	level := func(abstract int, format string, text func(i int) string) {
		fmt.Fprintf(&b, `<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="hybridMultilevel"/>`, abstract)
		for i := range 9 {
			fmt.Fprintf(&b, `<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="%d" w:hanging="360"/></w:pPr></w:lvl>`, i, format, text(i), 720+i*360)
		}
		b.WriteString("</w:abstractNum>")
	}
	bullets := []string{"•", "◦", "▪"}
	level(0, "bullet", func(i int) string { return bullets[i%3] })
	level(1, "decimal", func(i int) string { return fmt.Sprintf("%%%d.", i+1) })
	b.WriteString(`<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>`)
	for i := range d.lists {
		fmt.Fprintf(&b, `<w:num w:numId="%d"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>`, i+2)
	}
	b.WriteString("</w:numbering>")
	return b.String()
}

const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

const contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

const rootRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

const documentRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/numbering" Target="numbering.xml"/>%s</Relationships>`

const core = `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>%s</dc:title></cp:coreProperties>`

const document = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>`

const documentEnd = `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/></w:sectPr></w:body></w:document>`

// styles name fonts that machines with Chinese have; others are replaced by what is there.
func styles() string {
	var b strings.Builder
	b.WriteString(`<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="宋体" w:cs="Calibri"/><w:sz w:val="22"/><w:szCs w:val="22"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="300" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>`)
	b.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>`)
	b.WriteString(`<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:before="120" w:after="240"/><w:jc w:val="center"/></w:pPr><w:rPr><w:rFonts w:eastAsia="黑体"/><w:b/><w:sz w:val="40"/></w:rPr></w:style>`)
	for i, size := range []int{34, 30, 27, 25, 23, 22} {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:styleId="Heading%d"><w:name w:val="heading %d"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="%d" w:after="100"/><w:outlineLvl w:val="%d"/></w:pPr><w:rPr><w:rFonts w:eastAsia="黑体"/><w:b/><w:sz w:val="%d"/></w:rPr></w:style>`, i+1, i+1, 300-i*30, i, size)
	}
	b.WriteString(`<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="60"/></w:pPr></w:style>`)
	b.WriteString(`<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/><w:basedOn w:val="Normal"/><w:pPr><w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="BFBFBF"/></w:pBdr><w:ind w:left="360"/></w:pPr><w:rPr><w:color w:val="525C64"/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="paragraph" w:styleId="Code"><w:name w:val="Code"/><w:basedOn w:val="Normal"/><w:pPr><w:shd w:val="clear" w:color="auto" w:fill="F3F5F6"/><w:spacing w:after="0" w:line="260" w:lineRule="auto"/></w:pPr><w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:eastAsia="等线"/><w:sz w:val="20"/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="character" w:styleId="CodeChar"><w:name w:val="Code Char"/><w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:eastAsia="等线"/><w:shd w:val="clear" w:color="auto" w:fill="F3F5F6"/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="0B6E80"/><w:u w:val="single"/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&b, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>`, side)
	}
	b.WriteString(`</w:tblBorders></w:tblPr></w:style></w:styles>`)
	return b.String()
}
