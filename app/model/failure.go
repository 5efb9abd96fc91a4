package model

import (
	"errors"
	"strings"

	"islet/app"
)

// The codes of failures, stable for API clients and tests.
const (
	CodeUnreachable   = "model_unreachable"
	CodeTLS           = "model_tls_failed"
	CodeAuth          = "model_auth_failed"
	CodeRateLimited   = "model_rate_limited"
	CodeQuota         = "model_quota_used_up"
	CodeNotFound      = "model_not_found"
	CodeWrongPath     = "model_wrong_path"
	CodeRedirected    = "model_redirected"
	CodeTimeout       = "model_timeout"
	CodeServer        = "model_server_error"
	CodeRejected      = "model_rejected"
	CodeBadAnswer     = "model_bad_answer"
	CodeContext       = "context_too_long"
	CodeCutOff        = "stream_cut_off"
	CodeStream        = "stream_error"
	CodeTooLong       = "answer_too_long"
	CodeEmpty         = "empty_answer"
	CodeFiltered      = "answer_filtered"
	CodeCanceled      = "canceled"
	CodeUnsupported   = "model_kind_unsupported"
	CodeDisabled      = "model_disabled"
	CodeNoEndpoint    = "model_endpoint_missing"
	CodeNotChosen     = "model_not_chosen"
	CodeProtocol      = "model_protocol_unknown"
	CodeNoCredentials = "model_no_credentials"
	CodeAttachment    = "attachment_unsupported"
)

type sentence struct {
	kind   app.Kind
	en, zh string
}

// What each failure says. %[1]s is the endpoint's name.
var sentences = map[string]sentence{
	CodeUnreachable: {app.Upstream, "the model server %[1]q cannot be reached; check that it runs and that its address and port are right",
		"无法连接模型服务“%[1]s”；请确认服务已启动，地址和端口正确"},
	CodeTLS: {app.Upstream, "the secure connection to the model server %[1]q failed; check its certificate, add the site's own CA, or use http:// if it speaks no TLS",
		"与模型服务“%[1]s”的加密连接失败；请检查证书、添加内部 CA，若对方不支持 TLS 请改用 http://"},
	CodeAuth: {app.Upstream, "the model server %[1]q refused the key; check the key under Models and whether it may use this model",
		"模型服务“%[1]s”拒绝了密钥；请在“模型”中检查密钥，并确认它有权使用该模型"},
	CodeRateLimited: {app.RateLimited, "the model server %[1]q is receiving too many requests; wait a moment and try again, or add another key",
		"模型服务“%[1]s”请求过多；请稍后重试，或添加更多密钥"},
	CodeQuota: {app.Upstream, "the account at the model server %[1]q has no quota left; top it up or use another key",
		"模型服务“%[1]s”的账户额度已用完；请充值或更换密钥"},
	CodeNotFound: {app.Upstream, "the model server %[1]q does not have this model; choose another one or load it there first",
		"模型服务“%[1]s”上没有这个模型；请另选模型，或先在服务端加载"},
	CodeWrongPath: {app.Upstream, "the server %[1]q answers but has no such API at this address; check the base URL, which often must end in /v1",
		"服务“%[1]s”有响应，但该地址下没有对应接口；请检查基础地址，通常应以 /v1 结尾"},
	CodeRedirected: {app.Upstream, "the model server %[1]q redirects to another address; enter that address as its base URL",
		"模型服务“%[1]s”把请求重定向到了别处；请把新地址填为基础地址"},
	CodeTimeout: {app.Timeout, "the model server %[1]q went silent; it may be overloaded, try again or raise the timeout of the endpoint",
		"模型服务“%[1]s”长时间没有响应，可能负载过高；请重试，或调大该服务的超时时间"},
	CodeServer: {app.Upstream, "the model server %[1]q reported an error of its own; try again, and look at its log if it persists",
		"模型服务“%[1]s”内部出错；请重试，若仍失败请查看该服务的日志"},
	CodeRejected: {app.Upstream, "the model server %[1]q did not accept the request; check the model's parameters (the log has its reason)",
		"模型服务“%[1]s”不接受该请求；请检查模型参数（具体原因见日志）"},
	CodeBadAnswer: {app.Upstream, "the model server %[1]q sent something that is not an answer in its protocol; check the base URL and the protocol, or run the endpoint doctor",
		"模型服务“%[1]s”返回的内容不符合协议；请检查基础地址和协议类型，或运行“模型体检”"},
	CodeContext: {app.Upstream, "the conversation is longer than the model can take; start a new one, shorten the prompt or choose a model with a larger context",
		"内容超出模型的上下文长度；请新建对话、缩短提示词，或选用上下文更大的模型"},
	CodeCutOff: {app.Upstream, "the connection to the model server %[1]q broke before the answer was complete; what arrived is kept, try again for the whole answer",
		"与模型服务“%[1]s”的连接在回答完成前中断；已收到的内容已保留，请重试以获得完整回答"},
	CodeStream: {app.Upstream, "the model server %[1]q reported an error in the middle of its answer; what arrived is kept, try again",
		"模型服务“%[1]s”在回答过程中报错；已收到的内容已保留，请重试"},
	CodeTooLong: {app.Upstream, "the model server %[1]q did not stop sending, so islet stopped; set max_tokens for this model",
		"模型服务“%[1]s”持续输出不停止，islet 已中断；请为该模型设置最大输出长度（max_tokens）"},
	CodeEmpty: {app.Upstream, "the model answered with nothing; try again, or check its chat template and parameters",
		"模型返回了空回答；请重试，或检查模型的对话模板和参数"},
	CodeFiltered: {app.Refused, "the model server %[1]q withheld the answer by its content filter; rephrase the question",
		"模型服务“%[1]s”的内容审核拦截了回答；请换一种问法"},
	CodeCanceled: {app.Canceled, "stopped before the model finished", "已在模型完成之前停止"},
	CodeUnsupported: {app.Invalid, "the protocol of %[1]q cannot do this; choose an endpoint that supports this kind of model",
		"“%[1]s”使用的协议不支持此类模型；请选择支持该类型的服务"},
	CodeDisabled: {app.Conflict, "the model or its server %[1]q is switched off; switch it on under Models or choose another one",
		"模型或其服务“%[1]s”已停用；请在“模型”中启用，或另选模型"},
	CodeNoEndpoint: {app.Conflict, "the model server of this app no longer exists; choose a model again in the app's settings",
		"该应用所用的模型服务已不存在；请在应用设置中重新选择模型"},
	CodeNotChosen: {app.Invalid, "no model is chosen; choose one in the app's settings or set a default model",
		"尚未选择模型；请在应用设置中选择，或设置默认模型"},
	CodeProtocol: {app.Invalid, "the protocol of %[1]q is unknown to this version of islet; choose one from the list",
		"当前版本的 islet 不支持“%[1]s”所用的协议；请从列表中选择"},
	CodeAttachment: {app.Invalid, "the model server %[1]q cannot take this attachment; upload pictures as files instead of links, or choose another model",
		"模型服务“%[1]s”不支持该附件；请直接上传图片而不是链接，或另选模型"},
	CodeNoCredentials: {app.Conflict, "all keys of %[1]q are switched off; switch one on under Models",
		"“%[1]s”的所有密钥都已停用；请在“模型”中启用一个"},
}

// Fail is the error of one code for the endpoint of that name. The cause may hold the server's own words; it goes to the
// log and to people who may see the endpoint (Detail), never to an app's end users.
func Fail(code, endpoint string, cause error) *app.Error {
	s, ok := sentences[code]
	if !ok {
		return app.Errorf(app.Internal, code, "the model call failed", "模型调用失败").Because(cause)
	}
	e := &app.Error{Kind: s.kind, Code: code, Text: app.Text{En: s.en, Zh: s.zh}, Err: cause}
	if strings.Contains(s.en, "%[1]") {
		e.Text = app.Textf(s.en, s.zh, endpoint)
	}
	return e
}

// Codes lists every code that a model call can fail with.
func Codes() []string {
	var cs []string
	for c := range sentences {
		cs = append(cs, c)
	}
	return cs
}

// Detail is the cause of a model error in the server's own words, at most 500 bytes, for administrators and logs.
// It is empty where there is none.
func Detail(err error) string {
	var e *app.Error
	if !errors.As(err, &e) || e.Err == nil {
		return ""
	}
	s := strings.Join(strings.Fields(strings.ToValidUTF8(e.Err.Error(), "�")), " ")
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return s
}

// codeOf is the code of err, "" if it has none.
func codeOf(err error) string {
	var e *app.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
