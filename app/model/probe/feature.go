package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"

	"islet/app"
	"islet/app/model"
)

// refused is the verdict on a feature that a server does not have: no fault, but good to know.
func refused(err error, en, zh string) verdict {
	if errors.Is(err, &app.Error{Code: model.CodeTimeout}) || errors.Is(err, &app.Error{Code: model.CodeCanceled}) {
		return failed(Fail, err)
	}
	return verdict{status: Info, text: app.Text{En: en, Zh: zh}, raw: model.Detail(err)}
}

func (e *exam) systemRole(ctx context.Context) verdict {
	req := request(e.chatModel, "Say hello.", shortAnswer)
	req.Messages = append([]model.Message{model.Say(model.System, "You answer in one word.")}, req.Messages...)
	if _, err := e.ask(ctx, e.server, req); err != nil {
		return refused(err, "the model takes no system message; put instructions into the first question instead", "模型不支持 system 消息；请把指令写进首个提问").warn()
	}
	return say(OK, "system messages are accepted", "支持 system 消息")
}

func (v verdict) warn() verdict {
	if v.status == Info {
		v.status = Warn
	}
	return v
}

func (e *exam) maxTokens(ctx context.Context) verdict {
	st, err := e.ask(ctx, e.server, request(e.chatModel, "count to 100", 8))
	if err != nil && !errors.Is(err, &app.Error{Code: model.CodeEmpty}) {
		return refused(err, "the server refuses max_tokens; leave it empty in the apps that use this model", "服务不接受 max_tokens；使用该模型的应用请勿设置").warn()
	}
	if name := e.server.Profile().MaxTokensName; name != "" {
		return say(OK, "the limit of an answer is called %[1]s here; islet translates by itself", "该服务的长度上限参数名为 %[1]s；islet 会自动转换", name)
	}
	if st.answer != nil && model.EstimateTokens(st.answer.Text+st.answer.Reasoning) > 60 {
		return say(Warn, "the server ignores max_tokens, so answers cannot be kept short", "服务忽略 max_tokens，无法限制回答长度")
	}
	return say(OK, "max_tokens is obeyed", "max_tokens 生效")
}

func (e *exam) stop(ctx context.Context) verdict {
	req := request(e.chatModel, "count to 20", shortAnswer)
	req.Stop = []string{" 7"}
	st, err := e.ask(ctx, e.server, req)
	if err != nil {
		return refused(err, "the server refuses stop words", "服务不支持停止词")
	}
	if strings.Contains(st.answer.Text, " 7") {
		return say(Warn, "the server ignores stop words", "服务忽略停止词").because(st.answer.Text)
	}
	return say(OK, "stop words are obeyed", "停止词生效")
}

func (e *exam) reasoning(context.Context) verdict {
	if e.streamed.answer == nil {
		return say(Skip, "not examined: no answer was streamed", "未检查：没有流式回答")
	}
	raw := e.streamed.tap.Body()
	if e.streamed.answer.Reasoning == "" {
		return say(Info, "the model shows no thinking", "模型没有输出思考过程")
	}
	if m := e.listedModel(e.chatModel); m != nil {
		m.Abilities.Reasoning = true
	}
	for _, name := range []string{"reasoning_content", `"reasoning"`, "thinking", `"thought"`} {
		if bytes.Contains(raw, []byte(name)) {
			return say(OK, "the model's thinking comes in a field of its own (%s)", "思考过程在单独的字段中（%s）", strings.Trim(name, `"`))
		}
	}
	return say(OK, "the model's thinking comes in <think> tags; islet takes it out of the answer", "思考过程在 <think> 标签中；islet 会将其与回答分开")
}

var weather = model.Tool{Name: "get_weather", Description: "Tells the weather of a city.",
	Parameters: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)}

func toolRequest(name string) *model.Request {
	req := request(name, "Call get_weather for the city of Beijing.", 512)
	req.Tools = []model.Tool{weather}
	return req
}

func (e *exam) tools(ctx context.Context) verdict {
	s, err := e.whole()
	if err != nil {
		return failed(Fail, err)
	}
	defer s.Close()
	st, err := e.ask(ctx, s, toolRequest(e.chatModel))
	if err != nil {
		return refused(err, "the server refuses tools; agents cannot use this model (vLLM needs --enable-auto-tool-choice and --tool-call-parser)",
			"服务不支持工具调用，无法用于 Agent（vLLM 需加 --enable-auto-tool-choice 和 --tool-call-parser）")
	}
	v := toolVerdict(st)
	if m := e.listedModel(e.chatModel); m != nil {
		m.Abilities.Tools = v.status == OK
	}
	return v
}

func toolVerdict(st streamed) verdict {
	if len(st.answer.ToolCalls) == 0 {
		return say(Warn, "the model answered in words instead of calling the tool; it may not know tools, or the server lacks a parser for its calls",
			"模型直接回答而没有调用工具；模型可能不支持工具，或服务端缺少解析器").because(st.tap.Raw())
	}
	c := st.answer.ToolCalls[0]
	if !json.Valid([]byte(c.Arguments)) {
		return say(Warn, "the model calls tools with broken arguments", "工具调用的参数不是有效 JSON").because(c.Arguments)
	}
	return say(OK, "tools are called: %[1]s(%[2]s)", "工具调用正常：%[1]s(%[2]s)", c.Name, c.Arguments)
}

func (e *exam) toolsStream(ctx context.Context) verdict {
	st, err := e.ask(ctx, e.server, toolRequest(e.chatModel))
	if err != nil {
		return refused(err, "tools cannot be streamed", "不支持流式工具调用")
	}
	v := toolVerdict(st)
	if v.status == OK {
		return say(OK, "tool calls stream in %d pieces", "流式工具调用正常，共 %d 段", st.pieces)
	}
	return v
}

func (e *exam) jsonSchema(ctx context.Context) verdict {
	req := request(e.chatModel, "Name a city and how many people live there.", 256)
	req.Schema = &model.Schema{Name: "city", Strict: true,
		JSON: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"},"people":{"type":"integer"}},"required":["city","people"],"additionalProperties":false}`)}
	st, err := e.ask(ctx, e.server, req)
	if err != nil {
		return refused(err, "the server refuses JSON schemas; structured output has to be asked for in words", "服务不支持 JSON Schema；结构化输出只能靠提示词")
	}
	var out struct {
		City   *string
		People *json.Number
	}
	if json.Unmarshal([]byte(strings.TrimSpace(st.answer.Text)), &out) != nil || out.City == nil || out.People == nil {
		return say(Warn, "the server accepts a JSON schema but does not keep to it", "服务接受 JSON Schema，但输出不符合要求").because(st.answer.Text)
	}
	if m := e.listedModel(e.chatModel); m != nil {
		m.Abilities.JSONSchema = true
	}
	return say(OK, "JSON schemas are obeyed", "JSON Schema 生效")
}

func (e *exam) jsonMode(ctx context.Context) verdict {
	req := request(e.chatModel, `Answer in JSON with one member "word".`, 256)
	req.JSON = true
	st, err := e.ask(ctx, e.server, req)
	if err != nil {
		return refused(err, "the server has no JSON mode", "服务不支持 JSON 模式")
	}
	if !json.Valid([]byte(strings.TrimSpace(st.answer.Text))) {
		return say(Info, "JSON mode is accepted, but the answer is not plain JSON", "接受 JSON 模式，但输出不是纯 JSON").because(st.answer.Text)
	}
	return say(OK, "JSON mode works", "JSON 模式正常")
}

func (e *exam) vision(ctx context.Context) verdict {
	req := request(e.chatModel, "Which colour is this? One word.", shortAnswer)
	req.Messages[0].Parts = append(req.Messages[0].Parts, model.Part{Kind: model.ImagePart, MIME: "image/png", Data: redSquare()})
	m := e.listedModel(e.chatModel)
	st, err := e.ask(ctx, e.server, req)
	if err != nil {
		if m != nil {
			m.Abilities.Vision = false
		}
		return refused(err, "the model takes no pictures", "模型不支持图片输入")
	}
	if low := strings.ToLower(st.answer.Text); !strings.Contains(low, "red") && !strings.Contains(low, "红") {
		return say(Info, "pictures are accepted, but the model did not name the colour of a red one; it may not really see them", "接受图片输入，但模型没有认出红色图片；可能并不真正支持").because(st.answer.Text)
	}
	if m != nil {
		m.Abilities.Vision = true
	}
	return say(OK, "pictures are accepted and seen", "支持图片输入").because(st.answer.Text)
}

// redSquare is a picture large enough for models that refuse tiny ones.
func redSquare() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{R: 220, A: 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // into memory
	return b.Bytes()
}
