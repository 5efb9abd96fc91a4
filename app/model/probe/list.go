package probe

import (
	"context"
	"errors"
	"slices"
	"strings"

	"islet/app"
	"islet/app/model"
	"islet/app/model/provider"
)

func (e *exam) auth(ctx context.Context) verdict {
	tap := &provider.Tap{}
	_, err := e.server.With(e.Key).Models(provider.WithTap(ctx, tap))
	status, _, _ := tap.Head()
	if status != 401 && status != 403 {
		if e.Key == "" {
			return say(OK, "the server asks for no key", "服务不要求密钥")
		}
		return say(OK, "the server accepts the key", "服务接受该密钥")
	}
	if e.Key == "" {
		return say(Fail, "the server asks for a key and none is entered; add one", "服务要求密钥，但尚未填写；请添加").because(tap.Raw())
	}
	return failed(Fail, err).because(tap.Raw())
}

// keyChecked finds servers that take any key, so that nobody relies on it.
func (e *exam) keyChecked(ctx context.Context) verdict {
	if e.Key == "" {
		return say(Skip, "not examined: no key is entered", "未检查：未填写密钥")
	}
	tap := &provider.Tap{}
	_, err := e.server.With("").Models(provider.WithTap(ctx, tap))
	if status, _, _ := tap.Head(); status == 401 || status == 403 {
		return say(OK, "the server refuses calls without the key", "不带密钥的请求会被拒绝")
	}
	if err != nil {
		return say(Info, "it could not be told whether the server checks keys", "无法判断服务是否校验密钥")
	}
	return say(Info, "the server lists its models without a key too, so the key may not protect it", "服务不带密钥也能列出模型，密钥可能并未生效")
}

// protocol asks for the list of models in the protocol configured, then in the others.
func (e *exam) protocol(ctx context.Context) verdict {
	tap := &provider.Tap{}
	_, err := e.server.With(e.Key).Models(provider.WithTap(ctx, tap))
	mine := provider.Table[e.Endpoint.Protocol].Title
	if err == nil {
		return verdict{status: OK, text: app.Text{En: "the server speaks the protocol chosen: " + mine.En, Zh: "服务使用所选协议：" + mine.Zh}}
	}
	if errors.Is(err, &app.Error{Code: model.CodeAuth}) {
		return say(Skip, "not examined: the key is refused", "未检查：密钥被拒绝")
	}
	for _, name := range []string{"openai", "ollama", "tei", "gemini"} {
		if name == e.Endpoint.Protocol {
			continue
		}
		if base, ok := e.speaks(ctx, name); ok {
			t := provider.Table[name].Title
			return verdict{status: Fail, raw: tap.Raw(), text: app.Text{
				En: "this server speaks " + t.En + "; choose that protocol, with the base URL " + base,
				Zh: "该服务使用的是 " + t.Zh + " 协议；请改选该协议，基础地址填 " + base}}
		}
	}
	return say(Warn, "the server has no list of models at this address; if chat fails too, check the base URL and the protocol",
		"该地址没有模型列表接口；若对话也失败，请检查基础地址和协议").because(tap.Raw())
}

// speaks tries another protocol at the usual addresses of the same host.
func (e *exam) speaks(ctx context.Context, protocol string) (base string, ok bool) {
	host, port := e.host()
	root := "http://"
	if e.isSecure {
		root = "https://"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	root += host + ":" + port
	bases := []string{root}
	if protocol == "openai" {
		bases = []string{root + "/v1", root + "/openai/v1", root + "/api/v1"}
	}
	for _, b := range bases {
		s, err := e.open(func(ep *app.Endpoint) { ep.Protocol, ep.BaseURL = protocol, b })
		if err != nil {
			continue // the same address was readable before
		}
		_, err = s.With(e.Key).Models(ctx)
		s.Close()
		if err == nil {
			return b, true
		}
	}
	return "", false
}

func (e *exam) list(ctx context.Context) verdict {
	tap := &provider.Tap{}
	ms, err := e.server.With(e.Key).Models(provider.WithTap(ctx, tap))
	e.models = ms
	for _, m := range ms {
		e.pick(m)
	}
	switch {
	case err != nil && e.chatModel+e.embedModel+e.rerankModel+e.speechModel+e.voiceModel == "":
		return say(Warn, "the server does not list its models; add them by hand and run the check-up on one of them",
			"服务未提供模型列表；请手动添加模型后再体检").because(tap.Raw())
	case err != nil:
		return say(Info, "the server does not list its models; the ones entered by hand are examined", "服务未提供模型列表；将检查手动填写的模型").because(tap.Raw())
	case len(ms) == 0:
		return say(Warn, "the server's list of models is empty; load a model there", "服务的模型列表为空；请先在服务端加载模型").because(tap.Raw())
	}
	if e.Chat != "" && !has(ms, e.Chat) {
		return say(Warn, "the server lists %[1]d models, but not %[2]q; names must match exactly", "服务列出了 %[1]d 个模型，但没有 %[2]q；名称必须完全一致", len(ms), e.Chat).because(tap.Raw())
	}
	return say(OK, "the server lists %[1]d models, for example %[2]s", "服务列出了 %[1]d 个模型，例如 %[2]s", len(ms), ms[0].Name)
}

// pick takes a listed model as the one to examine if none of its kind is chosen.
func (e *exam) pick(m app.Model) {
	slot := map[app.ModelKind]*string{app.ChatModel: &e.chatModel, app.EmbedModel: &e.embedModel, app.RerankModel: &e.rerankModel, app.SpeechModel: &e.speechModel, app.VoiceModel: &e.voiceModel}[m.Kind]
	if slot != nil && *slot == "" {
		*slot = m.Name
	}
}

func has(ms []app.Model, name string) bool {
	return slices.ContainsFunc(ms, func(m app.Model) bool { return m.Name == name })
}

// listedModel is the model of that name in the list, so that a check can complete it; nil if it is not there.
func (e *exam) listedModel(name string) *app.Model {
	for i := range e.models {
		if e.models[i].Name == name {
			return &e.models[i]
		}
	}
	return nil
}

func (e *exam) contextLength(ctx context.Context) verdict {
	name := e.chatModel
	if name == "" {
		name = e.embedModel
	}
	m := e.listedModel(name)
	if m == nil {
		return say(Skip, "not examined: the model is not in the server's list", "未检查：模型不在服务的列表中")
	}
	if s, ok := e.server.With(e.Key).(provider.Shower); ok {
		if full, err := s.Show(ctx, *m); err == nil {
			*m = full
		}
	}
	if m.ContextSize == 0 {
		return say(Info, "the server does not tell the context length of %[1]s; enter it by hand, or long talks may be refused", "服务未告知 %[1]s 的上下文长度；请手动填写，否则长对话可能被拒绝", m.Name)
	}
	if m.ContextSize <= 4096 && m.Kind == app.ChatModel {
		return say(Warn, "%[1]s takes only %[2]d tokens; start the server with a larger context for work with documents", "%[1]s 的上下文只有 %[2]d 个 token；如需处理文档，请以更大的上下文启动服务", m.Name, m.ContextSize)
	}
	return say(OK, "%[1]s takes %[2]d tokens", "%[1]s 的上下文长度为 %[2]d 个 token", m.Name, m.ContextSize)
}
