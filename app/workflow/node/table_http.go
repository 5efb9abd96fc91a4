package node

import (
	"encoding/json"

	"islet/app"
	"islet/app/workflow"
)

// httpTypes are the nodes that call web services.
func httpTypes(d Deps) workflow.Types {
	return workflow.Types{
		"http-request": {
			Title: app.Text{En: "HTTP request", Zh: "HTTP 请求"}, Retries: true, Effects: true,
			New: func(data json.RawMessage) (workflow.Node, error) { return newHTTPRequest(d, data) },
			Params: []workflow.Param{
				{Name: "method", Label: app.Text{En: "method", Zh: "方法"}, Kind: workflow.StringParam, Required: true, Default: "get", Options: []workflow.Choice{
					oneOf("get", "GET", "GET"), oneOf("post", "POST", "POST"), oneOf("put", "PUT", "PUT"), oneOf("patch", "PATCH", "PATCH"), oneOf("delete", "DELETE", "DELETE"), oneOf("head", "HEAD", "HEAD")}},
				{Name: "url", Label: app.Text{En: "URL", Zh: "URL"}, Kind: workflow.TemplateParam, Required: true},
				{Name: "authorization", Label: app.Text{En: "authorization", Zh: "鉴权"}, Kind: workflow.ObjectParam},
				{Name: "headers", Label: app.Text{En: "headers", Zh: "请求头"}, Kind: workflow.TemplateParam},
				{Name: "params", Label: app.Text{En: "parameters", Zh: "查询参数"}, Kind: workflow.TemplateParam},
				{Name: "body", Label: app.Text{En: "body", Zh: "请求体"}, Kind: workflow.ObjectParam},
				{Name: "timeout", Label: app.Text{En: "timeouts", Zh: "超时设置"}, Kind: workflow.ObjectParam},
				{Name: "ssl_verify", Label: app.Text{En: "check certificates", Zh: "校验证书"}, Kind: workflow.BoolParam, Default: true,
					Help: app.Text{En: "off: certificates that nobody vouches for are taken too", Zh: "关闭后也接受不受信任的证书"}},
			},
		},
	}
}
