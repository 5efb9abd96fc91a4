package dsl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"islet/app/value"
)

// The limits of a file. The parser's memory grows with the marks, so they are counted before it sees the file.
const (
	MaxBytes = 10 << 20 // as in Dify
	maxMarks = 150_000  // characters that may begin a value; a file of 50 kB has about 4000
	maxDepth = 100
	maxItems = 150_000  // values, those that aliases repeat included
	maxText  = 16 << 20 // bytes of all scalars, those that aliases repeat included
)

// readYAML is the one document in raw as Dify's YAML reader sees it: version 1.1 of YAML, where yes is true and 010 is 8.
// Mappings keep their order and have text for keys; dates stay text.
func readYAML(raw []byte) (any, error) {
	if len(raw) > MaxBytes {
		return nil, invalid("the file is larger than %d MB", "文件超过 %d MB", MaxBytes>>20)
	}
	if !utf8.Valid(raw) {
		return nil, invalid("the file is not UTF-8 text; save it as UTF-8", "文件不是 UTF-8 文本；请以 UTF-8 编码保存")
	}
	if marks(raw) > maxMarks {
		return nil, tooMuch()
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	var doc, more yaml.Node
	err := d.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, nil //nolint:nilnil // an empty file is null
	}
	if err != nil {
		return nil, notYAML(err)
	}
	if err := d.Decode(&more); err == nil {
		return nil, invalid("the file holds more than one document; leave one", "文件包含多个 YAML 文档；请只保留一个")
	} else if !errors.Is(err, io.EOF) {
		return nil, notYAML(err)
	}
	r := yamlReader{open: map[*yaml.Node]bool{}}
	return r.value(&doc, 0)
}

// marks counts the characters at which a value of the file may begin, or more.
func marks(raw []byte) int {
	n := bytes.Count(raw, []byte{'\n'}) + bytes.Count(raw, []byte{'\r'}) + bytes.Count(raw, []byte(": "))
	for i, c := range raw {
		switch c {
		case ',', '[', '{':
			n++
		case '-', '?':
			if i+1 < len(raw) && (raw[i+1] == ' ' || raw[i+1] == '\t') {
				n++
			}
		}
	}
	return n
}

func notYAML(err error) error {
	say := strings.TrimPrefix(err.Error(), "yaml: ")
	return invalid("the file is not valid YAML: %s; export the app once more, or mend the file there", "文件不是有效的 YAML（解析器提示：%s）；请重新导出该应用，或在提示的位置附近修正文件", clip(say)).Because(err)
}

func tooMuch() error {
	return invalid("the file holds more values than an app can have", "文件包含的内容过多，超出一个应用的上限")
}

type yamlReader struct {
	items, text int
	open        map[*yaml.Node]bool // anchors that are being read
}

func (r *yamlReader) value(n *yaml.Node, depth int) (any, error) {
	if r.items++; r.items > maxItems {
		return nil, tooMuch()
	}
	if depth > maxDepth {
		return nil, invalid("line %d is nested deeper than %d levels", "第 %d 行的嵌套超过 %d 层", n.Line, maxDepth)
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return r.value(n.Content[0], depth)
	case yaml.AliasNode:
		if r.open[n.Alias] {
			return nil, invalid("line %d refers to a value that contains it", "第 %d 行引用了包含它自身的内容", n.Line)
		}
		return r.value(n.Alias, depth)
	case yaml.ScalarNode:
		if r.text += len(n.Value); r.text > maxText {
			return nil, tooMuch()
		}
		return scalar(n)
	}
	if n.Anchor != "" {
		r.open[n] = true
		defer delete(r.open, n)
	}
	if n.Kind == yaml.SequenceNode {
		return r.list(n, depth)
	}
	return r.object(n, depth)
}

func (r *yamlReader) list(n *yaml.Node, depth int) (any, error) {
	if err := tagged(n, "!!seq"); err != nil {
		return nil, err
	}
	list := make([]any, len(n.Content))
	for i, c := range n.Content {
		v, err := r.value(c, depth+1)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (r *yamlReader) object(n *yaml.Node, depth int) (any, error) {
	if err := tagged(n, "!!map"); err != nil {
		return nil, err
	}
	o := value.NewObject()
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, err := r.key(n.Content[i])
		if err != nil {
			return nil, err
		}
		if _, twice := o.Get(k); twice {
			return nil, invalid("line %d has the key %q a second time", "第 %d 行的键 %q 重复", n.Content[i].Line, clip(k))
		}
		v, err := r.value(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		o.Set(k, v)
	}
	return o, nil
}

// key is the text of a mapping's key. What is no text becomes what JSON would call it.
func (r *yamlReader) key(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", invalid("line %d has a key that is not text", "第 %d 行的键不是文本", n.Line)
	}
	if plain(n) && n.Value == "<<" {
		return "", invalid("line %d merges a mapping with <<; write its keys out", "第 %d 行使用了 << 合并；请直接写出各个键", n.Line)
	}
	if r.text += len(n.Value); r.text > maxText {
		return "", tooMuch()
	}
	v, err := scalar(n)
	if err != nil {
		return "", err
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	raw, err := value.Encode(v)
	return string(raw), err
}

func tagged(n *yaml.Node, kind string) error {
	if t := n.ShortTag(); t != kind {
		return invalid("line %d has the tag %q, which app files do not use", "第 %d 行的标签 %q 不应出现在应用文件中", n.Line, clip(t))
	}
	return nil
}

const quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// plain tells whether a scalar stands without quotes and without a tag, so that its spelling says what it is.
func plain(n *yaml.Node) bool { return n.Style&(quotedStyles|yaml.TaggedStyle) == 0 }

func scalar(n *yaml.Node) (any, error) {
	if plain(n) {
		return finite(n, resolve(n.Value))
	}
	if n.Style&yaml.TaggedStyle == 0 {
		return n.Value, nil
	}
	switch t := n.ShortTag(); t {
	case "!!str", "!":
		return n.Value, nil
	case "!!int", "!!float", "!!bool", "!!null":
		v := resolve(n.Value)
		if i, ok := v.(int64); ok && t == "!!float" {
			return float64(i), nil
		}
		return finite(n, v)
	default:
		return nil, tagged(n, "!!str")
	}
}

func finite(n *yaml.Node, v any) (any, error) {
	if f, ok := v.(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
		return nil, invalid("line %d holds %s, which is not a number that an app can use", "第 %d 行的 %s 不是应用可用的数字", n.Line, clip(n.Value))
	}
	return v, nil
}

// What plain scalars are in YAML 1.1, as the reader of Dify takes it. Dates are left out: they stay text.
var (
	yamlInt   = regexp.MustCompile(`^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

var yamlWords = map[string]any{
	"": nil, "~": nil, "null": nil, "Null": nil, "NULL": nil,
	"yes": true, "Yes": true, "YES": true, "no": false, "No": false, "NO": false,
	"true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
	"on": true, "On": true, "ON": true, "off": false, "Off": false, "OFF": false,
}

// resolve is what a plain scalar stands for.
func resolve(s string) any {
	if v, ok := yamlWords[s]; ok {
		return v
	}
	if len(s) > 0 && len(s) < 400 && strings.IndexByte("+-.0123456789", s[0]) >= 0 { // no number begins otherwise
		switch {
		case yamlInt.MatchString(s):
			return wholeNumber(s)
		case yamlFloat.MatchString(s):
			return fraction(s)
		}
	}
	return s
}

func wholeNumber(s string) any {
	digits := strings.ReplaceAll(s, "_", "")
	sign := int64(1)
	switch digits[0] {
	case '-':
		sign, digits = -1, digits[1:]
	case '+':
		digits = digits[1:]
	}
	if strings.Contains(digits, ":") {
		f, ok := sexagesimal(digits)
		if !ok || f >= 1<<53 {
			return s
		}
		return sign * int64(f)
	}
	base := 10
	switch {
	case strings.HasPrefix(digits, "0b"):
		base, digits = 2, digits[2:]
	case strings.HasPrefix(digits, "0x"):
		base, digits = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base = 8
	}
	i, err := strconv.ParseInt(digits, base, 64)
	switch {
	case err == nil:
		return sign * i
	case base == 10 && sign < 0:
		return json.Number("-" + digits)
	case base == 10:
		return json.Number(digits)
	}
	return s
}

func fraction(s string) any {
	t := strings.ToLower(strings.ReplaceAll(s, "_", ""))
	sign := 1.0
	switch t[0] {
	case '-':
		sign, t = -1, t[1:]
	case '+':
		t = t[1:]
	}
	switch t {
	case ".inf":
		return math.Inf(int(sign))
	case ".nan":
		return math.NaN()
	}
	if strings.Contains(t, ":") {
		f, ok := sexagesimal(t)
		if !ok {
			return s
		}
		return sign * f
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil {
		return s
	}
	return sign * f
}

// sexagesimal reads 1:30 as 90.
func sexagesimal(s string) (float64, bool) {
	sum := 0.0
	for part := range strings.SplitSeq(s, ":") {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, false
		}
		sum = sum*60 + f
	}
	return sum, true
}
