package dsl

import (
	"slices"
	"strings"

	"islet/app"
	"islet/app/value"
)

// fileKinds are the kinds of file that islet has a name for. Dify's "custom", which lists extensions, is not among them.
var fileKinds = []string{"image", "document", "audio", "video"}

// readFeatures fills in what the features of a graph and the settings of a chat app have in common.
func readFeatures(o *value.Object, s *app.Settings) {
	s.Opening = textOf(o, "opening_statement")
	s.Suggested, _ = textsOf(o, "suggested_questions")
	f := section(o, "suggested_questions_after_answer")
	s.FollowUp = app.FollowUp{Enabled: boolOf(f, "enabled"), Prompt: textOf(f, "prompt"), Model: modelOf(section(f, "model"))}
	s.Files = filesOf(section(o, "file_upload"))
	s.Moderation = moderationOf(section(o, "sensitive_word_avoidance"))
	s.Speech = speechOf(section(o, "speech_to_text"), section(o, "text_to_speech"))
	if r := section(o, "retriever_resource"); r != nil {
		s.NoCitations = !boolOf(r, "enabled")
	}
}

// speechOf reads what an app hears and says; nil where it does neither.
func speechOf(hear, say *value.Object) *app.Speech {
	s := &app.Speech{Listen: boolOf(hear, "enabled"), Speak: boolOf(say, "enabled"), Voice: textOf(say, "voice"), Language: textOf(say, "language"), AutoPlay: textOf(say, "autoPlay") == "enabled",
		ListenLanguage: textOf(hear, "language")}
	if !s.Listen && !s.Speak {
		return nil
	}
	return s
}

func writeSpeech(o *value.Object, s *app.Speech) {
	if s == nil {
		s = &app.Speech{}
	}
	hear := child(o, "speech_to_text")
	hear.Set("enabled", s.Listen)
	if _, had := hear.Get("language"); had || s.ListenLanguage != "" {
		hear.Set("language", s.ListenLanguage) // not Dify's, which takes no notice of it
	}
	say := child(o, "text_to_speech")
	say.Set("enabled", s.Speak)
	if !s.Speak {
		return
	}
	say.Set("voice", s.Voice)
	say.Set("language", s.Language)
	auto := "disabled"
	if s.AutoPlay {
		auto = "enabled"
	}
	say.Set("autoPlay", auto)
}

// byKeywords is the only type of moderation that islet has.
const byKeywords = "keywords"

// moderationOf reads the words that an app keeps out; nil where it is off or of another type.
func moderationOf(o *value.Object) *app.Moderation {
	if !boolOf(o, "enabled") || textOf(o, "type") != byKeywords {
		return nil
	}
	c := section(o, "config")
	in, out := section(c, "inputs_config"), section(c, "outputs_config")
	m := &app.Moderation{Keywords: []string{}, Input: boolOf(in, "enabled"), InputReply: textOf(in, "preset_response"), Output: boolOf(out, "enabled"), OutputReply: textOf(out, "preset_response")}
	for line := range strings.SplitSeq(textOf(c, "keywords"), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			m.Keywords = append(m.Keywords, line)
		}
	}
	return m
}

func writeModeration(o *value.Object, m *app.Moderation) {
	if m == nil {
		if textOf(o, "type") == byKeywords {
			o.Set("enabled", false)
		}
		return
	}
	o.Set("enabled", true)
	o.Set("type", byKeywords)
	c := child(o, "config")
	c.Set("keywords", strings.Join(m.Keywords, "\n"))
	in, out := child(c, "inputs_config"), child(c, "outputs_config")
	in.Set("enabled", m.Input)
	in.Set("preset_response", m.InputReply)
	out.Set("enabled", m.Output)
	out.Set("preset_response", m.OutputReply)
}

// modelOf reads the choice of a model. The provider stays as the file has it: which endpoint it stands for is for a person
// or the site to say.
func modelOf(o *value.Object) app.ModelRef {
	m := app.ModelRef{Endpoint: app.ID(textOf(o, "provider")), Name: textOf(o, "name")}
	if p := section(o, "completion_params"); p != nil && p.Len() > 0 {
		m.Params = map[string]any{}
		for k, v := range p.All() {
			m.Params[k] = v
		}
	}
	return m
}

// writeModel puts the choice of a model into its section.
func writeModel(o *value.Object, m app.ModelRef) {
	o.Set("provider", string(m.Endpoint))
	o.Set("name", m.Name)
	if textOf(o, "mode") == "" {
		o.Set("mode", "chat")
	}
	params := value.NewObject()
	for k, v := range value.Of(m.Params).All() {
		params.Set(k, whole("", treeOf(v)))
	}
	if old := section(o, "completion_params"); old == nil || !same(old, params) {
		o.Set("completion_params", params)
	}
}

// filesOf reads which files people may attach. Older files say it of images only.
func filesOf(o *value.Object) app.FileInput {
	img := section(o, "image")
	in := app.FileInput{Enabled: boolOf(o, "enabled"), Max: intOf(o, "number_limits"), Detail: textOf(img, "detail")}
	in.Kinds, _ = textsOf(o, "allowed_file_types")
	in.Methods, _ = textsOf(o, "allowed_file_upload_methods")
	if boolOf(img, "enabled") {
		in.Enabled, in.Max = true, intOf(img, "number_limits")
		in.Methods = defaultMethods
		if m, ok := textsOf(img, "transfer_methods"); ok {
			in.Methods = m
		}
		if _, said := get(o, "allowed_file_types"); !said {
			in.Kinds = []string{"image"}
		}
	}
	if !in.Enabled && in.Kinds == nil {
		in.Detail = "" // the old form of "no files" says nothing that counts
	}
	custom := slices.ContainsFunc(in.Kinds, func(k string) bool { return !slices.Contains(fileKinds, k) })
	in.Kinds = slices.DeleteFunc(in.Kinds, func(k string) bool { return !slices.Contains(fileKinds, k) })
	if custom && len(in.Kinds) == 0 {
		in.Kinds = []string{"document"}
	}
	return in
}

var defaultMethods = []string{"remote_url", "local_file"}

// writeFeatures puts what the app says now and did not say before into the section.
func writeFeatures(o *value.Object, was, now *app.Settings) {
	if was.Opening != now.Opening {
		o.Set("opening_statement", now.Opening)
	}
	if !slices.Equal(was.Suggested, now.Suggested) {
		o.Set("suggested_questions", texts(now.Suggested))
	}
	if !equal(was.FollowUp, now.FollowUp) {
		writeFollowUp(child(o, "suggested_questions_after_answer"), &was.FollowUp, &now.FollowUp)
	}
	if !equal(was.Files, now.Files) {
		writeFiles(child(o, "file_upload"), &now.Files)
	}
	if !equal(was.Speech, now.Speech) {
		writeSpeech(o, now.Speech)
	}
	if was.NoCitations != now.NoCitations {
		child(o, "retriever_resource").Set("enabled", !now.NoCitations)
	}
	if !equal(was.Moderation, now.Moderation) {
		writeModeration(child(o, "sensitive_word_avoidance"), now.Moderation)
	}
}

func writeFollowUp(o *value.Object, was, now *app.FollowUp) {
	o.Set("enabled", now.Enabled)
	if was.Prompt != now.Prompt {
		o.Set("prompt", now.Prompt)
	}
	if equal(was.Model, now.Model) {
		return
	}
	if now.Model.Zero() {
		drop(o, "model")
		return
	}
	writeModel(child(o, "model"), now.Model)
}

func writeFiles(o *value.Object, f *app.FileInput) {
	o.Set("enabled", f.Enabled)
	kinds := texts(f.Kinds)
	for _, k := range listOf(o, "allowed_file_types") { // those that islet has no name for
		if !slices.Contains(fileKinds, text(k)) {
			kinds = append(kinds, k)
		}
	}
	o.Set("allowed_file_types", kinds)
	o.Set("allowed_file_upload_methods", texts(f.Methods))
	if _, ok := get(o, "allowed_file_extensions"); !ok {
		o.Set("allowed_file_extensions", []any{})
	}
	img := child(o, "image")
	img.Set("enabled", f.Enabled && slices.Contains(f.Kinds, "image"))
	img.Set("transfer_methods", texts(f.Methods))
	for _, at := range []*value.Object{o, img} {
		drop(at, "number_limits") // absent is three, there and here
		if f.Max > 0 {
			at.Set("number_limits", int64(f.Max))
		}
	}
	drop(img, "detail")
	if f.Detail != "" {
		img.Set("detail", f.Detail)
	}
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// child is the mapping under a key, made where there is none.
func child(o *value.Object, key string) *value.Object {
	if c := section(o, key); c != nil {
		return c
	}
	c := value.NewObject()
	o.Set(key, c)
	return c
}

// drop takes a key away.
func drop(o *value.Object, key string) {
	if _, ok := o.Get(key); !ok {
		return
	}
	left := value.NewObject()
	for k, v := range o.All() {
		if k != key {
			left.Set(k, v)
		}
	}
	*o = *left
}
