package node

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"islet/app"
	"islet/app/value"
	"islet/app/workflow"
)

// knowledgeRetrieval searches datasets for what fits a question.
type knowledgeRetrieval struct {
	deps        Deps
	query       selector
	attachments selector
	datasets    []string
	single      bool
	config      json.RawMessage
	mode        string // of the metadata filter; "" for none
	conditions  *value.Object
	model       json.RawMessage // that proposes the conditions, in the mode automatic
}

var _ workflow.Reader = (*knowledgeRetrieval)(nil)

// wireKnowledge is a knowledge-retrieval node's data.
type wireKnowledge struct {
	Query       selector        `json:"query_variable_selector"`
	Attachments selector        `json:"query_attachment_selector"`
	Datasets    []string        `json:"dataset_ids"`
	Mode        string          `json:"retrieval_mode"`
	Multiple    json.RawMessage `json:"multiple_retrieval_config"`
	Single      json.RawMessage `json:"single_retrieval_config"`
	Filter      string          `json:"metadata_filtering_mode"`
	Model       json.RawMessage `json:"metadata_model_config"`
	Conditions  *value.Object   `json:"metadata_filtering_conditions"`
}

// The modes of retrieval, and of filtering by metadata.
const (
	singleRetrieval   = "single"
	multipleRetrieval = "multiple"
	filterByHand      = "manual"
	filterByModel     = "automatic"
)

func newKnowledgeRetrieval(d Deps, data json.RawMessage) (workflow.Node, error) {
	return readRetrieval(d, data)
}

// readRetrieval reads a node's data, or how an agent's tool searches.
func readRetrieval(d Deps, data json.RawMessage) (*knowledgeRetrieval, error) {
	var w wireKnowledge
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	n := &knowledgeRetrieval{deps: d, query: w.Query, attachments: w.Attachments, datasets: w.Datasets, config: w.Multiple}
	var bad []error
	switch w.Mode {
	case singleRetrieval:
		n.single, n.config = true, w.Single
	case multipleRetrieval:
	default:
		bad = append(bad, app.Errorf(app.Invalid, "retrieval_mode_unknown", "the retrieval mode %q is unknown; use multiple or single", "召回模式“%s”未知；请使用 multiple 或 single", w.Mode))
	}
	switch w.Filter {
	case "", "disabled":
	case filterByHand:
		n.mode, n.conditions = w.Filter, w.Conditions
	case filterByModel:
		n.mode, n.model = w.Filter, w.Model
	default:
		bad = append(bad, app.Errorf(app.Invalid, "metadata_mode_unknown", "the metadata filter %q is unknown; use disabled, automatic or manual", "元数据过滤方式“%s”未知；请使用 disabled、automatic 或 manual", w.Filter))
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	return n, nil
}

// Reads names the question, its files and the variables of the filter.
func (n *knowledgeRetrieval) Reads() []workflow.Selector {
	all := chosen(n.query, n.attachments)
	for c := range n.filterConditions() {
		want, _ := c.Get("value")
		list, _ := value.List(want)
		for _, v := range append(list[:len(list):len(list)], want) {
			if s, ok := v.(string); ok {
				all = append(all, workflow.ParseTemplate(s).Selectors()...)
			}
		}
	}
	return all
}

// Run searches. Without a question and files there is nothing to search for and no output.
func (n *knowledgeRetrieval) Run(ctx context.Context, s *workflow.Step) (*workflow.Result, error) {
	res := &workflow.Result{Inputs: looked(s.Vars, chosen(n.query, n.attachments)), Outputs: map[string]any{}}
	if n.query.none() && n.attachments.none() {
		return res, nil
	}
	q := Retrieval{Datasets: n.datasets, Single: n.single, Config: n.config}
	var err error
	if q.Query, err = n.question(s.Vars); err != nil {
		return res, err
	}
	if q.Files, err = n.files(s.Vars); err != nil {
		return res, err
	}
	if q.Filter, err = n.filter(s.Vars); err != nil {
		return res, err
	}
	res.Process = n.process(&q)
	if n.deps.Retrieve == nil {
		return res, app.Errorf(app.Unavailable, "knowledge_unavailable", "there is no knowledge here to search; run the app on its site", "此处没有可检索的知识库；请在站点中运行该应用")
	}
	found, err := n.deps.Retrieve(ctx, q)
	if err != nil {
		return res, err
	}
	res.Outputs["result"] = resourceObjects(found.Resources())
	res.Process["found"], res.Process["candidates"] = len(found.Hits), found.Seen
	if len(found.Notes) > 0 {
		notes, lang := make([]string, len(found.Notes)), app.ScopeOf(ctx).Lang
		for i, n := range found.Notes {
			notes[i] = n.In(lang)
		}
		res.Process["notes"] = notes
	}
	if found.Method != "" {
		res.Process["method"] = string(found.Method)
	}
	return res, nil
}

// process is where and how the node searches, for the trace.
func (n *knowledgeRetrieval) process(q *Retrieval) map[string]any {
	p := map[string]any{"dataset_ids": n.datasets, "retrieval_mode": multipleRetrieval}
	if n.single {
		p["retrieval_mode"] = singleRetrieval
	}
	if filter, err := value.Decode(q.Filter); err == nil {
		p["metadata_filter"] = filter // with its values filled in
	}
	return p
}

func (n *knowledgeRetrieval) question(vars workflow.Vars) (string, error) {
	if n.query.none() {
		if n.single {
			return "", app.Errorf(app.Invalid, "query_missing", "Query is required for single retrieval mode.", "单一召回模式需要查询变量")
		}
		return "", nil
	}
	v, _ := vars.Get(workflow.Selector(n.query))
	s, ok := v.(string)
	if !ok {
		return "", app.Errorf(app.Invalid, "query_not_text", "Query variable is not string type.", "查询变量不是字符串类型")
	}
	return s, nil
}

func (n *knowledgeRetrieval) files(vars workflow.Vars) ([]app.Attachment, error) {
	if n.attachments.none() {
		return nil, nil
	}
	v, ok := vars.Get(workflow.Selector(n.attachments))
	if f, is := v.(app.Attachment); is {
		return []app.Attachment{f}, nil
	}
	list, isList := value.List(v)
	files, _ := listLike([]app.Attachment{}, list).([]app.Attachment)
	if !ok || !isList || len(files) != len(list) {
		return nil, app.Errorf(app.Invalid, "attachments_not_files", "Attachments variable is not array file or file type.", "附件变量不是文件或文件列表类型")
	}
	return files, nil
}

// resourceObjects are found passages as variables have them, the best first.
func resourceObjects(found []app.Resource) []any {
	score := func(r *app.Resource) float64 {
		if r.Score == nil {
			return 0
		}
		return *r.Score
	}
	sorted := slices.Clone(found)
	slices.SortStableFunc(sorted, func(a, b app.Resource) int { return cmp.Compare(score(&b), score(&a)) })
	list := make([]any, len(sorted))
	for i := range sorted {
		list[i] = resourceObject(&sorted[i], i+1)
	}
	return list
}

func resourceObject(r *app.Resource, position int) *value.Object {
	var score, metadata, summary any
	if r.Score != nil {
		score = *r.Score
	}
	if r.Metadata != nil {
		metadata = value.Of(r.Metadata)
	}
	if r.Summary != "" {
		summary = r.Summary
	}
	title := r.DocumentName // as in Dify: graphs show it as such
	if title == "" {
		title = r.Title
	}
	about := value.NewObject("_source", "knowledge", "dataset_id", string(r.Dataset), "dataset_name", r.DatasetName,
		"document_id", string(r.Document), "document_name", r.DocumentName, "data_source_type", r.Source, "segment_id", string(r.Segment),
		"retriever_from", "workflow", "score", score, "child_chunks", childObjects(r.Children), "segment_hit_count", r.HitCount,
		"segment_word_count", r.WordCount, "segment_position", r.SegmentPosition, "segment_index_node_hash", r.IndexNodeHash,
		"doc_metadata", metadata, "position", position)
	if r.Page > 0 {
		about.Set("page", r.Page)
	}
	if r.Title != "" && r.Title != title {
		about.Set("heading", r.Title)
	}
	return value.NewObject("metadata", about, "title", title, "files", []any{}, "content", r.Content, "summary", summary)
}

// childObjects are the children by which a passage was found.
func childObjects(found []app.ChildHit) []any {
	list := make([]any, len(found))
	for i := range found {
		c := &found[i]
		list[i] = value.NewObject("id", string(c.ID), "content", c.Content, "position", c.Position, "score", c.Score)
	}
	return list
}
