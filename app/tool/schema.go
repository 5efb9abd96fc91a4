package tool

import (
	"encoding/json"

	"islet/app/value"
)

// jsonTypes are the words of JSON schema for the types of parameters.
var jsonTypes = map[string]string{"number": "number", "boolean": "boolean", "object": "object", "array": "array"}

// Schema is the JSON schema of an object with these parameters, as models and other programs are told of them.
func Schema(params []*Param) json.RawMessage {
	properties, required := &value.Object{}, []string{}
	for _, p := range params {
		properties.Set(p.Name, paramSchema(p))
		if p.Required {
			required = append(required, p.Name)
		}
	}
	schema := value.NewObject("type", "object", "properties", properties)
	if len(required) > 0 {
		schema.Set("required", required)
	}
	raw, err := value.Encode(schema)
	if err != nil {
		return json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return raw
}

func paramSchema(p *Param) *value.Object {
	if len(p.Schema) > 0 {
		if v, err := value.Decode(p.Schema); err == nil {
			if o, ok := value.Fields(v); ok {
				return o
			}
		}
	}
	o := &value.Object{}
	typ, ok := jsonTypes[p.Type]
	if !ok {
		typ = "string"
	}
	o.Set("type", typ)
	if p.Type == "array" {
		o.Set("items", &value.Object{})
	}
	description := p.Description
	if description == "" {
		description = p.Label.En
	}
	if description != "" {
		o.Set("description", description)
	}
	if len(p.Options) > 0 {
		o.Set("enum", p.Options)
	}
	return o
}
