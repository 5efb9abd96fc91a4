package knowledge_test

import (
	"slices"
	"testing"

	"islet/app"
	"islet/app/knowledge"
)

// TestFilter_everyOperator searches three documents with metadata under each operator of each type.
func TestFilter_everyOperator(t *testing.T) {
	r := newRig(t)
	d := r.dataset(app.ModelRef{})
	docs := r.add(d, "report alpha", "report beta", "report gamma")
	for name, kind := range map[string]string{"team": app.MetaString, "pages": app.MetaNumber, "due": app.MetaTime} {
		if _, err := r.k.AddField(r.ctx, d.ID, name, kind); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range []map[string]any{{"team": "sales north", "pages": 10, "due": "2026-01-10"}, {"team": "sales south", "pages": 20.5, "due": "2026-02-10"}, {}} {
		if err := r.k.Describe(r.ctx, d.ID, []app.ID{docs[i].ID}, v, true); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{"report alpha", "report beta", "report gamma"}
	a, b, c := all[:1], all[1:2], all[2:]
	for _, tc := range []struct {
		name, op string
		value    any
		want     []string
	}{
		{"team", "is", "sales north", a}, {"team", "is", "Sales North", nil}, {"team", "is not", "sales north", all[1:]},
		{"team", "contains", "south", b}, {"team", "not contains", "south", []string{all[0], all[2]}},
		{"team", "start with", "sales", all[:2]}, {"team", "end with", "north", a},
		{"team", "empty", nil, c}, {"team", "not empty", nil, all[:2]},
		{"team", "in", []any{"sales north", "x"}, a}, {"team", "in", "x, sales south", b}, {"team", "not in", []any{"sales north"}, all[1:]},
		{"pages", "=", 10, a}, {"pages", "=", "20.5", b}, {"pages", "≠", 10, all[1:]}, {"pages", ">", 10, b}, {"pages", "<", 20, a},
		{"pages", "≥", 10, all[:2]}, {"pages", "≤", "10", a}, {"pages", "empty", nil, c}, {"pages", "not empty", nil, all[:2]},
		{"due", "before", "2026-02-01", a}, {"due", "after", "2026-02-01", b}, {"due", "is", "2026-01-10", a}, {"due", "empty", nil, c},
		{"document_name", "is", "doc 2.md", b}, {"document_name", "end with", ".md", all}, {"uploader", "is", "Li", all}, {"source", "is", "text", all},
		{"upload_date", "after", "2020-01-01", all}, {"last_update_date", "before", "2020-01-01", nil},
		{"nobody", "is", "x", nil}, {"team", "is", nil, all},
	} {
		f := &app.Filter{Conditions: []app.Condition{{Name: tc.name, Operator: tc.op, Value: tc.value}}}
		if got := filtered(t, r, d, f); !slices.Equal(got, tc.want) {
			t.Errorf("%s %s %v lets %q through, want %q", tc.name, tc.op, tc.value, got, tc.want)
		}
	}
	north, big := app.Condition{Name: "team", Operator: "contains", Value: "north"}, app.Condition{Name: "pages", Operator: ">", Value: 15}
	if got := filtered(t, r, d, &app.Filter{Logic: "and", Conditions: []app.Condition{north, big}}); len(got) != 0 {
		t.Errorf("and lets %q through", got)
	}
	if got := filtered(t, r, d, &app.Filter{Logic: "or", Conditions: []app.Condition{north, big}}); !slices.Equal(got, all[:2]) {
		t.Errorf("or lets %q through", got)
	}
	_, err := r.k.Search(r.ctx, knowledge.Query{Text: "report", Datasets: []app.ID{d.ID}, Filter: &app.Filter{Conditions: []app.Condition{{Name: "team", Operator: "like", Value: "x"}}}})
	if app.KindOf(err) != app.Invalid {
		t.Errorf("an unknown operator: %v", err)
	}
}

func filtered(t *testing.T, r *rig, d *app.Dataset, f *app.Filter) (list []string) {
	t.Helper()
	found, err := r.k.Search(r.ctx, knowledge.Query{Text: "report", Datasets: []app.ID{d.ID}, Settings: &app.SearchSettings{TopK: 10}, Filter: f})
	if err != nil {
		t.Fatal(err)
	}
	for i := range found.Hits {
		list = append(list, found.Hits[i].Chunk.Content)
	}
	slices.Sort(list)
	return list
}

func TestMetadata_fieldsAndTheirRules(t *testing.T) {
	r := newRig(t)
	d := r.dataset(app.ModelRef{})
	doc := r.add(d, "report")[0]
	f, err := r.k.AddField(r.ctx, d.ID, "team", app.MetaString)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"Team", "1st", "", "te am", "uploader", "team"} {
		if _, err := r.k.AddField(r.ctx, d.ID, bad, app.MetaString); err == nil {
			t.Errorf("the field name %q was taken", bad)
		}
	}
	if err := r.k.Describe(r.ctx, d.ID, []app.ID{doc.ID}, map[string]any{"team": "x"}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := r.k.RenameField(r.ctx, d.ID, f.ID, "group"); err != nil {
		t.Fatal(err)
	}
	if m := r.document(d.ID, doc.ID).Metadata; m["group"] != "x" || m["team"] != nil {
		t.Errorf("after renaming the field the document says %v", m)
	}
	if err := r.k.DeleteField(r.ctx, d.ID, f.ID); err != nil {
		t.Fatal(err)
	}
	if m := r.document(d.ID, doc.ID).Metadata; len(m) != 0 {
		t.Errorf("after deleting the field the document says %v", m)
	}
	if err := r.k.Describe(r.ctx, d.ID, []app.ID{doc.ID}, map[string]any{"nobody": 1}, false); app.KindOf(err) != app.Invalid {
		t.Errorf("an unknown field: %v", err)
	}
}
