package node

import (
	"encoding/json"
	"reflect"
	"testing"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

func declared(t *testing.T, fields string) *start {
	t.Helper()
	n, err := newStart([]byte(`{"variables":[{"variable":"x","label":"字段",` + fields + `}]}`))
	if err != nil {
		t.Fatalf("%s: %v", fields, err)
	}
	return n.(*start)
}

func TestStart_checksFilesAndObjects(t *testing.T) {
	zip := app.Attachment{Kind: "custom", Method: "local_file", Name: "d.ZIP"}
	tool := app.Attachment{Kind: "video", Method: "tool_file", Name: "t.mp4"}
	object := value.NewObject("a", int64(1))
	const images, others = `"type":"file","allowed_file_types":["image"]`, `"type":"file","allowed_file_types":["image","custom"]`
	for _, c := range []struct {
		fields string
		given  any
		want   any
		code   string
	}{
		{`"type":"file"`, pdf, pdf, ""},
		{`"type":"file"`, nil, nil, ""},
		{`"type":"file"`, "", nil, ""},
		{`"type":"file","required":true`, "", nil, "input_missing"},
		{`"type":"file","required":true`, nil, nil, "input_missing"},
		{`"type":"file"`, "a.pdf", nil, "input_not_a_file"},
		{`"type":"file"`, []app.Attachment{pdf}, nil, "input_not_a_file"},
		{`"type":"file"`, object, nil, "input_not_a_file"},
		{images, png, png, ""},
		{images, pdf, nil, "input_file_kind"},
		{images, tool, tool, ""},
		{others, zip, zip, ""},
		{others + `,"allowed_file_extensions":[]`, zip, nil, "input_file_kind"},
		{others + `,"allowed_file_extensions":[".zip"]`, zip, zip, ""},
		{others + `,"allowed_file_extensions":["ZIP"]`, zip, zip, ""},
		{others + `,"allowed_file_extensions":["pdf"]`, pdf, pdf, ""},
		{images + `,"allowed_file_extensions":["pdf"]`, pdf, nil, "input_file_kind"},
		{`"type":"file","allowed_file_types":[]`, zip, zip, ""},
		{`"type":"file","allowed_file_upload_methods":["remote_url"]`, png, png, ""},
		{`"type":"file","allowed_file_upload_methods":["remote_url"]`, pdf, nil, "input_file_method"},
		{`"type":"file","allowed_file_upload_methods":["remote_url"]`, tool, tool, ""},
		{`"type":"file-list"`, []app.Attachment{pdf, png}, []app.Attachment{pdf, png}, ""},
		{`"type":"file-list"`, []any{pdf}, []app.Attachment{pdf}, ""},
		{`"type":"file-list"`, []any{}, []app.Attachment{}, ""},
		{`"type":"file-list"`, "", nil, ""},
		{`"type":"file-list","max_length":2`, []app.Attachment{pdf, png}, []app.Attachment{pdf, png}, ""},
		{`"type":"file-list","max_length":1`, []app.Attachment{pdf, png}, nil, "input_too_many_files"},
		{`"type":"file-list"`, pdf, nil, "input_not_files"},
		{`"type":"file-list"`, []any{pdf, "b"}, nil, "input_not_files"},
		{`"type":"file-list","allowed_file_types":["image"]`, []app.Attachment{png, pdf}, nil, "input_file_kind"},
		{`"type":"json_object"`, object, object, ""},
		{`"type":"json_object"`, map[string]any{"a": 1.0}, map[string]any{"a": 1.0}, ""},
		{`"type":"json_object"`, "", "", ""},
		{`"type":"json_object"`, nil, nil, ""},
		{`"type":"json_object","required":true`, nil, nil, "input_missing"},
		{`"type":"json_object"`, `{"a":1}`, nil, "input_not_an_object"},
		{`"type":"json_object"`, []any{"a"}, nil, "input_not_an_object"},
		{`"type":"external_data_tool"`, "found\x00", "found", ""},
		{`"type":"external_data_tool"`, 5.0, nil, "input_not_text"},
		{`"type":"checkbox"`, int64(1), true, ""},
		{`"type":"checkbox"`, int64(0), false, ""},
		{`"type":"checkbox"`, "maybe\x00", "maybe", ""},
		{`"type":"checkbox"`, int64(2), int64(2), ""},
		{`"type":"checkbox"`, object, nil, "input_not_plain"},
		{`"type":"checkbox"`, []any{object}, nil, "input_not_plain"},
		{`"type":"checkbox"`, pdf, nil, "input_not_plain"},
		{`"type":"paragraph"`, object, nil, "input_not_text"},
	} {
		n := declared(t, c.fields)
		got, err := n.Check(map[string]any{"x": c.given})
		if c.code != "" {
			if failure(t, err) != "!"+c.code {
				t.Errorf("%s given %v: %v, want %s", c.fields, c.given, err, c.code)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got["x"], c.want) {
			t.Errorf("%s given %v makes %v, %v, want %v", c.fields, c.given, got["x"], err, c.want)
		}
		if again, err := n.Check(got); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s: Check of checked inputs = %v, %v", c.fields, again, err)
		}
	}
}

func TestStart_defaultsStandInForWhatIsNotGiven(t *testing.T) {
	for fields, want := range map[string]string{
		`"type":"text-input","default":"d"`:          `"d"`,
		`"type":"number","default":5`:                `5`,
		`"type":"number","default":"2.5"`:            `2.5`,
		`"type":"number","default":""`:               `null`,
		`"type":"checkbox","default":true`:           `true`,
		`"type":"select","default":"","options":[]`:  `""`,
		`"type":"json_object","default":{"a":1}`:     `{"a":1}`,
		`"type":"json_object","default":"{\"a\":1}"`: `{"a":1}`,
		`"type":"json_object","default":"{"`:         `null`,
		`"type":"file","default":{}`:                 `null`,
		`"type":"file-list","default":""`:            `null`,
		`"type":"paragraph"`:                         `null`,
		`"type":"paragraph","default":null`:          `null`,
	} {
		got, err := declared(t, fields).Check(nil)
		if err != nil || written(t, got["x"]) != want {
			t.Errorf("%s stands for %s, %v, want %s", fields, written(t, got["x"]), err, want)
		}
	}
	if _, err := declared(t, `"type":"paragraph","required":true,"default":"d"`).Check(nil); failure(t, err) != "!input_missing" {
		t.Errorf("a default stands in for a required input: %v", err)
	}
}

func TestStart_checksObjectsAgainstTheirSchema(t *testing.T) {
	const schema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"]}`
	quoted, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{schema, string(quoted)} {
		n := declared(t, `"type":"json_object","json_schema":`+s)
		for given, want := range map[string]string{
			`{"n":1}`:        `{"x":{"n":1}}`,
			`{"n":1,"m":[]}`: `{"x":{"n":1,"m":[]}}`,
			`{}`:             `{"x":{}}`,
			`null`:           `{"x":null}`,
			`{"n":0}`:        `!input_not_as_schema`,
			`{"n":1.5}`:      `!input_not_as_schema`,
			`{"m":1}`:        `!input_not_as_schema`,
			`{"n":"1"}`:      `!input_not_as_schema`,
			`[1]`:            `!input_not_an_object`,
		} {
			res, err := n.Run(t.Context(), &workflow.Step{Node: "s", Vars: pool(t, `{"s":{"x":`+given+`}}`, nil)})
			got := failure(t, err)
			if err == nil {
				got = written(t, res.Outputs)
			}
			if got != want {
				t.Errorf("%s makes %s (%v), want %s", given, got, err, want)
			}
		}
		if _, err := n.Check(map[string]any{"x": value.NewObject("m", 1)}); err != nil {
			t.Errorf("the schema is looked at before the run: %v", err)
		}
	}
}

func TestStart_refusesSchemasThatAreNone(t *testing.T) {
	for schema, ok := range map[string]bool{
		`""`: true, `null`: true, `" "`: true, `{}`: true, `{"definitions":{"a":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/a"}}}`: true,
		`"{"`: false, `[]`: false, `"text"`: false, `{"type":"thing"}`: false, `{"$ref":"http://127.0.0.1/x.json"}`: false, `{"$ref":"file:///etc/hostname"}`: false,
	} {
		_, err := newStart([]byte(`{"variables":[{"variable":"x","type":"json_object","json_schema":` + schema + `}]}`))
		if got := failure(t, err); (got == "") != ok || !ok && got != "!json_schema_invalid" {
			t.Errorf("the schema %s: %v", schema, err)
		}
	}
}

func TestStart_handsOnThePoolWithoutSecrets(t *testing.T) {
	n := declared(t, `"type":"paragraph"`)
	res, err := n.Run(t.Context(), &workflow.Step{Node: "s", Vars: pool(t, `{"s":{"x":"v","more":1},"sys":{"query":"q"},"conversation":{"c":[1]},"env":{"key":"secret"},"other":{"y":2}}`, nil)})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := written(t, res.Outputs), `{"conversation.c":[1],"other.y":2,"sys.query":"q","x":"v"}`; got != want {
		t.Errorf("outputs %s, want %s", got, want)
	}
}
