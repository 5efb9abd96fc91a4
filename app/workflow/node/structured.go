package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"islet/app"
	"islet/app/model"
	"islet/app/value"
	"islet/app/workflow"
)

// structured is an answer that has to fit a JSON schema.
type structured struct {
	raw    json.RawMessage
	schema *jsonschema.Schema
	broken error // the schema is none: the node says so when it runs
}

// wireStructured is the structured output in a node's data. Old files spell the switch differently.
type wireStructured struct {
	Output *struct {
		Schema json.RawMessage `json:"schema"`
	} `json:"structured_output"`
	Enabled  bool `json:"structured_output_enabled"`
	Switched bool `json:"structured_output_switch_on"`
}

// read is the structured output as the node uses it, nil if it is off.
func (w *wireStructured) read() *structured {
	if w.Output == nil || !w.Enabled && !w.Switched {
		return nil
	}
	s := &structured{raw: w.Output.Schema}
	var text string
	if json.Unmarshal(s.raw, &text) == nil { // a schema as text
		s.raw = json.RawMessage(text)
	}
	s.schema, s.broken = compileSchema(s.raw)
	if s.broken == nil && !objectSchema(s.raw) {
		s.broken = errors.New(`its type is not "object"`)
	}
	return s
}

// compileSchema reads a JSON schema, of draft 7 unless it says otherwise. What it refers to elsewhere is never fetched.
func compileSchema(raw []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	const place = "schema.json"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseLoader(jsonschema.SchemeURLLoader{}) // it knows no scheme at all
	if err := c.AddResource(place, doc); err != nil {
		return nil, err
	}
	return c.Compile(place)
}

func objectSchema(raw []byte) bool {
	var s struct {
		Type any `json:"type"`
	}
	return json.Unmarshal(raw, &s) == nil && s.Type == "object"
}

// structuredFailure is the failure of one stage: schema, or result with the path into the answer.
func structuredFailure(stage, path string, cause error) error {
	en, zh := "the structured output failed (stage=%s): %s", "结构化输出失败（stage=%s）：%s"
	args := []any{stage, cause.Error()}
	if path != "" {
		en, zh = "the structured output failed (stage=%s, path=%s): %s", "结构化输出失败（stage=%s，path=%s）：%s"
		args = []any{stage, path, cause.Error()}
	}
	kind := app.Upstream
	if stage == "schema" {
		kind = app.Invalid
	}
	return workflow.Typed("OutputParserError", app.Errorf(kind, "structured_output_"+stage, en, zh, args...))
}

// ask adds the schema to a request: as the protocol has it for models that are known to obey it, else in words. single says that
// the prompt is to stay one message.
func (s *structured) ask(req *model.Request, known app.Model, single bool) error {
	if s.broken != nil {
		return structuredFailure("schema", "", s.broken)
	}
	if known.Abilities.JSONSchema {
		req.Schema = &model.Schema{Name: "structured_output", JSON: s.raw, Strict: strictSchema(s.raw)}
		return nil
	}
	var b bytes.Buffer
	if json.Compact(&b, s.raw) != nil {
		b.Write(s.raw) // it was read before
	}
	text := "Reply with exactly one JSON object and nothing around it: no remarks, no code fence. The object has to be valid under this JSON schema:\n" + b.String()
	if single {
		last := &req.Messages[len(req.Messages)-1]
		last.Parts = joinText(append(last.Parts, model.Part{Text: text}))
		return nil
	}
	instruct(req, text)
	return nil
}

// instruct adds a paragraph to the system message of a request, which is made if there is none.
func instruct(req *model.Request, text string) {
	if len(req.Messages) > 0 && req.Messages[0].Role == model.System {
		m := req.Messages[0]
		m.Parts = joinText(append(slices.Clone(m.Parts), model.Part{Text: text}))
		req.Messages[0] = m
		return
	}
	req.Messages = slices.Insert(req.Messages, 0, model.Say(model.System, text))
}

// strictSchema tells whether a schema keeps the rules under which servers enforce it: every object forbids further
// properties and requires all of its own.
func strictSchema(raw json.RawMessage) bool {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
		Additional any                        `json:"additionalProperties"`
		Items      json.RawMessage            `json:"items"`
		Type       any                        `json:"type"`
	}
	if json.Unmarshal(raw, &s) != nil {
		return false
	}
	if s.Type == "object" && s.Additional != false {
		return false
	}
	for name, p := range s.Properties {
		if !slices.Contains(s.Required, name) || !strictSchema(p) {
			return false
		}
	}
	return s.Items == nil || strictSchema(s.Items)
}

// result is the object that an answer says, if it fits the schema.
func (s *structured) result(text string) (any, error) {
	v, err := objectIn(text)
	if err != nil {
		return nil, structuredFailure("result", "$", err)
	}
	path, err := validateJSON(s.schema, v)
	if err != nil {
		return nil, structuredFailure("result", path, err)
	}
	return v, nil
}

// english is the language of what a validator says: its words go to models and to people who build apps.
var english = message.NewPrinter(language.English)

// validateJSON checks a value against a schema and returns the first place that does not fit.
func validateJSON(schema *jsonschema.Schema, v any) (path string, err error) {
	raw, err := value.Encode(v)
	if err != nil {
		return "$", err
	}
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return "$", err
	}
	err = schema.Validate(plain)
	var bad *jsonschema.ValidationError
	if !errors.As(err, &bad) {
		return "$", err
	}
	for len(bad.Causes) > 0 {
		bad = bad.Causes[0]
	}
	return jsonPath(bad.InstanceLocation), errors.New(bad.ErrorKind.LocalizedString(english))
}

// jsonPath writes a place in a value as $.items[0].price.
func jsonPath(steps []string) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		switch _, err := strconv.ParseUint(s, 10, 31); {
		case err == nil:
			b.WriteString("[" + s + "]")
		case plainKey.MatchString(s):
			b.WriteString("." + s)
		default:
			b.WriteString("[" + strconv.Quote(s) + "]")
		}
	}
	return b.String()
}

var plainKey = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*$`)
