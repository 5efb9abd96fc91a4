package extract

import "strings"

// PDF is the format that a Reader reads by itself.
const PDF = "pdf"

// formats are the readers by extension. PDF is apart, because a Reader prepares for it.
var formats = func() map[string]func([]byte, *page) error {
	table := map[string]func([]byte, *page) error{
		"json":       whole(readJSON),
		"yaml":       whole(readYAML),
		"properties": whole(readProperties),
		"csv":        whole(readCSV),
		"tsv":        whole(readCSV),
		"xlsx":       readXLSX,
		"xls":        readXLS,
		"docx":       readDOCX,
		"doc":        readDOC,
		"pptx":       readPPTX,
		"ppt":        readPPT,
		"odt":        readODF,
		"ods":        readODF,
		"odp":        readODF,
		"epub":       readEPUB,
		"eml":        whole(readEML),
		"msg":        whole(readMSG),
		"rtf":        whole(readRTF),
	}
	table[RowsFormat] = readRows
	for _, f := range strings.Fields(plain) {
		table[f] = whole(decode)
	}
	return table
}()

// whole is a reader of formats that have neither pages nor headings of their own.
func whole(read func([]byte) (string, error)) func([]byte, *page) error {
	return func(b []byte, p *page) error {
		text, err := read(b)
		if err == nil {
			p.exact = true
			p.add(text)
		}
		return err
	}
}

// plain are the formats that are text already, Dify's and then some. HTML and XML are among them: who asks for such a file
// wants its tags.
const plain = `
	txt text md markdown mdx rst adoc tex bib html htm xhtml xml xsd xsl xslt log vtt srt
	ini cfg conf toml env editorconfig gitignore dockerignore jsonl ndjson json5 jsonc
	py pyi ipynb js mjs cjs jsx ts mts cts tsx vue svelte css scss sass less go mod sum rs c h cc cpp cxx hpp hh cs java kt kts
	scala groovy gradle clj rb php pl pm lua r jl swift m mm dart ex exs erl hrl hs ml fs vb pas f90 asm s sol zig nim
	sh bash zsh fish bat cmd ps1 sql graphql gql proto thrift tf hcl cmake mk diff patch
	makefile dockerfile license readme changelog`

// aliases are other extensions of the same format.
var aliases = map[string]string{
	"yml": "yaml", "xlsm": "xlsx", "xltx": "xlsx", "docm": "docx", "dotx": "docx", "pptm": "pptx", "ppsx": "pptx", "potx": "pptx",
	"ott": "odt", "ots": "ods", "otp": "odp", "mht": "eml", "mhtml": "eml", "geojson": "json",
}

// mimes count where the name says nothing.
var mimes = map[string]string{
	"application/pdf":        PDF,
	"application/json":       "json",
	"application/xml":        "xml",
	"application/yaml":       "yaml",
	"application/x-yaml":     "yaml",
	"text/yaml":              "yaml",
	"text/x-yaml":            "yaml",
	"text/csv":               "csv",
	"text/rtf":               "rtf",
	"application/rtf":        "rtf",
	"application/epub+zip":   "epub",
	"message/rfc822":         "eml",
	"application/msword":     "doc",
	"application/javascript": "js",
	"application/toml":       "toml",
	"application/sql":        "sql",
	"application/x-sh":       "sh",
	"application/x-ndjson":   "ndjson",

	"application/vnd.ms-excel":      "xls",
	"application/vnd.ms-powerpoint": "ppt",
	"application/vnd.ms-outlook":    "msg",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
	"application/vnd.oasis.opendocument.text":                                   "odt",
	"application/vnd.oasis.opendocument.spreadsheet":                            "ods",
	"application/vnd.oasis.opendocument.presentation":                           "odp",
}

// pictured are the formats that may be nothing but pictures; of these, no text at all is an error.
var pictured = map[string]bool{PDF: true, "docx": true, "doc": true, "pptx": true, "ppt": true, "odt": true, "odp": true, "epub": true, "rtf": true}
