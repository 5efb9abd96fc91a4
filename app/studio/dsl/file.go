package dsl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"islet/app"
	"islet/app/value"
)

// Version is the version of the files that Write makes, and the newest one that Read takes without asking.
const Version = "0.6.0"

// firstVersion is what a file without a version is.
const firstVersion = "0.1.0"

// Status is how an import went, in Dify's words.
type Status string

// The statuses.
const (
	Completed Status = "completed"
	Warned    Status = "completed-with-warnings" // written by an older Dify
	Pending   Status = "pending"                 // written by another main version, or a newer one: a person must confirm
	Failed    Status = "failed"
)

// File is an app file that was read. The sections that its mode does not have are nil.
type File struct {
	Status       Status
	Version      string // as the file says
	Mode         app.Mode
	App          *value.Object // the section app
	Graph        *value.Object
	Features     *value.Object
	Environment  []any
	Conversation []any
	Model        *value.Object // the section model_config
	Dependencies []any
	Warnings     []app.Text
	Here         *Here // set by who imports; nil where nobody can say what the site has

	doc *value.Object
}

// The limits of a graph.
const (
	maxNodes = 2000
	maxEdges = 10_000
)

// Read reads a file. Its error is Invalid with the code dsl_invalid and says what Dify would. A file whose status is Pending
// is looked at no further than its version; Settings says what else is wrong with it.
func Read(raw []byte) (*File, error) {
	f, err := read(raw)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// read is Read, but returns what it understood beside an error.
func read(raw []byte) (*File, error) {
	f := &File{Status: Failed}
	v, err := readYAML(raw)
	if err != nil {
		return f, err
	}
	doc, ok := v.(*value.Object)
	if !ok {
		return f, invalid("Invalid YAML format: content must be a mapping", "YAML 格式无效：内容必须是映射")
	}
	f.doc = doc
	if err := f.readVersion(); err != nil {
		return f, err
	}
	f.App = section(doc, "app")
	if blank(f.App) {
		return f, invalid("Missing app data in YAML content", "YAML 内容缺少 app 部分")
	}
	f.sections()
	if f.Status != Pending {
		if err := f.check(); err != nil {
			f.Status = Failed
			return f, err
		}
	}
	return f, nil
}

func (f *File) readVersion() error {
	v, _ := f.doc.Get("version")
	if !value.Truth(v) {
		v = firstVersion
	}
	s, ok := v.(string)
	if !ok {
		f.Version = value.Str(v)
		return invalid("Invalid version type, expected str, got <class '%[1]s'>; write it in quotes, as in version: '%[2]s'",
			"version 的类型无效：应为字符串，实际为 %[1]s；请加引号，例如 version: '%[2]s'", pythonType(v), f.Version)
	}
	f.Version = s
	f.Status = statusOf(s)
	switch f.Status {
	case Failed:
		return invalid("the version %q cannot be read; it should look like %s", "无法识别版本 %q；应类似 %s", clip(s), Version)
	case Pending:
		f.warn("the file is of version %s, and islet knows %s; confirm the import to try it anyway", "文件版本为 %s，islet 支持到 %s；确认导入后将尝试导入", s, Version)
	case Warned:
		f.warn("the file is of the older version %s; what changed until %s is read as well as it can be", "文件版本 %s 较旧；islet 会尽量按 %s 的含义读取", s, Version)
	}
	return nil
}

func pythonType(v any) string {
	switch v.(type) {
	case bool:
		return "bool"
	case float64:
		return "float"
	case []any:
		return "list"
	case *value.Object:
		return "dict"
	}
	return "int"
}

// versionForm is a version as Dify's reader takes it: numbers, and a mark of pre-releases.
var versionForm = regexp.MustCompile(`^v?(\d+(?:\.\d+)*)((?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?\d*)?)((?:-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?)((?:[-_.]?dev[-_.]?\d*)?)(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$`)

// statusOf compares a file's version with ours, as Dify does.
func statusOf(s string) Status {
	m := versionForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil || len(s) > 100 {
		return Failed
	}
	theirs, ours := numbers(m[1]), numbers(Version)
	order := slices.Compare(theirs, ours)
	switch {
	case order > 0, order == 0 && m[2] == "" && m[4] == "" && (m[3] != "" || strings.Contains(s, "+")):
		return Pending
	case theirs[0] < ours[0]:
		return Pending
	case theirs[1] < ours[1]:
		return Warned
	}
	return Completed
}

// numbers are the parts of a version, without zeros at the end but at least three.
func numbers(s string) []int {
	var n []int
	for part := range strings.SplitSeq(s, ".") {
		i, err := strconv.Atoi(part)
		if err != nil { // out of range: larger than any of ours
			i = 1 << 30
		}
		n = append(n, i)
	}
	for len(n) < 3 {
		n = append(n, 0)
	}
	for len(n) > 3 && n[len(n)-1] == 0 {
		n = n[:len(n)-1]
	}
	return n
}

// sections takes the file apart.
func (f *File) sections() {
	mode, _ := f.App.Get("mode")
	s, _ := mode.(string)
	f.Mode = app.Mode(s)
	f.Dependencies = listOf(f.doc, "dependencies")
	if hasGraph(f.Mode) {
		w := section(f.doc, "workflow")
		f.Graph, f.Features = section(w, "graph"), section(w, "features")
		f.Environment, f.Conversation = listOf(w, "environment_variables"), listOf(w, "conversation_variables")
		return
	}
	f.Model = section(f.doc, "model_config")
}

func hasGraph(m app.Mode) bool { return m == app.ModeWorkflow || m == app.ModeAdvancedChat }

// check says what keeps the file from being imported.
func (f *File) check() error {
	switch f.Mode {
	case app.ModeWorkflow, app.ModeAdvancedChat:
		if blank(section(f.doc, "workflow")) {
			return invalid("Missing workflow data for workflow/advanced chat app", "缺少 workflow 部分：工作流和对话流应用必须包含它")
		}
		if err := f.checkGraph(); err != nil {
			return err
		}
		return f.checkVariables()
	case app.ModeChat, app.ModeAgent, app.ModeCompletion:
		if blank(f.Model) {
			return invalid("Missing model_config for chat/agent-chat/completion app", "缺少 model_config 部分：聊天、Agent 和文本生成应用必须包含它")
		}
		return nil
	}
	if mode, _ := f.App.Get("mode"); !value.Truth(mode) {
		return invalid("loss app mode", "缺少应用类型（app.mode）")
	}
	return invalid("Invalid app mode", "应用类型（app.mode）无效")
}

func (f *File) checkGraph() error {
	if g, _ := section(f.doc, "workflow").Get("graph"); value.Truth(g) && f.Graph == nil {
		return invalid("the graph is not a mapping", "graph 不是映射")
	}
	for _, part := range []struct {
		key string
		max int
	}{{"nodes", maxNodes}, {"edges", maxEdges}} {
		v, _ := get(f.Graph, part.key)
		list, ok := v.([]any)
		if !ok && v != nil {
			return invalid("the %s of the graph are not a list", "graph 的 %s 不是列表", part.key)
		}
		if len(list) > part.max {
			return invalid("the graph has %[2]d %[1]s; at most %[3]d fit", "graph 包含 %[2]d 个 %[1]s；最多 %[3]d 个", part.key, len(list), part.max)
		}
		for i := range list {
			if _, ok := list[i].(*value.Object); !ok {
				return invalid("entry %[2]d of the graph's %[1]s is not a mapping", "graph 的第 %[2]d 个 %[1]s 不是映射", part.key, i+1)
			}
		}
	}
	return nil
}

func (f *File) warn(en, zh string, args ...any) {
	f.Warnings = append(f.Warnings, app.Textf(en, zh, args...))
}

// invalid is why a file cannot be imported.
func invalid(en, zh string, args ...any) *app.Error {
	return app.Errorf(app.Invalid, "dsl_invalid", en, zh, args...)
}

// clip keeps what a file says short enough for a sentence.
func clip(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// get is a key of an object that may be absent.
func get(o *value.Object, key string) (any, bool) {
	if o == nil {
		return nil, false
	}
	return o.Get(key)
}

// section is a mapping in an object, nil if there is none.
func section(o *value.Object, key string) *value.Object {
	v, _ := get(o, key)
	s, _ := v.(*value.Object)
	return s
}

func listOf(o *value.Object, key string) []any {
	v, _ := get(o, key)
	l, _ := v.([]any)
	return l
}

// textOf is a text in an object; other scalars are written out.
func textOf(o *value.Object, key string) string {
	v, _ := get(o, key)
	return text(v)
}

func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case nil, []any, *value.Object:
		return ""
	}
	return value.Str(v)
}

func boolOf(o *value.Object, key string) bool {
	v, _ := get(o, key)
	return value.Truth(v)
}

// intOf is a whole number in an object; text that is one counts.
func intOf(o *value.Object, key string) int {
	v, _ := get(o, key)
	if s, ok := v.(string); ok {
		i, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil {
			return 0
		}
		return i
	}
	f, ok := value.Float(v)
	if !ok || f < -1<<31 || f > 1<<31 {
		return 0
	}
	return int(f)
}

// textsOf are the texts of a list in an object, and whether there is one.
func textsOf(o *value.Object, key string) ([]string, bool) {
	v, _ := get(o, key)
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, text(e))
	}
	return out, true
}
