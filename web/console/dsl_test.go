package console_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"islet/app"
)

func appFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../app/studio/dsl/testdata/" + name + ".yml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// download gets a path and returns the status, the name of the file and the text.
func (b *browser) download(path string) (int, string, string) {
	b.t.Helper()
	res, err := b.c.Get(b.url + "/console/api" + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Content-Disposition"), string(raw)
}

func TestImport_throughTheConsole(t *testing.T) {
	_, o, _ := newWorkshop(t)
	got := o.want(200, "", "POST", "/apps/import", body{"yaml_content": appFile(t, "workflow"), "name": "../流程: \"一\""})
	nodes, _ := got["nodes"].([]any)
	if got["status"] != "completed" || got["app_mode"] != "workflow" || got["current_dsl_version"] != "0.6.0" || got["imported_dsl_version"] != "0.6.0" || len(nodes) != 10 || text(got, "error") != "" {
		t.Errorf("import = %v", got)
	}
	problems := 0
	for _, n := range nodes {
		if m, _ := n.(map[string]any); m["ok"] == false && strings.ContainsAny(text(n, "problem"), "请插件节点") {
			problems++
		}
	}
	if warnings, _ := got["warnings"].([]any); problems < 5 || len(warnings) == 0 {
		t.Errorf("import = %v", got)
	}
	at := "/apps/" + text(got, "app_id")
	status, name, raw := o.download(at + "/export")
	if status != 200 || !strings.HasPrefix(name, "attachment; filename*=utf-8''") || !strings.HasSuffix(name, ".yml") || strings.Contains(name, "/") || strings.Contains(raw, "CANARY") {
		t.Errorf("export = %d, %s\n%s", status, name, raw)
	}
	if _, _, raw := o.download(at + "/export?include_secret=true"); !strings.Contains(raw, "CANARY_SECRET") {
		t.Error("the export with secrets lacks them")
	}
	if status, _, _ := o.download(at + "/export?version_id=0190a0a0-0000-7000-8000-000000000001"); status != 404 {
		t.Errorf("export of no version = %d", status)
	}
	if got := o.want(200, "", "POST", "/apps/import", body{"yaml_content": raw, "app_id": text(got, "app_id"), "rev": 1}); got["draft_rev"] != 2.0 {
		t.Errorf("overwrite = %v", got)
	}
	o.want(409, "draft_conflict", "POST", "/apps/import", body{"yaml_content": raw, "app_id": text(got, "app_id"), "rev": 1})
	o.want(400, "invalid_id", "POST", "/apps/import", body{"yaml_content": raw, "app_id": "x"})

	later := o.want(200, "", "POST", "/apps/import", body{"yaml_content": strings.Replace(appFile(t, "chat"), "version: 0.5.0", "version: 2.0.0", 1)})
	if later["status"] != "pending" || later["app_id"] != "" {
		t.Errorf("import = %v", later)
	}
	confirm := "/apps/import/" + text(later, "id") + "/confirm"
	if got := o.want(200, "", "POST", confirm, nil); got["status"] != "completed" || text(got, "app_id") == "" {
		t.Errorf("confirm = %v", got)
	}
	o.want(404, "import_expired", "POST", confirm, nil)
}

func TestImport_refusals(t *testing.T) {
	_, o, _ := newWorkshop(t)
	o.want(400, "file_missing", "POST", "/apps/import", body{})
	o.want(400, "file_twice", "POST", "/apps/import", body{"yaml_content": "a", "yaml_url": "https://x/y.yml"})
	o.want(422, "egress_denied", "POST", "/apps/import", body{"yaml_url": "https://x/y.yml"})
	o.want(400, "dsl_invalid", "POST", "/apps/import", body{"yaml_content": "app: {mode: chat}"})
	o.want(400, "dsl_invalid", "POST", "/apps/import", body{"yaml_content": "a: &a [*a]"})
	o.want(400, "unknown_field", "POST", "/apps/import", body{"yaml_content": "a", "tenant_id": "x"})
	if got, _, _ := o.call("POST", "/apps/import", body{"yaml_content": strings.Repeat("x", 13<<20)}); got != http.StatusRequestEntityTooLarge {
		t.Errorf("13 MB = %d", got)
	}
	if got := o.want(200, "", "GET", "/apps", nil); got["total"] != 0.0 {
		t.Errorf("refused files left %v", got)
	}
	member, _ := o.join("m@local", app.Member)
	member.want(403, "forbidden", "POST", "/apps/import", body{"yaml_content": appFile(t, "chat")})
	a := text(o.want(200, "", "POST", "/apps/import", body{"yaml_content": appFile(t, "workflow")}), "app_id")
	if status, _, raw := member.download("/apps/" + a + "/export?include_secret=true"); status != 403 || strings.Contains(raw, "CANARY") {
		t.Errorf("a member exported: %d", status)
	}
}
