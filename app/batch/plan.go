package batch

import (
	"context"
	"encoding/json"
	"strings"

	"islet/app"
	"islet/app/chat"
	"islet/app/studio"
)

// Plan is a table as a batch would run it.
type Plan struct {
	Name     string            `json:"name"`
	Columns  []app.BatchColumn `json:"columns"`  // that were recognised
	Ignored  []string          `json:"ignored"`  // heads that the app has no input for
	Missing  []string          `json:"missing"`  // labels of required inputs without a column
	Total    int               `json:"total"`    // rows
	Sample   []map[string]any  `json:"sample"`   // the first rows
	Problems []Problem         `json:"problems"` // rows that would fail; the batch runs the others
	Wrong    int               `json:"wrong"`    // how many they are, of which Problems has the first

	Rows []map[string]any `json:"-"`
}

// Problem is why a row would fail.
type Problem struct {
	Row     int      `json:"row"`
	Problem app.Text `json:"problem"`
}

const (
	sampleRows  = 5
	problemsMax = 20
)

// Able tells whether a release can run in batches, and why not.
func Able(rel *studio.Release) error {
	if err := rel.Ready(); err != nil {
		return err
	}
	if m := rel.App.Mode; m != app.ModeWorkflow && m != app.ModeCompletion {
		return app.Errorf(app.Invalid, "batch_mode", "only workflows and text generators run in batches", "只有工作流和文本生成应用支持批量运行")
	}
	if studio.HasGraph(rel.App.Mode) && asksPeople(rel.Settings.Graph) {
		return app.Errorf(app.Invalid, "batch_needs_people", "this workflow asks a person in the middle, so it cannot run in a batch", "此工作流中途需要人工输入，无法批量运行")
	}
	return nil
}

func asksPeople(graph json.RawMessage) bool {
	var g struct {
		Nodes []struct {
			Data struct {
				Type string `json:"type"`
			} `json:"data"`
		} `json:"nodes"`
	}
	if json.Unmarshal(graph, &g) != nil {
		return false
	}
	for _, n := range g.Nodes {
		if n.Data.Type == "human-input" {
			return true
		}
	}
	return false
}

// Read makes a plan of a table: CSV in any usual character set and with any usual separator, or XLSX. Its first row names the inputs by
// their labels or names.
func (b *Batches) Read(ctx context.Context, rel *studio.Release, name string, data []byte) (*Plan, error) {
	if err := Able(rel); err != nil {
		return nil, err
	}
	table, err := b.Rows(ctx, data)
	if err != nil {
		return nil, err
	}
	if len(table) < 2 {
		return nil, app.Errorf(app.Invalid, "table_empty", "the table needs a first row with the names of the inputs and at least one row below it", "表格需要一行列名，且下面至少有一行数据")
	}
	if n := len(table) - 1; n > MaxRows {
		return nil, app.Errorf(app.TooLarge, "too_many_rows", "the table has %d rows; a batch takes at most %d, so split it", "表格有 %d 行；一次最多 %d 行，请拆分后再试", n, MaxRows)
	}
	p := &Plan{Name: name, Total: len(table) - 1, Ignored: []string{}, Missing: []string{}, Columns: []app.BatchColumn{}, Problems: []Problem{}}
	list := fields(rel)
	at := make([]int, len(table[0])) // the field of each column
	for i, head := range table[0] {
		at[i] = find(list, head)
		switch {
		case at[i] < 0 && strings.TrimSpace(head) != "":
			p.Ignored = append(p.Ignored, head)
		case at[i] >= 0 && !has(p.Columns, list[at[i]].name):
			p.Columns = append(p.Columns, app.BatchColumn{Name: list[at[i]].name, Label: list[at[i]].label})
		}
	}
	for _, f := range list {
		if f.required && !has(p.Columns, f.name) {
			p.Missing = append(p.Missing, f.label)
		}
	}
	for _, cells := range table[1:] {
		row := map[string]any{}
		for i, cell := range cells {
			if i >= len(at) || at[i] < 0 {
				continue
			}
			f := &list[at[i]]
			if v := f.read(cell); v != nil {
				row[f.name] = v
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Sample = p.Rows[:min(sampleRows, len(p.Rows))]
	b.check(ctx, rel, p)
	return p, nil
}

func has(list []app.BatchColumn, name string) bool {
	for _, c := range list {
		if c.Name == name {
			return true
		}
	}
	return false
}

// check says beforehand which rows cannot run.
func (b *Batches) check(ctx context.Context, rel *studio.Release, p *Plan) {
	for i, row := range p.Rows {
		err := b.checkRow(ctx, rel, row)
		if err == nil {
			continue
		}
		if p.Wrong++; len(p.Problems) < problemsMax {
			p.Problems = append(p.Problems, Problem{Row: i + 1, Problem: app.AsError(err).Text})
		}
	}
}

func (b *Batches) checkRow(ctx context.Context, rel *studio.Release, row map[string]any) error {
	if !studio.HasGraph(rel.App.Mode) {
		_, err := chat.CheckInputs(rel.Settings.Variables, row)
		return err
	}
	given, err := b.Chat.Inputs(ctx, row)
	if err != nil {
		return err
	}
	_, err = rel.Graph.Check(given)
	return err
}

// ready tells whether a plan can become a batch.
func (p *Plan) ready() error {
	switch {
	case len(p.Missing) > 0:
		return app.Errorf(app.Invalid, "columns_missing", "the table has no column for: %s", "表格缺少以下列：%s", strings.Join(p.Missing, ", "))
	case len(p.Columns) == 0 && len(p.Ignored) > 0:
		return app.Errorf(app.Invalid, "columns_unknown", "no column of the table is an input of this app; start from the template", "表格中没有与应用输入对应的列；请使用模板")
	}
	return nil
}
