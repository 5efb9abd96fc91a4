package node

import (
	"encoding/json"

	"islet/app"
	"islet/app/workflow"
)

// flowTypes are the kinds of node that move, shape and check values; Table has them all.
func flowTypes(d Deps) workflow.Types {
	list := func(name, en, zh string) workflow.Param {
		return workflow.Param{Name: name, Label: app.Text{En: en, Zh: zh}, Kind: workflow.ListParam}
	}
	object := func(name, en, zh string) workflow.Param {
		return workflow.Param{Name: name, Label: app.Text{En: en, Zh: zh}, Kind: workflow.ObjectParam}
	}
	aggregate := workflow.Type{
		Title: app.Text{En: "Variable Aggregator", Zh: "变量聚合器"}, New: newAggregator,
		Params: []workflow.Param{
			list("variables", "variables", "变量"),
			object("advanced_settings", "groups", "聚合分组"),
		},
	}
	return workflow.Types{
		"code": {
			Title: app.Text{En: "Code", Zh: "代码执行"}, Retries: true, New: func(data json.RawMessage) (workflow.Node, error) { return newCode(d, data) },
			Params: []workflow.Param{
				list("variables", "input variables", "输入变量"),
				{Name: "code_language", Label: app.Text{En: "language", Zh: "语言"}, Kind: workflow.StringParam, Required: true, Default: "python3",
					Options: []workflow.Choice{oneOf("python3", "Python 3", "Python 3"), oneOf("javascript", "JavaScript", "JavaScript")}},
				{Name: "code", Label: app.Text{En: "code", Zh: "代码"}, Kind: workflow.StringParam, Required: true},
				object("outputs", "output variables", "输出变量"),
			},
		},
		"document-extractor": {
			Title: app.Text{En: "Doc Extractor", Zh: "文档提取器"}, New: func(data json.RawMessage) (workflow.Node, error) { return newDocumentExtractor(d, data) },
			Params: []workflow.Param{
				{Name: "variable_selector", Label: app.Text{En: "file", Zh: "输入文件"}, Kind: workflow.SelectorParam, Takes: []string{"file", "array[file]"},
					Help: app.Text{En: "one file gives a text, a list of files a list of texts", Zh: "单个文件得到文本，文件列表得到文本列表"}},
				{Name: "is_array_file", Label: app.Text{En: "it is a list", Zh: "是列表"}, Kind: workflow.BoolParam, Default: false},
			},
		},
		"end": {
			Title: app.Text{En: "Output", Zh: "输出"}, Class: workflow.Response, New: newEnd,
			Params: []workflow.Param{list("outputs", "outputs", "输出变量")},
		},
		"if-else": {
			Title: app.Text{En: "IF/ELSE", Zh: "条件分支"}, Class: workflow.Branch, New: newIfElse,
			Params: []workflow.Param{list("cases", "cases", "分支")},
		},
		"assigner": {
			Title: app.Text{En: "Variable Assigner", Zh: "变量赋值"}, New: newAssigner,
			Params: []workflow.Param{list("items", "variables", "变量")},
		},
		"knowledge-retrieval": {
			Title: app.Text{En: "Knowledge Retrieval", Zh: "知识检索"}, New: func(data json.RawMessage) (workflow.Node, error) { return newKnowledgeRetrieval(d, data) },
			Params: []workflow.Param{
				{Name: "query_variable_selector", Label: app.Text{En: "query", Zh: "查询变量"}, Kind: workflow.SelectorParam, Takes: []string{"string"}},
				{Name: "query_attachment_selector", Label: app.Text{En: "query images", Zh: "查询图片"}, Kind: workflow.SelectorParam, Takes: []string{"file", "array[file]"}},
				{Name: "dataset_ids", Label: app.Text{En: "knowledge", Zh: "知识库"}, Kind: workflow.ListParam, Required: true},
				{Name: "retrieval_mode", Label: app.Text{En: "retrieval mode", Zh: "召回模式"}, Kind: workflow.StringParam, Required: true, Default: "multiple", Options: []workflow.Choice{
					oneOf("multiple", "search all of them", "多路召回"), oneOf("single", "a model chooses one", "N 选 1 召回")}},
				object("multiple_retrieval_config", "retrieval settings", "召回设置"),
				object("single_retrieval_config", "router model", "N 选 1 召回模型"),
				{Name: "metadata_filtering_mode", Label: app.Text{En: "metadata filtering", Zh: "元数据过滤"}, Kind: workflow.StringParam, Default: "disabled", Options: []workflow.Choice{
					oneOf("disabled", "off", "关闭"), oneOf("automatic", "a model sets it", "自动"), oneOf("manual", "by conditions", "手动")}},
				object("metadata_filtering_conditions", "metadata filter conditions", "元数据过滤条件"),
				object("metadata_model_config", "metadata filter model", "元数据过滤模型"),
			},
		},
		"list-operator": {
			Title: app.Text{En: "List Operator", Zh: "列表操作"}, New: newListOperator,
			Params: []workflow.Param{
				{Name: "variable", Label: app.Text{En: "list", Zh: "输入变量"}, Kind: workflow.SelectorParam, Takes: []string{"array[string]", "array[number]", "array[file]", "array[boolean]"}},
				object("filter_by", "filter condition", "过滤条件"),
				object("extract_by", "extract the N item", "取第 N 项"),
				object("order_by", "order by", "排序"),
				object("limit", "top N", "取前 N 项"),
			},
		},
		"template-transform": {
			Title: app.Text{En: "Template", Zh: "模板转换"}, New: newTemplateTransform,
			Params: []workflow.Param{
				list("variables", "input variables", "输入变量"),
				{Name: "template", Label: app.Text{En: "template", Zh: "模板"}, Kind: workflow.StringParam, Required: true},
			},
		},
		"trigger-schedule": {
			Title: app.Text{En: "Schedule Trigger", Zh: "定时触发器"}, Class: workflow.Root, New: newSchedule,
			Params: []workflow.Param{
				{Name: "mode", Label: app.Text{En: "mode", Zh: "模式"}, Kind: workflow.StringParam, Default: "visual", Options: []workflow.Choice{oneOf("visual", "simple", "简单"), oneOf("cron", "cron line", "Cron 表达式")}},
				{Name: "frequency", Label: app.Text{En: "frequency", Zh: "频率"}, Kind: workflow.StringParam, Default: "daily", When: &workflow.When{Name: "mode", In: []any{"visual"}}, Options: []workflow.Choice{
					oneOf("hourly", "every hour", "每小时"), oneOf("daily", "every day", "每天"), oneOf("weekly", "every week", "每周"), oneOf("monthly", "every month", "每月")}},
				{Name: "cron_expression", Label: app.Text{En: "cron line", Zh: "Cron 表达式"}, Kind: workflow.StringParam, When: &workflow.When{Name: "mode", In: []any{"cron"}},
					Help: app.Text{En: "minute, hour, day of the month, month, day of the week", Zh: "依次为：分、时、日、月、星期"}},
				{Name: "visual_config", Label: app.Text{En: "time", Zh: "执行时间"}, Kind: workflow.ObjectParam, When: &workflow.When{Name: "mode", In: []any{"visual"}}},
				{Name: "timezone", Label: app.Text{En: "time zone", Zh: "时区"}, Kind: workflow.StringParam, Default: "UTC"},
			},
		},
		"trigger-webhook": {
			Title: app.Text{En: "Webhook Trigger", Zh: "Webhook 触发器"}, Class: workflow.Root, New: newWebhook,
			Params: []workflow.Param{
				{Name: "method", Label: app.Text{En: "method", Zh: "请求方法"}, Kind: workflow.StringParam, Default: "get", Options: []workflow.Choice{
					oneOf("get", "GET", "GET"), oneOf("post", "POST", "POST"), oneOf("put", "PUT", "PUT"), oneOf("patch", "PATCH", "PATCH"), oneOf("delete", "DELETE", "DELETE"), oneOf("head", "HEAD", "HEAD")}},
				{Name: "content_type", Label: app.Text{En: "content type", Zh: "内容类型"}, Kind: workflow.StringParam, Default: "application/json",
					Options: same("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/octet-stream")},
				list("headers", "headers", "请求头"),
				list("params", "query parameters", "查询参数"),
				list("body", "body fields", "请求体参数"),
				{Name: "status_code", Label: app.Text{En: "status code", Zh: "响应状态码"}, Kind: workflow.NumberParam, Default: 200, Range: &workflow.Range{Min: 200, Max: 599}},
				{Name: "response_body", Label: app.Text{En: "response body", Zh: "响应内容"}, Kind: workflow.StringParam,
					Help: app.Text{En: "the caller gets it at once; the run goes on by itself", Zh: "调用方会立即收到此内容，工作流在后台继续运行"}},
			},
		},
		"variable-aggregator": aggregate,
		"variable-assigner":   aggregate, // its name in older versions
	}
}
