package probe

import (
	"context"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/app/model/provider"
)

// streamed is what is known of the first streamed answer.
type streamed struct {
	answer *model.Answer
	tap    *provider.Tap
	pieces int
	first  time.Duration
	took   time.Duration
}

const shortAnswer = 160 // tokens; enough for a model that thinks first

// request asks a model for something small.
func request(name, text string, tokens int) *model.Request {
	return &model.Request{Model: name, Messages: []model.Message{model.Say(model.User, text)}, Params: map[string]any{"max_tokens": tokens}}
}

// ask chats over a server and listens.
func (e *exam) ask(ctx context.Context, s *provider.Server, req *model.Request) (streamed, error) {
	st := streamed{tap: &provider.Tap{}}
	c, ok := s.With(e.Key).(model.Chatter)
	if !ok {
		return st, model.Fail(model.CodeUnsupported, e.Endpoint.Name, nil)
	}
	start := time.Now()
	seq := model.SplitThink(c.Chat(provider.WithTap(ctx, st.tap), req))
	a, err := model.Collect(func(yield func(model.Chunk, error) bool) {
		for c, err := range seq {
			if c.Text != "" || c.Reasoning != "" || len(c.ToolCalls) > 0 {
				if st.pieces++; st.first == 0 {
					st.first = time.Since(start)
				}
			}
			if !yield(c, err) {
				return
			}
		}
	})
	st.answer, st.took = a, time.Since(start)
	return st, err
}

// whole is the server with streaming switched off.
func (e *exam) whole() (*provider.Server, error) {
	return e.open(func(ep *app.Endpoint) {
		p := app.Profile{}
		if ep.Profile != nil {
			p = *ep.Profile
		}
		p.NoStream = true
		ep.Profile = &p
	})
}

func noChatModel() verdict {
	return say(Skip, "not examined: the server lists no chat model", "未检查：服务未列出对话模型")
}

func (e *exam) chat(ctx context.Context) verdict {
	if !e.canChat() {
		return noChatModel()
	}
	s, err := e.whole()
	if err != nil {
		return failed(Fail, err)
	}
	defer s.Close()
	st, err := e.ask(ctx, s, request(e.chatModel, "Say hello in one short sentence.", shortAnswer))
	if err != nil {
		return failed(Fail, err).because(rawOr(st.tap, err))
	}
	e.isChatting = true
	return say(OK, "%[1]s answers in one piece after %[2]d ms", "%[1]s 一次性返回正常，耗时 %[2]d 毫秒", e.chatModel, st.took.Milliseconds()).because(st.tap.Raw())
}

func (e *exam) canChat() bool {
	_, ok := e.server.With(e.Key).(model.Chatter)
	return ok && e.chatModel != ""
}

// rawOr is the bytes of the answer, or the cause of the error if none came.
func rawOr(t *provider.Tap, err error) string {
	if raw := t.Raw(); raw != "" {
		return raw
	}
	return model.Detail(err)
}

func (e *exam) stream(ctx context.Context) verdict {
	if !e.canChat() {
		return noChatModel()
	}
	st, err := e.ask(ctx, e.server, request(e.chatModel, "count to 20", shortAnswer))
	if err != nil {
		return failed(Fail, err).because(rawOr(st.tap, err))
	}
	e.isChatting = true
	e.streamed = st
	if inspect(st.tap.Body()).whole {
		e.profile.NoStream = true
		return say(Warn, "asked to stream, the server sends the whole answer at once; it works, but people wait longer for the first word",
			"服务不支持流式输出，会一次性返回整个回答；可以使用，但首字等待时间较长").because(st.tap.Raw())
	}
	if st.pieces == 1 && len(st.answer.Text) > 20 {
		return say(Warn, "the streamed answer came in a single piece; something on the way may be buffering it, check the proxy", "流式回答是一次性到达的；中间可能有代理在缓冲，请检查代理配置").because(st.tap.Raw())
	}
	return say(OK, "the answer streams in %d pieces", "流式输出正常，共 %d 段", st.pieces)
}

func (e *exam) framing(context.Context) verdict {
	if e.streamed.tap == nil {
		return say(Skip, "not examined: no answer was streamed", "未检查：没有流式回答")
	}
	f := inspect(e.streamed.tap.Body())
	text := f.text()
	v := verdict{status: OK, text: text, raw: e.streamed.tap.Raw()}
	if f.unusual() {
		v.status = Info
		v.text.En += "; unusual, and islet reads it all the same"
		v.text.Zh += "；格式不太标准，但 islet 可以正常解析"
	}
	return v
}

func (e *exam) streamEnd(context.Context) verdict {
	if e.streamed.tap == nil {
		return say(Skip, "not examined: no answer was streamed", "未检查：没有流式回答")
	}
	f := inspect(e.streamed.tap.Body())
	switch {
	case f.done && f.finish:
		return say(OK, "the end of an answer is marked twice: finish reason and [DONE]", "回答结束标记完整：结束原因和 [DONE] 都有")
	case f.finish && e.Endpoint.Protocol == "openai":
		return say(Info, "the server sends no [DONE]; islet goes by the finish reason", "服务不发送 [DONE]；islet 以结束原因为准")
	case f.finish:
		return say(OK, "the end of an answer is marked", "回答结束标记正常")
	case f.done:
		return say(Info, "the server gives no finish reason; islet goes by [DONE], so an answer cut at max_tokens cannot be told from a whole one",
			"服务不返回结束原因；islet 以 [DONE] 为准，无法区分回答是否因长度上限被截断")
	}
	return say(OK, "the answer is one complete body", "回答为一个完整的响应体")
}

func (e *exam) usage(context.Context) verdict {
	if e.streamed.answer == nil {
		return say(Skip, "not examined: no answer was streamed", "未检查：没有流式回答")
	}
	u := e.streamed.answer.Usage
	if u.PromptTokens+u.CompletionTokens == 0 {
		return say(Warn, "the server does not count tokens in streams; islet estimates them, so statistics are approximate", "服务在流式输出中不返回用量；islet 会自行估算，统计数据为近似值")
	}
	return say(OK, "token usage is told: %[1]d in, %[2]d out", "返回用量：输入 %[1]d，输出 %[2]d", u.PromptTokens, u.CompletionTokens)
}

func (e *exam) streamOptions(context.Context) verdict {
	if e.Endpoint.Protocol != "openai" && e.Endpoint.Protocol != "azure" {
		return say(Skip, "not needed in this protocol", "该协议无此选项")
	}
	if e.server.Profile().NoStreamUsage {
		return say(Warn, "the server refuses stream_options; islet leaves it out from now on, nothing to do", "服务不接受 stream_options 参数；islet 以后不再发送，无需处理")
	}
	return say(OK, "stream_options is accepted", "接受 stream_options 参数")
}

func (e *exam) firstToken(ctx context.Context) verdict {
	st, err := e.ask(ctx, e.server, request(e.chatModel, "count to 20", shortAnswer))
	if err != nil {
		return failed(Fail, err).because(rawOr(st.tap, err))
	}
	e.streamed = st
	ms := st.first.Milliseconds()
	if st.first > 3*time.Second {
		return say(Warn, "the first word takes %d ms even for a short question; the server may be overloaded or running without a GPU", "短问题的首字延迟也有 %d 毫秒；服务可能负载过高或未使用 GPU", ms)
	}
	return say(OK, "the first word comes after %d ms", "首字延迟 %d 毫秒", ms)
}

func (e *exam) speed(context.Context) verdict {
	st := e.streamed
	if st.answer == nil {
		return say(Skip, "not examined: no answer was streamed", "未检查：没有流式回答")
	}
	tokens := st.answer.Usage.CompletionTokens
	if tokens == 0 {
		tokens = model.EstimateTokens(st.answer.Text + st.answer.Reasoning)
	}
	spent := (st.took - st.first).Seconds()
	if tokens < 5 || spent <= 0.002 {
		return say(Info, "the answer was too short to measure the speed", "回答太短，无法测速")
	}
	rate := float64(tokens) / spent
	if rate < 5 {
		return say(Warn, "only %.1f tokens a second; people read faster than that", "输出速度仅 %.1f token/秒，低于正常阅读速度", rate)
	}
	return say(OK, "%.0f tokens a second", "输出速度 %.0f token/秒", rate)
}
