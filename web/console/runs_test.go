package console_test

import (
	"os"
	"strings"
	"testing"

	"islet/app"
)

func flowFile(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../assets/ui/e2e/flow.yml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestRuns_ofADraftAreStreamedAndTraced(t *testing.T) {
	_, o, _ := newWorkshop(t)
	member, _ := o.join("m@local", app.Member)
	editor, _ := o.join("e@local", app.Editor)
	at := "/apps/" + text(o.want(200, "", "POST", "/apps/import", body{"yaml_content": flowFile(t)}), "app_id")
	o.want(400, "input_missing", "POST", at+"/run", body{"inputs": body{}})
	stream := text(o.want(200, "", "POST", at+"/run", body{"inputs": body{"person": "林", "amount": 12, "kind": "办公"}}), "raw")
	for _, part := range []string{"event: started", `"type":"if-else"`, `"outputs":{"output":"林 的 12 元报销自动通过。"}`, "event: finished", `"status":"succeeded"`} {
		if !strings.Contains(stream, part) {
			t.Errorf("no %s in %s", part, stream)
		}
	}
	_, last, _ := strings.Cut(stream, "event: finished\ndata: ")
	run := at + "/runs/" + field(last, "id")
	trace := o.want(200, "", "GET", run, nil)
	if nodes, _ := trace["nodes"].([]any); len(nodes) != 5 || text(trace, "run", "outputs", "message") == "" || text(nodes[1], "type") != "if-else" {
		t.Errorf("trace = %v", trace)
	}
	if got := text(o.want(200, "", "GET", run+"/events?after=2", nil), "raw"); strings.Contains(got, "event: started") || !strings.Contains(got, "event: finished") {
		t.Errorf("events = %s", got)
	}
	o.want(200, "", "POST", run+"/stop", nil)
	if got := o.want(200, "", "GET", at+"/runs", nil); got["total"] != 0.0 {
		t.Errorf("the log shows the draft's run: %v", got)
	}
	if got := o.want(200, "", "GET", at+"/runs?debug=1&status=succeeded,failed", nil); got["total"] != 1.0 {
		t.Errorf("runs of the draft = %v", got)
	}
	if got := editor.want(200, "", "GET", at+"/runs?debug=true", nil); got["total"] != 0.0 {
		t.Errorf("runs of the draft of another editor = %v", got)
	}
	if got := editor.want(200, "", "GET", at+"/runs?debug=true&everyone=true", nil); got["total"] != 1.0 {
		t.Errorf("runs of the draft by everybody = %v", got)
	}
	o.want(400, "invalid_param", "GET", at+"/runs?after=yesterday", nil)
	other := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "B"}), "id")
	o.want(404, "not_found", "GET", other+"/runs/"+field(last, "id"), nil)
	o.want(400, "draft_incomplete", "POST", other+"/run", body{"inputs": body{}})
	for _, path := range []string{at + "/runs", run} {
		member.want(403, "forbidden", "GET", path, nil)
	}
}

func TestTools_areListed(t *testing.T) {
	_, o, _ := newWorkshop(t)
	got := o.want(200, "", "GET", "/tools", nil)
	if first := items(got)[0]; len(items(got)) < 5 || text(first, "type") != "builtin" || text(first, "provider") != "time" || text(first, "name") != "current_time" || text(first, "provider_label", "zh") == "" || text(first, "label", "zh") == "" {
		t.Errorf("tools = %v", got)
	}
}
