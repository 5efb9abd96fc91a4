package dsl

import (
	"fmt"
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// Report says of a file whether it can be imported, and of each node of its graph whether it will run here.
type Report struct {
	Status   Status
	Mode     app.Mode
	Version  string
	Nodes    []NodeReport
	Warnings []app.Text
	Err      error // why the status is Failed
}

// NodeReport is what is to be said of one node; a node without a problem runs.
type NodeReport struct {
	ID, Type, Title string
	Problem         app.Text
}

// OK tells whether the node runs.
func (n *NodeReport) OK() bool { return n.Problem == app.Text{} }

// Check reads a file and says everything that an import would say. It starts nothing.
func Check(raw []byte, types workflow.Types) *Report {
	f, err := read(raw)
	if err == nil && f.Status == Pending {
		if err := f.check(); err != nil { // Read leaves it to the second step, but here is none
			f.warn("the import would fail: %s", "导入将会失败：%s", app.AsError(err).Text.En)
			return &Report{Status: Pending, Mode: f.Mode, Version: f.Version, Warnings: f.Warnings}
		}
	}
	if err != nil {
		return &Report{Status: Failed, Mode: f.Mode, Version: f.Version, Err: err}
	}
	return Examine(f, types)
}

// Examine is Check for a file that was read.
func Examine(f *File, types workflow.Types) *Report {
	r := &Report{Status: f.Status, Mode: f.Mode, Version: f.Version, Warnings: slices.Clone(f.Warnings)}
	_, left, err := Settings(f, nil)
	if err != nil {
		r.Status, r.Err = Failed, err
		return r
	}
	r.Warnings = append(r.Warnings, left...)
	if hasGraph(f.Mode) {
		r.graph(f, types)
	}
	r.agentTools(f)
	r.Warnings = append(r.Warnings, dependencies(f)...)
	return r
}

// graph lists the nodes with what is wrong with each. What is wrong with the whole becomes a warning.
func (r *Report) graph(f *File, types workflow.Types) {
	raw, err := value.Encode(graphOf(f))
	if err != nil {
		return // a file's tree always encodes
	}
	_, err = workflow.Parse(raw, types)
	said := map[string][]app.Text{}
	for _, p := range workflow.Problems(err) {
		said[p.Node] = append(said[p.Node], p.Text)
	}
	if err != nil && len(said) == 0 {
		said[""] = append(said[""], app.AsError(err).Text)
	}
	seen := map[string]bool{}
	for _, e := range listOf(f.Graph, "nodes") {
		n, _ := e.(*value.Object)
		if textOf(n, "type") == "custom-note" {
			continue
		}
		d := section(n, "data")
		it := NodeReport{ID: textOf(n, "id"), Type: textOf(d, "type"), Title: textOf(d, "title")}
		_, known := types[it.Type]
		if it.Problem = missing(it.Type, d, known); it.OK() {
			it.Problem = join(said[it.ID])
		}
		if it.Title == "" {
			it.Title = types[it.Type].Title.En
		}
		seen[it.ID] = true
		r.Nodes = append(r.Nodes, it)
		r.datasets(d, &it, f.Here)
	}
	for _, p := range workflow.Problems(err) {
		if !seen[p.Node] || p.Node == "" {
			r.Warnings = append(r.Warnings, p.Text)
		}
	}
	if len(workflow.Problems(err)) == 0 {
		r.Warnings = append(r.Warnings, said[""]...)
	}
}

// datasets says which knowledge bases of a node are not here, or cannot be known.
func (r *Report) datasets(d *value.Object, it *NodeReport, here *Here) {
	if it.Type != "knowledge-retrieval" {
		return
	}
	sealed, doubtful := sealedIn(d), false
	for _, e := range listOf(d, "dataset_ids") {
		switch id, err := app.ParseID(text(e)); {
		case err != nil:
		case here == nil:
			doubtful = true
		case !here.Dataset(id):
			r.Warnings = append(r.Warnings, app.Textf("this site has no knowledge base %[2]s, which the node %[1]q searches; choose one of its own in the node", "本站没有节点“%[1]s”所检索的知识库 %[2]s；请在节点中重新选择", name(it), string(id)))
		}
	}
	if len(sealed) > 0 {
		r.Warnings = append(r.Warnings, app.Textf("the node %[1]q searches %[2]d knowledge bases whose ids only the site that the file comes from can read; they were left out, so choose yours", "节点“%[1]s”检索的 %[2]d 个知识库的 ID 只有来源站点能解读，已略去；请重新选择本站的知识库", name(it), len(sealed)))
	}
	if doubtful {
		r.Warnings = append(r.Warnings, app.Textf("the knowledge bases of the node %q are those of the site that the file comes from; choose yours where it is another one", "节点“%s”引用的是文件来源站点的知识库；若来自其他站点，请重新选择", name(it)))
	}
}

// sealedDatasets are the ids of a node of a graph that only the site of the file can read: Dify encrypts them for an export.
func sealedDatasets(node any) []string {
	n, _ := node.(*value.Object)
	d := section(n, "data")
	if textOf(d, "type") != "knowledge-retrieval" {
		return nil
	}
	return sealedIn(d)
}

func sealedIn(d *value.Object) (sealed []string) {
	for _, e := range listOf(d, "dataset_ids") {
		if _, err := app.ParseID(text(e)); err != nil {
			sealed = append(sealed, text(e))
		}
	}
	return sealed
}

func name(n *NodeReport) string {
	if n.Title != "" {
		return clip(n.Title)
	}
	return n.ID
}

// join makes one sentence of several.
func join(texts []app.Text) app.Text {
	var en, zh []string
	for _, t := range texts {
		if !slices.Contains(en, t.En) {
			en, zh = append(en, t.En), append(zh, t.In(app.Chinese))
		}
	}
	return app.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}
}

// ownTools are the providers of built-in tools whose nodes are for the table of nodes to judge; all others are plug-ins.
var ownTools = []string{"time", "code", "audio", "webscraper", "calculator", "knowledge", "chart", "document"}

// webTools are plug-ins whose tools search or read the web.
var webTools = []string{"arxiv", "bing", "bing_search", "brave", "duckduckgo", "exa", "firecrawl", "google", "jina", "perplexity", "searchapi", "searxng", "serper", "serpapi",
	"tavily", "wikipedia", "youtube", "spider", "crawl4ai", "baidu"}

// missing says what a node needs that cannot be here, and what to use instead; nothing where the node may run. known tells
// whether the table has its type.
func missing(typ string, d *value.Object, known bool) app.Text {
	switch typ {
	case "":
		return app.Text{En: "the node has no type; it is kept as a placeholder", Zh: "节点没有类型；仅作为占位保留"}
	case "tool":
		return missingTool(textOf(d, "provider_type"), textOf(d, "provider_id"), textOf(d, "tool_name"))
	case "agent":
		return missingAgent(d, known)
	case "trigger-plugin":
		return app.Text{
			En: "events of a marketplace plug-in cannot arrive here; begin with a webhook trigger, a schedule trigger or a start node",
			Zh: "无法接收插件市场的触发事件；请改用 Webhook 触发器、定时触发器或开始节点"}
	case "datasource", "datasource-empty", "knowledge-index":
		return app.Text{
			En: "nodes of this type belong to knowledge pipelines, not to apps; upload the documents to a knowledge base and use a knowledge-retrieval node",
			Zh: "此类节点属于知识流水线，不用于应用；请将文档上传到知识库，并使用知识检索节点"}
	case "knowledge-retrieval-v2":
		return app.Text{
			En: "this search needs a knowledge service that islet does not have; use a knowledge-retrieval node",
			Zh: "此检索依赖 islet 没有的知识服务；请使用知识检索节点"}
	case "start-placeholder":
		return app.Text{En: "the workflow has no beginning yet; put a start node or a trigger here", Zh: "工作流尚无起点；请在此放置开始节点或触发器"}
	}
	if known {
		return app.Text{}
	}
	switch typ {
	case "trigger-webhook", "trigger-schedule":
		return app.Text{
			En: "this version of islet has no such trigger; use a start node and call the app through its API",
			Zh: "当前版本的 islet 没有这种触发器；请使用开始节点，并通过 API 调用应用"}
	}
	return app.Text{}
}

func missingTool(kind, provider, tool string) app.Text {
	short := shortName(provider)
	switch {
	case kind == "api" || kind == "workflow" || kind == "mcp":
		return app.Text{} // whether the site has it shows when it runs
	case slices.Contains(ownTools, provider) || provider != short && slices.Contains(ownTools, short) && strings.HasPrefix(provider, "langgenius/"):
		return app.Text{}
	case slices.Contains(webTools, strings.TrimSuffix(short, "_tool")):
		return app.Textf("the tool %[1]q needs the plug-in %[2]q and the internet, which an offline site does not have; call a search service inside your network with an http-request node or as your own OpenAPI tool",
			"工具“%[1]s”需要插件“%[2]s”和互联网，离线站点无法提供；请用 HTTP 请求节点或自建的 OpenAPI 工具调用内网的搜索服务", clip(tool), clip(provider))
	}
	return app.Textf("the tool %[1]q needs the marketplace plug-in %[2]q, which cannot be installed here; use an http-request node, a code node, a built-in tool or your own OpenAPI tool instead",
		"工具“%[1]s”需要插件市场的插件“%[2]s”，此处无法安装；请改用 HTTP 请求节点、代码节点、内置工具或自建的 OpenAPI 工具", clip(tool), clip(provider))
}

// shortName is what Dify calls a provider inside its plug-in: jina of langgenius/jina_tool/jina.
func shortName(provider string) string { return provider[strings.LastIndexByte(provider, '/')+1:] }

func missingAgent(d *value.Object, known bool) app.Text {
	if textOf(d, "agent_node_kind") == "dify_agent" {
		return app.Text{
			En: "the node runs an agent that is defined on the Dify server and not in the file; build it anew as an agent app or an agent node",
			Zh: "此节点运行的 Agent 定义在 Dify 服务器上，不在文件中；请重新创建 Agent 应用或 Agent 节点"}
	}
	provider, strategy := textOf(d, "agent_strategy_provider_name"), textOf(d, "agent_strategy_name")
	if known && (provider == "" || ownStrategies(provider)) {
		return app.Text{}
	}
	if provider != "" && !ownStrategies(provider) {
		return app.Textf("the agent strategy %[1]q needs the marketplace plug-in %[2]q, which cannot be installed here; choose the strategy function calling or ReAct, or use an llm node with tools of your own",
			"Agent 策略“%[1]s”需要插件市场的插件“%[2]s”，此处无法安装；请选择 function calling 或 ReAct 策略，或使用大模型节点配合自建工具", clip(strategy), clip(provider))
	}
	return app.Text{}
}

// ownStrategies tells whether the strategies of a provider are those that islet has, too.
func ownStrategies(provider string) bool {
	return provider == "islet" || strings.HasPrefix(provider, "langgenius/agent/")
}

// agentTools warns of the tools of an agent app that cannot be here.
func (r *Report) agentTools(f *File) {
	if f.Mode != app.ModeAgent {
		return
	}
	for _, e := range listOf(section(f.Model, "agent_mode"), "tools") {
		if t, ok := agentTool(e); ok && t.Enabled {
			if why := missingTool(t.Type, t.Provider, t.Name); why != (app.Text{}) {
				r.Warnings = append(r.Warnings, why)
			}
		}
	}
}

// use is how a file uses a plug-in.
type use struct {
	models []string // names
	nodes  []string // titles of tool and agent nodes
}

// dependencies warns of each plug-in that the file names, and of models whose provider it does not name.
func dependencies(f *File) (out []app.Text) {
	uses := usesOf(f)
	covered := map[string]bool{}
	for _, e := range f.Dependencies {
		o, _ := e.(*value.Object)
		plugin := pluginOf(o)
		if plugin == "" {
			continue
		}
		u := use{}
		for _, provider := range uses.providers {
			if belongs(provider, plugin) {
				covered[provider] = true
				u.models = append(u.models, uses.of[provider].models...)
				u.nodes = append(u.nodes, uses.of[provider].nodes...)
			}
		}
		out = append(out, unmet(plugin, u))
	}
	for _, provider := range uses.providers {
		u := uses.of[provider]
		if _, err := app.ParseID(provider); err == nil || covered[provider] || len(u.models) == 0 {
			continue
		}
		out = append(out, app.Textf("the app uses the models %[2]s of %[1]q; models of these names on your own endpoints are used, and where there is none choose another after the import", "此应用使用 %[1]s 的模型 %[2]s；将使用本站同名模型，若没有请在导入后改选其他模型", clip(provider), names(u.models)))
	}
	return out
}

func unmet(plugin string, u use) app.Text {
	switch {
	case len(u.nodes) > 0 && slices.Contains(webTools, strings.TrimSuffix(shortName(plugin), "_tool")):
		return app.Textf("needs the plug-in %s: web tools that need the internet cannot exist offline; the nodes %s are kept as placeholders",
			"需要插件 %s：离线环境无法提供依赖互联网的工具；节点 %s 仅作为占位保留", clip(plugin), names(u.nodes))
	case len(u.nodes) > 0:
		return app.Textf("needs the plug-in %s: plug-ins cannot be installed offline; the nodes %s are kept as placeholders",
			"需要插件 %s：离线环境无法安装插件；节点 %s 仅作为占位保留", clip(plugin), names(u.nodes))
	case len(u.models) > 0:
		return app.Textf("the models %[2]s came through the plug-in %[1]s; islet needs none for models: those of the same names on your own endpoints are used, and where there is none choose another after the import",
			"模型 %[2]s 在 Dify 中由插件 %[1]s 提供；islet 的模型不需要插件：将使用本站同名模型，若没有请在导入后改选", clip(plugin), names(u.models))
	}
	return app.Textf("needs the plug-in %s: plug-ins cannot be installed offline; nothing in the file names it, so the app may run without it",
		"需要插件 %s：离线环境无法安装插件；文件中没有使用它的内容，应用可能无需它即可运行", clip(plugin))
}

// pluginOf is the name of the plug-in that a dependency asks for: author/name.
func pluginOf(o *value.Object) string {
	v := section(o, "value")
	for _, k := range []string{"marketplace_plugin_unique_identifier", "plugin_unique_identifier", "github_plugin_unique_identifier", "repo"} {
		if s := textOf(v, k); s != "" {
			name, _, _ := strings.Cut(s, ":")
			return name
		}
	}
	return textOf(o, "current_identifier")
}

// belongs tells whether a provider comes with a plug-in. Old files name it without its author.
func belongs(provider, plugin string) bool {
	if strings.Contains(provider, "/") {
		return strings.HasPrefix(provider+"/", plugin+"/")
	}
	return strings.TrimSuffix(strings.TrimPrefix(plugin, "langgenius/"), "_tool") == provider
}

type usage struct {
	providers []string // in the order of the file
	of        map[string]*use
}

func (u *usage) at(provider string) *use {
	if u.of[provider] == nil {
		u.providers = append(u.providers, provider)
		u.of[provider] = &use{}
	}
	return u.of[provider]
}

func (u *usage) model(o *value.Object) {
	if p := textOf(o, "provider"); p != "" {
		name := textOf(o, "name")
		if name == "" {
			name = textOf(o, "model")
		}
		it := u.at(p)
		it.models = append(it.models, name)
	}
}

func usesOf(f *File) *usage {
	u := &usage{of: map[string]*use{}}
	u.model(section(f.Model, "model"))
	for _, e := range listOf(section(f.Model, "agent_mode"), "tools") {
		if t, ok := agentTool(e); ok && t.Provider != "" {
			it := u.at(t.Provider)
			it.nodes = append(it.nodes, t.Name)
		}
	}
	for _, e := range listOf(f.Graph, "nodes") {
		n, _ := e.(*value.Object)
		d := section(n, "data")
		title := textOf(d, "title")
		u.model(section(d, "model"))
		switch textOf(d, "type") {
		case "tool":
			it := u.at(textOf(d, "provider_id"))
			it.nodes = append(it.nodes, title)
		case "agent":
			it := u.at(textOf(d, "agent_strategy_provider_name"))
			it.nodes = append(it.nodes, title)
			u.model(section(section(section(d, "agent_parameters"), "model"), "value"))
		}
	}
	return u
}

// names lists a few names for a sentence.
func names(list []string) string {
	var out []string
	for _, n := range list {
		if n = clip(n); n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	if more := len(out) - 5; more > 0 {
		out = append(out[:5], fmt.Sprintf("+%d", more))
	}
	return strings.Join(out, ", ")
}

// View is a report in one language, as `islet check` and the console show it.
type View struct {
	Status   Status     `json:"status"`
	Mode     app.Mode   `json:"mode"`
	Version  string     `json:"version"`
	Nodes    []NodeView `json:"nodes"`
	Warnings []string   `json:"warnings"`
	Error    string     `json:"error"`
}

// NodeView is a NodeReport in one language.
type NodeView struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Title   string `json:"title"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem"`
}

// In is the report in a language.
func (r *Report) In(lang app.Lang) View {
	v := View{Status: r.Status, Mode: r.Mode, Version: r.Version, Nodes: make([]NodeView, 0, len(r.Nodes)), Warnings: make([]string, 0, len(r.Warnings))}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		v.Nodes = append(v.Nodes, NodeView{ID: n.ID, Type: n.Type, Title: n.Title, OK: n.OK(), Problem: n.Problem.In(lang)})
	}
	for _, w := range r.Warnings {
		v.Warnings = append(v.Warnings, w.In(lang))
	}
	if r.Err != nil {
		v.Error = app.AsError(r.Err).Text.In(lang)
	}
	return v
}
