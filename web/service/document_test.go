package service_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"islet/app"
	"islet/app/model/modeltest"
)

// document is Dify's published OpenAPI document of its Service API.
func document(t *testing.T) *openapi3.T {
	t.Helper()
	const file = "../../../shared/dify/service-api.openapi.json"
	raw, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		t.Skip("skipped: ../shared is absent")
	}
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// beyond are fields that islet sends, as Dify does, although the document does not name them.
var beyond = []string{
	"time_to_first_token", "time_to_generate", // of usage
	"from_variable_selector", "id", "files", // of stream events
	"enabled", "allowed_file_types", "allowed_file_extensions", "allowed_file_upload_methods", "number_limits", // of file_upload
	"type", "hide", "max_length", "description", "options", // of form fields
	"agent_strategy", "tool_labels", // of stream events
	// Fields that the document has for the streams of workflows and not for those of chatflows:
	"inputs_truncated", "outputs_truncated", "process_data_truncated", "inputs", "extras", "execution_metadata", "created_by", "workflow_run_id",
}

// absent are documented fields that stay out where they do not apply.
func absent(where, name string) bool {
	switch name {
	case "text-input", "paragraph", "select": // one of the three
		return true
	case "created_by", "exceptions_count", "files": // "only present in streaming", says the prose
		return strings.HasPrefix(where, "POST /workflows")
	}
	return strings.HasSuffix(where, ".inputs[]") // each type of field of a form has its own
}

// conform checks a value against a schema, and further that it has the documented fields and no others: the document requires
// hardly any, so the schema alone would accept an empty object.
func conform(t *testing.T, where string, s *openapi3.Schema, v any) {
	t.Helper()
	if err := s.VisitJSON(v, openapi3.MultiErrors(), openapi3.VisitAsResponse()); err != nil && !ambiguousForm(err) && !nullForm(err) {
		t.Errorf("%s: %v", where, err)
	}
	walk(t, where, s, v)
}

// ambiguousForm: the three kinds of form field have no required fields in the document, so any field is all of them at once.
func ambiguousForm(err error) bool {
	for line := range strings.Lines(err.Error()) {
		if strings.HasPrefix(line, "Error at") && !strings.Contains(line, "/user_input_form/") {
			return false
		}
	}
	return strings.Contains(err.Error(), "oneOf")
}

// nullForm: a form has a definition as long as it waits and a submission afterwards; the other one is null, says the prose.
func nullForm(err error) bool {
	for line := range strings.Lines(err.Error()) {
		if strings.HasPrefix(line, "Error at") && !strings.Contains(line, "/form_definition\"") && !strings.Contains(line, "/form_submission_data\"") {
			return false
		}
	}
	return strings.Contains(err.Error(), "nullable")
}

func walk(t *testing.T, where string, s *openapi3.Schema, v any) {
	t.Helper()
	switch x := v.(type) {
	case map[string]any:
		props := properties(s)
		if len(props) == 0 || strings.HasSuffix(where, ".execution_metadata") { // each kind of node has its own
			return
		}
		for name, p := range props {
			sub, ok := x[name]
			switch {
			case !ok && !absent(where, name):
				t.Errorf("%s: the documented field %q is missing", where, name)
			case ok && sub != nil:
				walk(t, where+"."+name, p, sub)
			}
		}
		for name := range x {
			if props[name] == nil && !slices.Contains(beyond, name) {
				t.Errorf("%s: the field %q is not in the document", where, name)
			}
		}
	case []any:
		for _, e := range x {
			if s.Items != nil {
				walk(t, where+"[]", s.Items.Value, e)
			}
		}
	}
}

// properties are the fields of a schema, those of its parts included.
func properties(s *openapi3.Schema) map[string]*openapi3.Schema {
	out := map[string]*openapi3.Schema{}
	for name, p := range s.Properties {
		out[name] = p.Value
	}
	for _, parts := range []openapi3.SchemaRefs{s.AllOf, s.OneOf} {
		for _, part := range parts {
			for name, p := range properties(part.Value) {
				out[name] = p
			}
		}
	}
	return out
}

// response is the documented schema of an operation's answer.
func response(t *testing.T, doc *openapi3.T, method, path, status string) *openapi3.Schema {
	t.Helper()
	item := doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		t.Fatalf("the document has no %s %s", method, path)
	}
	r := item.GetOperation(method).Responses.Value(status)
	if r == nil {
		t.Fatalf("%s %s has no answer %s in the document", method, path, status)
	}
	return r.Value.Content.Get("application/json").Schema.Value
}

var everything = app.Settings{
	Prompt: "You help {{name}}.", Opening: "Hello {{name}}", Suggested: []string{"What can you do?"}, FollowUp: app.FollowUp{Enabled: true},
	Variables: []app.Variable{{Name: "name", Label: "Name", Kind: "text", Required: true}, {Name: "long", Kind: "paragraph"}, {Name: "tone", Kind: "select", Options: []string{"warm", "cool"}}},
	Files:     app.FileInput{Enabled: true, Kinds: []string{"image"}},
}

func TestDocument_everyAnswerFits(t *testing.T) {
	doc := document(t)
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(everything)
	check := func(method, path, real string, body any) object {
		t.Helper()
		got := r.do(method, real, key, body)
		if got.status != 200 {
			t.Fatalf("%s %s = %d %s", method, real, got.status, got.body)
		}
		var v object
		got.into(t, &v)
		conform(t, method+" "+path, response(t, doc, method, path, "200"), any(v))
		return v
	}
	file := r.upload(key, "u1", "p.png", "image/png", png)
	var up object
	file.into(t, &up)
	conform(t, "POST /files/upload", response(t, doc, "POST", "/files/upload", "201"), any(up))

	ask := object{"query": "say: hi", "inputs": object{"name": "Li"}, "user": "u1", "response_mode": "blocking",
		"files": []object{{"type": "image", "transfer_method": "local_file", "upload_file_id": up["id"]}, {"type": "image", "transfer_method": "remote_url", "url": "https://example.com/a.png"}}}
	m := check("POST", "/chat-messages", "/chat-messages", ask)
	conversation, message := m["conversation_id"].(string), m["message_id"].(string)
	check("POST", "/messages/{message_id}/feedbacks", "/messages/"+message+"/feedbacks", object{"rating": "like", "content": "good", "user": "u1"})
	check("GET", "/app/feedbacks", "/app/feedbacks", nil)
	check("GET", "/messages", "/messages?user=u1&conversation_id="+conversation, nil)
	check("GET", "/messages/{message_id}/suggested", "/messages/"+message+"/suggested?user=u1", nil)
	check("GET", "/conversations", "/conversations?user=u1", nil)
	check("POST", "/conversations/{conversation_id}/name", "/conversations/"+conversation+"/name", object{"name": "n", "user": "u1"})
	check("GET", "/conversations/{conversation_id}/variables", "/conversations/"+conversation+"/variables?user=u1", nil)
	check("POST", "/chat-messages/{task_id}/stop", "/chat-messages/"+m["task_id"].(string)+"/stop", object{"user": "u1"})
	for _, path := range []string{"/info", "/parameters", "/meta", "/site"} {
		check("GET", path, path, nil)
	}
	check("GET", "/end-users/{end_user_id}", "/end-users/"+up["created_by"].(string), nil)
	if got := r.do("DELETE", "/conversations/"+conversation, key, object{"user": "u1"}); got.status != 204 || len(got.body) != 0 {
		t.Errorf("DELETE = %d %q", got.status, got.body)
	}
}

func TestDocument_everyEventFits(t *testing.T) {
	doc := document(t)
	r := newRig(t, modeltest.Options{})
	_, key := r.publish(app.Settings{})
	_, broken := r.publish(app.Settings{Model: app.ModelRef{Name: "echo@error_mid"}})
	mapping := doc.Components.Schemas["ChunkChatEvent"].Value.Discriminator.Mapping
	seen := map[string]bool{}
	for _, k := range []string{key, broken} {
		a := r.do("POST", "/chat-messages", k, object{"query": "say: one two three four five", "inputs": object{}, "user": "u", "response_mode": "streaming"})
		for _, e := range events(t, a.body) {
			name := e["event"].(string)
			seen[name] = true
			schema := doc.Components.Schemas[path.Base(mapping[name].Ref)]
			if schema == nil {
				t.Fatalf("the document has no event %q", name)
			}
			if name == "error" {
				e["task_id"] = e["message_id"] // the prose says that errors have none, the schema lists it
			}
			conform(t, name, schema.Value, any(e))
		}
	}
	for _, name := range []string{"message", "message_end", "error"} {
		if !seen[name] {
			t.Errorf("no %s came", name)
		}
	}
}
