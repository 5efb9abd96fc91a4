package probe

import (
	"context"
	"time"

	"islet/app"
	"islet/app/egress"
	"islet/app/model"
	"islet/app/model/provider"
)

// Target is what to examine. Empty model names mean the first of their kind that the server lists.
type Target struct {
	Endpoint *app.Endpoint
	Key      string
	Chat     string
	Embed    string
	Rerank   string
	Speech   string
	Voice    string
}

// Options bound a probe. The zero value takes 60 s at most, and 10 s for each check.
type Options struct {
	Total time.Duration
	Each  time.Duration
	Now   func() time.Time
}

// The statuses of a finding.
const (
	OK   = "ok"
	Warn = "warn"
	Fail = "fail"
	Skip = "skip"
	Info = "info"
)

// Run examines the target and hands each finding to emit as it comes, in order, from the calling goroutine. It returns
// the profile that holds them all and the models that the server lists. Its error is only ever that of ctx: a server
// that fails every check is a good result.
func Run(ctx context.Context, door *egress.Door, t Target, o Options, emit func(app.Finding)) (*app.Profile, []app.Model, error) {
	if o.Total <= 0 {
		o.Total = time.Minute
	}
	if o.Each <= 0 {
		o.Each = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	ep := *t.Endpoint
	ep.Profile = nil // what was learnt before is what is to be examined
	t.Endpoint = &ep
	e := &exam{Target: t, door: door, o: o, chatModel: t.Chat, embedModel: t.Embed, rerankModel: t.Rerank, speechModel: t.Speech, voiceModel: t.Voice}
	bounded, cancel := context.WithTimeout(ctx, o.Total)
	defer cancel()
	for _, c := range Checks {
		f := e.check(bounded, c)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		e.note(f)
		emit(f)
	}
	e.finish()
	return &e.profile, e.models, nil
}

// Check is one examination. Needs names what must have been found out before.
type Check struct {
	Name  string
	Needs need
	run   func(*exam, context.Context) verdict
}

// need is what a check cannot do without.
type need uint8

const (
	nothing   need = iota
	address        // the URL can be read
	secure         // https
	reached        // the server answers HTTP
	listed         // the models are known
	chatting       // a chat model answers
	embedding      // there is an embedding model
	reranking      // there is a rerank model
	hearing        // there is a model that hears
	speaking       // there is one that speaks
)

// Checks are all there are, in the order in which they run.
var Checks = []Check{
	{"url", nothing, (*exam).url},
	{"dns", address, (*exam).dns},
	{"tcp", address, (*exam).tcp},
	{"tls", secure, (*exam).tls},
	{"private_ca", secure, (*exam).privateCA},
	{"http", address, (*exam).http},
	{"http2", secure, (*exam).http2},
	{"auth", reached, (*exam).auth},
	{"key_checked", reached, (*exam).keyChecked},
	{"protocol", reached, (*exam).protocol},
	{"models", reached, (*exam).list},
	{"clock", reached, (*exam).clock},
	{"keep_alive", reached, (*exam).keepAlive},
	{"chat", listed, (*exam).chat},
	{"stream", listed, (*exam).stream},
	{"stream_framing", chatting, (*exam).framing},
	{"stream_end", chatting, (*exam).streamEnd},
	{"usage", chatting, (*exam).usage},
	{"stream_options", chatting, (*exam).streamOptions},
	{"first_token", chatting, (*exam).firstToken},
	{"speed", chatting, (*exam).speed},
	{"system_role", chatting, (*exam).systemRole},
	{"max_tokens", chatting, (*exam).maxTokens},
	{"stop", chatting, (*exam).stop},
	{"reasoning", chatting, (*exam).reasoning},
	{"tools", chatting, (*exam).tools},
	{"tools_stream", chatting, (*exam).toolsStream},
	{"json_schema", chatting, (*exam).jsonSchema},
	{"json_mode", chatting, (*exam).jsonMode},
	{"vision", chatting, (*exam).vision},
	{"context_length", listed, (*exam).contextLength},
	{"cancel", chatting, (*exam).cancel},
	{"concurrency", chatting, (*exam).concurrency},
	{"embedding", embedding, (*exam).embed},
	{"embedding_same", embedding, (*exam).embedSame},
	{"embedding_batch", embedding, (*exam).embedBatch},
	{"rerank", reranking, (*exam).rerank},
	{"speech", hearing, (*exam).hear},
	{"voice", speaking, (*exam).speak},
}

// verdict is what a check has to say.
type verdict struct {
	status string
	text   app.Text
	raw    string
}

func say(status, en, zh string, args ...any) verdict {
	return verdict{status: status, text: app.Textf(en, zh, args...)}
}

// because attaches the bytes that a verdict rests on.
func (v verdict) because(raw string) verdict {
	v.raw = raw
	return v
}

// failed is the verdict on a model error: its own sentence, and the server's words as raw.
func failed(status string, err error) verdict {
	return verdict{status: status, text: app.AsError(err).Text, raw: model.Detail(err)}
}

// exam is a probe on its way.
type exam struct {
	Target
	door *egress.Door
	o    Options

	profile app.Profile
	server  *provider.Server // as the providers will use it
	models  []app.Model

	isAddress, isSecure, isReached, isChatting bool

	chatModel, embedModel, rerankModel, speechModel, voiceModel string

	date       time.Time // the server's clock, when the answer came
	seen       time.Time
	streamed   streamed
	vectors    [][]float32
	rerankPath string
}

// check runs one check within its bounds, or says why it does not.
func (e *exam) check(ctx context.Context, c Check) app.Finding {
	f := app.Finding{Check: c.Name}
	if v, ok := e.may(ctx, c.Needs); !ok {
		f.Status, f.Text = v.status, v.text
		return f
	}
	one, cancel := context.WithTimeout(ctx, e.o.Each)
	defer cancel()
	start := time.Now()
	v := c.run(e, one)
	f.Millis = time.Since(start).Milliseconds()
	if one.Err() != nil && v.status == Fail {
		v.text = app.Textf("no answer within %v; the server may still be loading the model, try again in a minute",
			"%v 内没有响应；服务可能仍在加载模型，请稍后再试", e.o.Each)
	}
	f.Status, f.Text, f.Raw = v.status, v.text, v.raw
	return f
}

// may tells whether what a check needs is there.
func (e *exam) may(ctx context.Context, n need) (verdict, bool) {
	switch {
	case ctx.Err() != nil:
		return say(Skip, "not examined: the time for the whole check-up was over", "未检查：体检总时间已用完"), false
	case n >= address && !e.isAddress:
		return say(Skip, "not examined: the address cannot be read", "未检查：地址无效"), false
	case n == secure && !e.isSecure:
		return say(Skip, "not needed: the address begins with http://", "无需检查：地址为 http://"), false
	case n >= reached && !e.isReached:
		return say(Skip, "not examined: the server did not answer", "未检查：服务无响应"), false
	case n == chatting && !e.isChatting:
		return say(Skip, "not examined: there is no chat model that answers", "未检查：没有可用的对话模型"), false
	case n == embedding && e.embedModel == "":
		return say(Skip, "not examined: the server lists no embedding model", "未检查：服务未列出向量模型"), false
	case n == reranking && e.rerankModel == "":
		return say(Skip, "not examined: the server lists no rerank model", "未检查：服务未列出重排模型"), false
	case n == hearing && e.speechModel == "":
		return say(Skip, "not examined: the server lists no model for speech recognition", "未检查：服务未列出语音识别模型"), false
	case n == speaking && e.voiceModel == "":
		return say(Skip, "not examined: the server lists no model for reading aloud", "未检查：服务未列出语音合成模型"), false
	}
	return verdict{}, true
}

func (e *exam) note(f app.Finding) {
	e.profile.Findings = append(e.profile.Findings, f)
	switch f.Status {
	case Fail:
		e.profile.Failed++
	case Warn:
		e.profile.Warned++
	}
}

// finish puts what the server was found to need into the profile.
func (e *exam) finish() {
	e.profile.ProbedAt = e.o.Now()
	if e.server == nil {
		return
	}
	learnt := e.server.Profile()
	e.profile.HTTP1 = learnt.HTTP1
	e.profile.NoStreamUsage = learnt.NoStreamUsage
	e.profile.MaxTokensName = learnt.MaxTokensName
	e.profile.RerankPath = e.rerankPath
	e.profile.Voices, e.profile.SoundFormat = learnt.Voices, learnt.SoundFormat
	if e.profile.EmbedBatch == 0 {
		e.profile.EmbedBatch = learnt.EmbedBatch
	}
	e.server.Close()
}

// limits are those of the providers, made shorter than a check.
func (e *exam) limits() provider.Limits {
	return provider.Limits{Silence: e.o.Each * 8 / 10, HTTP2: e.o.Each * 3 / 10, Total: e.o.Each, Bytes: 8 << 20}
}

// open prepares the endpoint with a profile of one's own.
func (e *exam) open(change func(*app.Endpoint)) (*provider.Server, error) {
	ep := *e.Endpoint
	ep.Options.TimeoutSeconds = 0 // ours are shorter
	if e.server != nil {
		p := e.server.Profile()
		ep.Profile = &p
	}
	if change != nil {
		change(&ep)
	}
	return provider.Open(e.door, &ep, e.limits(), nil)
}
