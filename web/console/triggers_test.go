package console_test

import (
	"strings"
	"testing"

	"islet/app"
)

func TestTriggers_ofADraftHaveAddresses(t *testing.T) {
	_, o, _ := newWorkshop(t)
	member, _ := o.join("m@local", app.Member)
	editor, _ := o.join("e@local", app.Editor)
	at := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "workflow", "name": "Robot"}), "id")
	set := body{"graph": body{"edges": []body{}, "nodes": []body{
		{"id": "17", "data": body{"type": "trigger-webhook", "title": "订单", "method": "post"}},
		{"id": "18", "data": body{"type": "trigger-schedule", "title": "早报", "frequency": "daily", "visual_config": body{"time": "9:00 AM"}, "timezone": "Asia/Shanghai"}},
		{"id": "19", "data": body{"type": "trigger-schedule", "title": "坏", "timezone": "Mars/Base"}},
	}}}
	o.want(200, "", "PUT", at+"/draft", body{"settings": set, "rev": 1})
	got := editor.want(200, "", "GET", at+"/triggers", nil)
	hooks, _ := got["webhooks"].([]any)
	schedules, _ := got["schedules"].([]any)
	if len(hooks) != 1 || len(schedules) != 2 {
		t.Fatalf("triggers = %v", got)
	}
	h, _ := hooks[0].(map[string]any)
	if h["node_id"] != "17" || h["title"] != "订单" || h["method"] != "POST" || h["published"] != false || h["draft"] != true ||
		!strings.HasPrefix(text(h, "path"), "/triggers/webhook/") || !strings.HasPrefix(text(h, "debug_path"), "/triggers/webhook-debug/") {
		t.Errorf("webhook = %v", h)
	}
	s, _ := schedules[0].(map[string]any)
	if next, _ := s["next"].([]any); s["cron"] != "0 9 * * *" || s["timezone"] != "Asia/Shanghai" || len(next) != 5 || !strings.Contains(next[0].(string), "T01:00:00") || s["off"] != false || s["published"] != false {
		t.Errorf("schedule = %v", s)
	}
	if bad := schedules[1]; !strings.Contains(text(bad, "problem"), "Mars/Base") {
		t.Errorf("a schedule without a meaning = %v", bad)
	}
	again := o.want(200, "", "GET", at+"/triggers", nil)
	if list, _ := again["webhooks"].([]any); text(list[0], "path") != text(h, "path") {
		t.Errorf("the address changed: %v", list)
	}
	o.want(404, "schedule_not_live", "PUT", at+"/triggers/schedules/18", body{"off": true})
	o.want(404, "not_found", "GET", "/apps/"+string(app.NewID())+"/triggers", nil)
	member.want(403, "forbidden", "GET", at+"/triggers", nil)
	member.want(403, "forbidden", "PUT", at+"/triggers/schedules/18", body{"off": true})
	chat := "/apps/" + text(o.want(200, "", "POST", "/apps", body{"mode": "chat", "name": "B"}), "id")
	if got := o.want(200, "", "GET", chat+"/triggers", nil); len(got["webhooks"].([]any)) != 0 || len(got["schedules"].([]any)) != 0 {
		t.Errorf("triggers of a chat app = %v", got)
	}
}
