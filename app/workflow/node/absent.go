package node

import (
	"encoding/json"

	"islet/app"
	"islet/app/workflow"
)

// absentTypes are kinds of node that Dify has and an offline site cannot: each says what is missing and what replaces it. An
// app that holds one can still be imported, looked at and run up to there.
func absentTypes() workflow.Types {
	absent := func(class workflow.Class, en, zh, sayEn, sayZh string) workflow.Type {
		say := app.Text{En: sayEn, Zh: sayZh}
		return workflow.Type{Title: app.Text{En: en, Zh: zh}, Class: class, Absent: say, New: func(json.RawMessage) (workflow.Node, error) {
			return nil, &app.Error{Kind: app.Invalid, Code: "node_type_absent", Text: say}
		}}
	}
	return workflow.Types{
		"trigger-plugin": absent(workflow.Root, "Plug-in Trigger", "插件触发器",
			"it is started by a plug-in of Dify's marketplace, which needs the internet; use a webhook or schedule trigger instead", "由 Dify 市场插件触发，需要外网；请改用 Webhook 或定时触发器"),
		"datasource": absent(workflow.Root, "Data Source", "数据源",
			"it belongs to Dify's knowledge pipelines; add documents to a dataset instead", "属于 Dify 的知识流水线；请改为直接向知识库添加文档"),
		"datasource-empty": absent(workflow.Root, "Data Source", "数据源",
			"it is an empty place of Dify's editor; remove it", "这是 Dify 编辑器中的空占位节点；请将其删除"),
		"start-placeholder": absent(workflow.Root, "Start", "开始",
			"it is an empty place of Dify's editor; put a start node there", "这是 Dify 编辑器中的空占位节点；请换成开始节点"),
		"knowledge-index": absent(workflow.Plain, "Knowledge Base", "知识库",
			"it belongs to Dify's knowledge pipelines; add documents to a dataset instead", "属于 Dify 的知识流水线；请改为直接向知识库添加文档"),
		"knowledge-retrieval-v2": absent(workflow.Plain, "Knowledge Retrieval", "知识检索",
			"it searches a service that only Dify's cloud has; use a knowledge retrieval node with a dataset of this site", "依赖仅 Dify 云端提供的服务；请改用知识检索节点和本站知识库"),
	}
}
