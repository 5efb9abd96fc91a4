package node

import (
	"reflect"
	"testing"

	"islet/app/workflow"
)

func TestWebhook_handsOnTheDeclaredPartsOfTheRequest(t *testing.T) {
	const data = `{"headers":[{"name":"X-Token"},{"name":"X_Id"}],"params":[{"name":"page","type":"number"}],"body":[{"name":"user","type":"object"},{"name":"upload-1","type":"file"}]}`
	for _, c := range []struct{ given, want map[string]any }{
		{nil, map[string]any{}},
		{map[string]any{"X-Token": "t", "page": 2, "user": map[string]any{"a": 1}, "_webhook_raw": "raw", "more": "x"}, map[string]any{"X_Token": "t", "page": 2, "user": map[string]any{"a": 1}, "_webhook_raw": "raw"}},
		{map[string]any{"X_Token": "t", "X-Id": "i"}, map[string]any{"X_Token": "t", "X_Id": "i"}},
		{map[string]any{"x-token": "t", "x-id": "i"}, map[string]any{"X_Token": "t", "X_Id": "i"}},
		{map[string]any{"X-Token": "exact", "x-token": "lower"}, map[string]any{"X_Token": "exact"}},
		{map[string]any{"upload_1": "no", "Page": 1}, map[string]any{}},
	} {
		n, err := (&rig{}).node("trigger-webhook", data)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"X_Token": nil, "X_Id": nil, "page": nil, "user": nil, "upload-1": nil, "_webhook_raw": nil}
		for k, v := range c.want {
			want[k] = v
		}
		got, err := n.(workflow.Checker).Check(c.given)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Check(%v) = %v, %v, want %v", c.given, got, err, want)
		}
		if again, _ := n.(workflow.Checker).Check(got); !reflect.DeepEqual(again, got) {
			t.Errorf("Check of checked inputs = %v", again)
		}
	}
	(&rig{}).check(t, "trigger-webhook", []claim{
		{`{"headers":[{"name":"X-A"}]}`, `{"me":{"X_A":"v","_webhook_raw":{"method":"post"}},"sys":{"user_id":"u"},"env":{"secret":"s"}}`, `{"X_A":"v","_webhook_raw":{"method":"post"},"sys.user_id":"u"}`},
		{`{}`, ``, `{"_webhook_raw":null}`},
		{`{"params":[{"name":""}]}`, ``, `!webhook_field_without_name`},
	})
}

func TestSchedule_hasOnlySystemVariables(t *testing.T) {
	(&rig{}).check(t, "trigger-schedule", []claim{
		{`{"mode":"cron","cron_expression":"0 9 * * *","timezone":"UTC"}`, `{"me":{"x":1},"sys":{"timestamp":5},"conversation":{"c":1}}`, `{"sys.timestamp":5}`},
		{`{}`, ``, `{}`},
	})
}
