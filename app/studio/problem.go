package studio

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/value"
)

// Problem is one thing that keeps a draft from being published. Field is the path of the setting: variables[0].name.
type Problem struct {
	Field string
	Code  string
	Text  app.Text
}

// The limits of settings.
const (
	maxVariables  = 100
	maxVarName    = 100
	maxOptions    = 200
	maxSuggested  = 10
	maxFollowUp   = 1000 // characters of the prompt, as in Dify
	maxWindow     = 500  // messages, as in Dify
	maxFiles      = 10
	maxTextLength = 256 // the default of the kind text
	maxIterations = 99  // of an agent, as in Dify
)

// The kinds of file and the ways they come in.
var (
	FileKinds   = []string{"image", "document"} // what a model can be given today
	FileMethods = []string{"local_file", "remote_url"}

	graphFileKinds = []string{"image", "document", "audio", "video"} // go to the nodes, not to a model
)

type problems []Problem

func (p *problems) add(field, code, en, zh string, args ...any) {
	*p = append(*p, Problem{Field: field, Code: code, Text: app.Textf(en, zh, args...)})
}

// Problems is ProblemsOf for a chat app.
func Problems(s app.Settings) []Problem { return ProblemsOf(app.ModeChat, s) }

// ProblemsOf says what keeps settings from being published, in the order in which a person reads the page. Empty means nothing
// does. What is wrong with a graph itself, workflow.Parse says.
func ProblemsOf(mode app.Mode, s app.Settings) []Problem {
	p := problems{}
	kinds := FileKinds
	if HasGraph(mode) {
		kinds = graphFileKinds
		p.environment(&s)
		p.triggers(&s)
	} else {
		p.form(mode, &s)
	}
	if len(s.Suggested) > maxSuggested {
		p.add("suggested", "too_many", "at most %d suggested questions fit", "推荐问题最多 %d 个", maxSuggested)
	}
	for i, q := range s.Suggested {
		if strings.TrimSpace(q) == "" {
			p.add(fmt.Sprintf("suggested[%d]", i), "empty", "suggested question %d is empty; fill or remove it", "第 %d 个推荐问题为空；请填写或删除", i+1)
		}
	}
	if utf8.RuneCountInString(s.FollowUp.Prompt) > maxFollowUp {
		p.add("follow_up.prompt", "too_long", "the prompt for follow-up questions takes at most %d characters", "追问提示词最多 %d 个字符", maxFollowUp)
	}
	if s.Memory.Window < 0 || s.Memory.Window > maxWindow {
		p.add("memory.window", "out_of_range", "the memory holds 1 to %d messages, or 0 for as many as fit", "记忆条数为 1 到 %d，或填 0 表示自动", maxWindow)
	}
	p.files(&s.Files, kinds)
	p.moderation(mode, s.Moderation)
	return p
}

// form checks what the modes without a graph have: a model, a prompt, variables, an agent.
func (p *problems) form(mode app.Mode, s *app.Settings) {
	if s.Model.Endpoint == "" || s.Model.Name == "" {
		p.add("model", "model_missing", "choose a model", "请选择模型")
	}
	if mode == app.ModeCompletion && strings.TrimSpace(s.Prompt) == "" {
		p.add("prompt", "prompt_missing", "write a prompt", "请填写提示词")
	}
	p.knowledge(mode, s)
	p.variables(s.Variables)
	if a := s.Agent; mode == app.ModeAgent && a != nil && (a.MaxIterations < 0 || a.MaxIterations > maxIterations) {
		p.add("agent.max_iterations", "out_of_range", "an agent thinks 1 to %d times, or 0 for %d", "Agent 的最大迭代次数为 1 到 %d，或填 0 表示 %d", maxIterations, defaultIterations)
	}
}

// environment checks the names of a graph's own variables.
func (p *problems) environment(s *app.Settings) {
	names := make([]string, 0, len(s.Environment)+len(s.Conversation))
	for _, v := range s.Environment {
		names = append(names, v.Name)
	}
	for _, v := range s.Conversation {
		names = append(names, v.Name)
	}
	seen := map[string]bool{}
	for i, name := range names {
		at, n, en, zh := "environment", i, "environment", "环境"
		if i >= len(s.Environment) {
			at, n, en, zh = "conversation", i-len(s.Environment), "conversation", "会话"
		}
		field := fmt.Sprintf("%s[%d].name", at, n)
		switch key := at + "." + name; {
		case name == "":
			p.add(field, "empty", "%[1]s variable %[3]d needs a name", "第 %[3]d 个%[2]s变量缺少名称", en, zh, n+1)
		case seen[key]:
			p.add(field, "duplicate", "two %[1]s variables are called %[3]q; rename one", "有两个%[2]s变量都叫 %[3]q；请改名", en, zh, name)
		default:
			seen[key] = true
		}
	}
}

// What a webhook can be set to.
var (
	hookMethods = []string{"get", "post", "head", "patch", "put", "delete"}
	hookTypes   = []string{"application/json", "multipart/form-data", "application/x-www-form-urlencoded", "text/plain", "application/octet-stream"}
)

// triggers checks how a graph begins: by a person who starts it or by itself, not both.
func (p *problems) triggers(s *app.Settings) {
	if !bytes.Contains(s.Graph, []byte("trigger-")) { // spares most graphs the reading
		return
	}
	graph, err := value.Decode(s.Graph)
	if err != nil {
		return // workflow.Parse says so
	}
	nodes, _ := value.List(at(graph, "nodes"))
	started, triggered := false, false
	for i, n := range nodes {
		data := at(n, "data")
		typ, _ := at(data, "type").(string)
		started = started || typ == "start"
		triggered = triggered || strings.HasPrefix(typ, "trigger-")
		if typ == "trigger-webhook" {
			p.webhook(fmt.Sprintf("graph.nodes[%d].data", i), data)
		}
	}
	if started && triggered {
		p.add("graph", "start_with_trigger", "a start node and triggers cannot be in one workflow; remove one of them", "开始节点和触发器不能同时出现在一个工作流中；请移除其一")
	}
}

func (p *problems) webhook(field string, data any) {
	title := value.Text(at(data, "title"))
	if m := strings.ToLower(value.Text(at(data, "method"))); m != "" && !slices.Contains(hookMethods, m) {
		p.add(field+".method", "unknown", "the webhook %[1]q has the unknown method %[2]q; choose GET, POST, HEAD, PATCH, PUT or DELETE", "Webhook“%[1]s”的请求方法 %[2]q 未知；请选择 GET、POST、HEAD、PATCH、PUT 或 DELETE", title, m)
	}
	if t := strings.ToLower(value.Text(at(data, "content_type"))); t != "" && !slices.Contains(hookTypes, t) {
		p.add(field+".content_type", "unknown", "the webhook %[1]q has the unknown content type %[2]q; choose one of %[3]s", "Webhook“%[1]s”的内容类型 %[2]q 未知；请选择 %[3]s 之一", title, t, strings.Join(hookTypes, ", "))
	}
}

func (p *problems) files(f *app.FileInput, kinds []string) {
	if !f.Enabled {
		return
	}
	if len(f.Kinds) == 0 {
		p.add("files.kinds", "empty", "choose which kinds of file people may attach, or switch files off", "请选择允许上传的文件类型，或关闭文件上传")
	}
	for _, k := range f.Kinds {
		if !slices.Contains(kinds, k) {
			p.add("files.kinds", "unknown", "%q is no kind of file", "未知的文件类型 %q", k)
		}
	}
	for _, m := range f.Methods {
		if !slices.Contains(FileMethods, m) {
			p.add("files.methods", "unknown", "%q is no way to attach a file", "未知的上传方式 %q", m)
		}
	}
	if f.Max < 0 || f.Max > maxFiles {
		p.add("files.max", "out_of_range", "a message takes 1 to %d files", "每条消息可附 1 到 %d 个文件", maxFiles)
	}
	if f.Detail != "" && f.Detail != "low" && f.Detail != "high" {
		p.add("files.detail", "unknown", "the detail of images is low or high", "图片清晰度只能是 low 或 high")
	}
}

func (p *problems) variables(vars []app.Variable) {
	if len(vars) > maxVariables {
		p.add("variables", "too_many", "at most %d variables fit", "变量最多 %d 个", maxVariables)
	}
	seen := map[string]bool{}
	for i, v := range vars {
		at := fmt.Sprintf("variables[%d]", i)
		switch {
		case v.Name == "":
			p.add(at+".name", "empty", "variable %d needs a name", "第 %d 个变量缺少名称", i+1)
		case !ValidName(v.Name):
			p.add(at+".name", "invalid", "%q cannot be a variable's name; use letters, digits, _ or Chinese characters, and no digit at the start",
				"变量名 %q 无效；请使用字母、数字、下划线或中文，且不能以数字开头", v.Name)
		case seen[v.Name]:
			p.add(at+".name", "duplicate", "two variables are called %q; rename one", "有两个变量都叫 %q；请改名", v.Name)
		}
		seen[v.Name] = true
		p.variable(at, &v)
	}
}

// ValidName tells whether a variable may be called so: 1 to 100 letters, digits, _ or Chinese characters, no digit first.
func ValidName(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > maxVarName || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, r := range s {
		if !nameRune(r) {
			return false
		}
	}
	return true
}

func nameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf
}

func (p *problems) variable(at string, v *app.Variable) {
	label := LabelOf(v)
	if v.MaxLength < 0 {
		p.add(at+".max_length", "out_of_range", "the longest value of %q cannot be negative", "“%s”的最大长度不能为负数", label)
	}
	switch v.Kind {
	case "text", "paragraph":
		if s, ok := v.Default.(string); ok && MaxLength(v) > 0 && utf8.RuneCountInString(s) > MaxLength(v) {
			p.add(at+".default", "too_long", "the default of %q is longer than %d characters", "“%s”的默认值超过 %d 个字符", label, MaxLength(v))
		}
	case "select":
		p.options(at, v)
	case "number":
		if s, ok := v.Default.(string); ok && s != "" {
			if _, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err != nil {
				p.add(at+".default", "invalid", "the default of %q is not a number", "“%s”的默认值不是数字", label)
			}
		}
	case "checkbox":
	default:
		p.add(at+".kind", "unknown", "the kind %[2]q of %[1]q is unknown; choose text, paragraph, select, number or checkbox",
			"“%[1]s”的类型 %[2]q 未知；请选择文本、段落、下拉选项、数字或复选框", label, v.Kind)
	}
}

func (p *problems) options(at string, v *app.Variable) {
	label := LabelOf(v)
	switch {
	case len(v.Options) == 0:
		p.add(at+".options", "empty", "%q needs at least one option", "“%s”至少需要一个选项", label)
	case len(v.Options) > maxOptions:
		p.add(at+".options", "too_many", "%q has more than %d options", "“%s”的选项超过 %d 个", label, maxOptions)
	}
	seen := map[string]bool{}
	for i, o := range v.Options {
		if strings.TrimSpace(o) == "" {
			p.add(fmt.Sprintf("%s.options[%d]", at, i), "empty", "option %[2]d of %[1]q is empty", "“%[1]s”的第 %[2]d 个选项为空", label, i+1)
		} else if seen[o] {
			p.add(fmt.Sprintf("%s.options[%d]", at, i), "duplicate", "%[1]q has the option %[2]q twice", "“%[1]s”的选项 %[2]q 重复", label, o)
		}
		seen[o] = true
	}
	if d, ok := v.Default.(string); ok && d != "" && !seen[d] {
		p.add(at+".default", "invalid", "the default of %q is not one of its options", "“%s”的默认值不在选项中", label)
	}
}

// LabelOf is how a person knows a variable: its label, or its name where it has none.
func LabelOf(v *app.Variable) string {
	if v.Label != "" {
		return v.Label
	}
	return v.Name
}

// MaxLength is how many characters a value of v may have; 0 is no limit.
func MaxLength(v *app.Variable) int {
	if v.MaxLength == 0 && v.Kind == "text" {
		return maxTextLength
	}
	return v.MaxLength
}

// normalize makes absent lists empty, so that JSON says [] and clients need no second case.
func normalize(s *app.Settings) {
	if s.Variables == nil {
		s.Variables = []app.Variable{}
	}
	if s.Suggested == nil {
		s.Suggested = []string{}
	}
	if s.Files.Kinds == nil {
		s.Files.Kinds = []string{}
	}
	if s.Files.Methods == nil {
		s.Files.Methods = []string{}
	}
	for i := range s.Variables {
		if s.Variables[i].Kind == "" {
			s.Variables[i].Kind = "text"
		}
	}
	if s.Agent != nil && s.Agent.Tools == nil {
		s.Agent.Tools = []app.AgentTool{}
	}
	if k := s.Knowledge; k != nil {
		if k.Datasets == nil {
			k.Datasets = []app.ID{}
		}
		if k.Filter != nil && k.Filter.Conditions == nil {
			k.Filter.Conditions = []app.Condition{}
		}
	}
}
