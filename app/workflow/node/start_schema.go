package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"islet/app"
	"islet/app/value"
)

// parseSchema compiles the JSON Schema of a JSON input: an object or its text. It is read as Draft 7, whatever it says itself.
// A reference to another document is an error: nothing is ever fetched, from the network or the disk.
func (v *variable) parseSchema() error {
	raw := bytes.TrimSpace(v.Schema)
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = bytes.TrimSpace([]byte(text))
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(raw, &fields)
	if err == nil {
		delete(fields, "$schema")
		raw, err = json.Marshal(fields)
	}
	if err == nil {
		v.schema, err = compileSchema(raw)
	}
	if err != nil {
		return app.Errorf(app.Invalid, "json_schema_invalid", "the JSON Schema of the input field %q is not valid: %s", "输入字段“%s”的 JSON Schema 无效：%s", v.label(), shorten(err.Error())).Because(err)
	}
	return nil
}

// checkSchema checks an object and says what is wrong with it first.
func (v *variable) checkSchema(x any) error {
	raw, err := value.Encode(x)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	var bad *jsonschema.ValidationError
	err = v.schema.Validate(doc)
	if !errors.As(err, &bad) {
		return err
	}
	for len(bad.Causes) > 0 {
		bad = bad.Causes[0]
	}
	say := bad.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	if len(bad.InstanceLocation) > 0 {
		say = strings.Join(bad.InstanceLocation, ".") + ": " + say
	}
	return v.invalid("input_not_as_schema", "%q does not match its JSON Schema: %s", "“%s”不符合其 JSON Schema：%s", shorten(say))
}
