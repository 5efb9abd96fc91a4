package knowledge

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/app/knowledge/split"
	"islet/store"
)

const (
	maxName        = 40 // characters, as in Dify
	maxDescription = 400
)

// Create checks and stores a new dataset. With an embedding model it begins with a set of vectors of that model.
func (k *Knowledge) Create(ctx context.Context, d *app.Dataset) error {
	scope := app.ScopeOf(ctx)
	d.ID, d.CreatedBy, d.UpdatedBy, d.CreatedAt, d.UpdatedAt = app.NewID(), scope.User, scope.User, k.db.Now(), k.db.Now()
	d.Space, d.NextSpace = 0, 0
	if err := k.check(ctx, d); err != nil {
		return err
	}
	return k.db.Update(ctx, func(tx *store.Tx) error {
		if err := known(tx, d); err != nil {
			return err
		}
		if err := tx.InsertDataset(d); err != nil {
			return err
		}
		if d.Embedding.Zero() {
			return nil
		}
		_, err := tx.InsertSpace(d, d.Embedding)
		return err
	})
}

// Update writes a dataset's settings. Another embedding model than before makes new vectors in the background; none at all
// drops them, and the words remain.
func (k *Knowledge) Update(ctx context.Context, id app.ID, change func(*app.Dataset) error) (*app.Dataset, error) {
	var d *app.Dataset
	if err := k.db.View(ctx, func(s *store.Snapshot) (err error) { d, err = s.Dataset(id); return err }); err != nil {
		return nil, err
	}
	before := *d
	if err := change(d); err != nil {
		return nil, err
	}
	if err := k.check(ctx, d); err != nil {
		return nil, err
	}
	err := k.db.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Dataset(id)
		if err != nil {
			return err
		}
		d.Space, d.NextSpace = now.Space, now.NextSpace
		if err := known(tx, d); err != nil {
			return err
		}
		if err := tx.UpdateDataset(d); err != nil {
			return err
		}
		return k.changeModel(tx, now, d)
	})
	if err != nil {
		return nil, err
	}
	if before.Embedding.Endpoint != d.Embedding.Endpoint || before.Embedding.Name != d.Embedding.Name {
		k.fill(app.ScopeOf(ctx).Workspace, id)
	}
	return d, nil
}

// changeModel makes the spaces follow the embedding model.
func (k *Knowledge) changeModel(tx *store.Tx, was, d *app.Dataset) error {
	same := was.Embedding.Endpoint == d.Embedding.Endpoint && was.Embedding.Name == d.Embedding.Name
	switch {
	case d.Embedding.Zero():
		if d.Space == 0 && d.NextSpace == 0 {
			return nil
		}
		return tx.DropSpaces(d)
	case same && (d.Space != 0 || d.NextSpace != 0):
		return nil
	}
	_, err := tx.InsertSpace(d, d.Embedding)
	return err
}

// Reembed makes all vectors of a dataset anew with the model that it has.
func (k *Knowledge) Reembed(ctx context.Context, id app.ID) error {
	err := k.db.Update(ctx, func(tx *store.Tx) error {
		d, err := tx.Dataset(id)
		if err != nil {
			return err
		}
		if d.Embedding.Zero() {
			return app.Errorf(app.Invalid, "embedding_missing", "the dataset has no embedding model; choose one first", "知识库没有嵌入模型；请先选择一个")
		}
		_, err = tx.InsertSpace(d, d.Embedding)
		return err
	})
	if err == nil {
		k.fill(app.ScopeOf(ctx).Workspace, id)
	}
	return err
}

// Delete removes a dataset with all it holds.
func (k *Knowledge) Delete(ctx context.Context, id app.ID) error {
	if err := k.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteDataset(id) }); err != nil {
		return err
	}
	k.shelf.drop(id)
	return nil
}

// check refuses what cannot be a dataset, and tidies the rest.
func (k *Knowledge) check(ctx context.Context, d *app.Dataset) error {
	d.Name = strings.TrimSpace(d.Name)
	switch {
	case d.Name == "" || utf8.RuneCountInString(d.Name) > maxName:
		return app.Errorf(app.Invalid, "dataset_name_invalid", "give the dataset a name of at most %d characters", "请为知识库填写名称（最多 %d 个字符）", maxName)
	case utf8.RuneCountInString(d.Description) > maxDescription:
		return app.Errorf(app.Invalid, "description_too_long", "the description is longer than %d characters", "描述超过 %d 个字符", maxDescription)
	}
	switch d.Permission {
	case "":
		d.Permission = app.AllMembers
	case app.OnlyMe, app.AllMembers, app.SomeMembers:
	default:
		return app.Errorf(app.Invalid, "permission_unknown", "the permission %q is unknown", "未知的权限“%s”", d.Permission)
	}
	if d.Members == nil {
		d.Members = []app.ID{}
	}
	if err := checkSearch(&d.Search); err != nil {
		return err
	}
	if _, err := rulesOf(&d.Chunking); err != nil {
		return err
	}
	if d.Embedding.Zero() {
		return nil
	}
	_, err := k.o.Embedder(ctx, d.Embedding)
	return err
}

// known refuses references to what the workspace does not have.
func known(tx *store.Tx, d *app.Dataset) error {
	if d.External != nil {
		if _, err := tx.ExternalAPI(d.External.API); err != nil {
			return err
		}
	}
	for _, m := range d.Members {
		if _, err := tx.Member(m); err != nil {
			return err
		}
	}
	return nil
}

func checkSearch(s *app.SearchSettings) error {
	methods := []app.SearchMethod{"", app.ByMeaning, app.ByWords, app.ByBoth, app.ByKeywords}
	switch {
	case !slices.Contains(methods, s.Method):
		return app.Errorf(app.Invalid, "search_method_unknown", "the search method %q is unknown; use semantic_search, full_text_search or hybrid_search", "未知的检索方式“%s”；请使用 semantic_search、full_text_search 或 hybrid_search", s.Method)
	case s.TopK < 0 || s.TopK > app.MaxTopK:
		return app.Errorf(app.Invalid, "top_k_invalid", "top_k must be between 1 and %d", "top_k 必须在 1 到 %d 之间", app.MaxTopK)
	case s.Threshold < 0 || s.Threshold > 1:
		return app.Errorf(app.Invalid, "threshold_invalid", "the score threshold must be between 0 and 1", "分数阈值必须在 0 到 1 之间")
	case !slices.Contains([]string{"", app.FusionWeights, app.FusionRRF}, s.Fusion):
		return app.Errorf(app.Invalid, "fusion_unknown", "the fusion %q is unknown; use weights or rrf", "未知的融合方式“%s”；请使用 weights 或 rrf", s.Fusion)
	case s.VectorWeight < 0 || s.KeywordWeight < 0:
		return app.Errorf(app.Invalid, "weights_invalid", "weights cannot be negative", "权重不能为负数")
	case s.Rerank && s.RerankModel.Zero():
		return app.Errorf(app.Invalid, "rerank_missing", "choose a rerank model, or switch reranking off", "请选择重排序模型，或关闭重排序")
	}
	return nil
}

// rulesOf reads and checks how documents are cut.
func rulesOf(c *app.Chunking) (split.Rules, error) {
	var r split.Rules
	if c.Form == "" {
		c.Form = app.FormGeneral
	}
	if len(c.Rules) > 0 {
		if err := json.Unmarshal(c.Rules, &r); err != nil {
			return r, app.Errorf(app.Invalid, "rules_invalid", "the chunking rules cannot be read", "分段规则无法解析").Because(err)
		}
	}
	return r, r.Check(split.Form(c.Form))
}
