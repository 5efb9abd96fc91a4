package console_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"islet/app"
)

var update = flag.Bool("update", false, "write the fixture of the UI's tests")

func TestNodeTypes_describeEveryKindInBothLanguages(t *testing.T) {
	_, o, _ := newWorkshop(t)
	member, _ := o.join("m@local", app.Member)
	member.want(403, "forbidden", "GET", "/node-types", nil)
	got := o.want(200, "", "GET", "/node-types", nil)
	kinds := map[string]map[string]any{}
	for _, k := range got["data"].([]any) {
		v, _ := k.(map[string]any)
		kinds[text(v, "type")] = v
		if text(v, "title", "en") == "" || text(v, "title", "zh") == "" || v["class"] == "" {
			t.Errorf("%v has no title in both languages, or no class", v)
		}
		for _, p := range v["params"].([]any) {
			checkParam(t, text(v, "type"), p.(map[string]any))
		}
	}
	if len(kinds) < 28 || kinds["llm"]["retries"] != true || kinds["http-request"]["effects"] != true || kinds["if-else"]["class"] != "branch" || kinds["loop"]["class"] != "container" {
		t.Errorf("kinds = %v", kinds)
	}
	if say := text(kinds["trigger-plugin"], "absent", "zh"); !strings.Contains(say, "Webhook") || kinds["llm"]["absent"] != nil {
		t.Errorf("a kind that cannot work here says %q", say)
	}
	fixture(t, got)
}

// checkParam is what a form needs of a field.
func checkParam(t *testing.T, typ string, p map[string]any) {
	t.Helper()
	if text(p, "label", "en") == "" || text(p, "label", "zh") == "" {
		t.Errorf("%s.%s has no label in both languages", typ, p["name"])
	}
	if h, ok := p["help"].(map[string]any); ok && (text(h, "en") == "" || text(h, "zh") == "") {
		t.Errorf("%s.%s helps in one language only", typ, p["name"])
	}
	options, _ := p["options"].([]any)
	known := p["default"] == nil || len(options) == 0
	for _, o := range options {
		known = known || text(o, "value") == p["default"]
		if text(o, "label", "en") == "" || text(o, "label", "zh") == "" {
			t.Errorf("%s.%s: %v", typ, p["name"], o)
		}
	}
	if !known {
		t.Errorf("the default %v of %s.%s is none of its options", p["default"], typ, p["name"])
	}
}

// fixture keeps what the UI's tests take for the server's answer the server's answer.
func fixture(t *testing.T, got any) {
	t.Helper()
	const file = "../../assets/ui/src/test/node-types.json"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile(file); err != nil || !bytes.Equal(old, b.Bytes()) {
		t.Errorf("%s is not what the server answers: go test ./web/console -run NodeTypes -update (%v)", file, err)
	}
}

func TestSchedulePreview_namesTheNextFiveTimesOrWhatIsWrong(t *testing.T) {
	_, o, _ := newWorkshop(t)
	at := "/schedule/preview"
	for _, c := range []struct {
		name string
		data body
		cron string
		n    int
		word string // in every time
	}{
		{"a time of day in a zone", body{"mode": "visual", "frequency": "daily", "visual_config": body{"time": "9:30 AM"}, "timezone": "Asia/Shanghai"}, "30 9 * * *", 5, "T01:30:00"},
		{"every hour", body{"frequency": "hourly", "visual_config": body{"on_minute": 15}}, "15 * * * *", 5, ":15:00"},
		{"days of a week", body{"frequency": "weekly", "visual_config": body{"time": "12:00 PM", "weekdays": []string{"mon", "sun"}}}, "0 12 * * 0,1", 5, "T12:00:00"},
		{"a cron line", body{"mode": "cron", "cron_expression": " 0  3 1 1 * "}, "0 3 1 1 *", 5, "-01-01T03:00:00"},
		{"nothing at all", nil, "0 0 * * *", 5, "T00:00:00"},
	} {
		got := o.want(200, "", "POST", at, body{"data": c.data})
		next, _ := got["next"].([]any)
		if got["cron"] != c.cron || len(next) != c.n {
			t.Errorf("%s: %v", c.name, got)
		}
		for _, when := range next {
			if s, _ := when.(string); !strings.Contains(s, c.word) {
				t.Errorf("%s: %s lacks %s", c.name, s, c.word)
			}
		}
	}
	for _, bad := range []body{{"timezone": "Mars/Base"}, {"mode": "cron", "cron_expression": "* *"}, {"mode": "cron"}, {"frequency": "weekly"}, {"frequency": "hourly", "visual_config": body{"on_minute": 75}}, {"visual_config": "x"}} {
		o.want(400, "schedule_invalid", "POST", at, body{"data": bad})
	}
	member, _ := o.join("m@local", app.Member)
	member.want(403, "forbidden", "POST", at, body{})
}
