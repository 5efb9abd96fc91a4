package service

import (
	"context"
	"net/http"
	"strconv"

	"islet/app"
	"islet/store"
)

// wireTag is Dify's tag; the number of its bindings is a text there.
type wireTag struct {
	ID    app.ID  `json:"id"`
	Name  string  `json:"name"`
	Type  string  `json:"type"`
	Count *string `json:"binding_count"`
}

func showTag(t *app.Tag) *wireTag {
	return &wireTag{t.ID, t.Name, "knowledge", ptr(strconv.Itoa(t.Count))}
}

func duplicate(err error, en, zh string) error {
	if e := app.AsError(err); err != nil && e.Kind == app.Conflict {
		return &app.Error{Kind: app.Invalid, Code: "invalid_param", Text: app.Text{En: en, Zh: zh}, Err: err}
	}
	return err
}

func tagTaken(err error) error {
	return duplicate(err, "Tag name already exists", "标签名称已存在")
}

func noTag(err error) error { return missing(err, "Tag not found", "标签不存在") }

type tagIn struct {
	ID   string `json:"tag_id"`
	Name string `json:"name"`
}

func (a *API) createTag(ctx context.Context, in *tagIn) (*wireTag, error) {
	t, err := a.Knowledge.CreateTag(ctx, in.Name)
	if err != nil {
		return nil, tagTaken(err)
	}
	return showTag(t), nil
}

func (a *API) tags(ctx context.Context, _ *struct{}) (*[]*wireTag, error) {
	out := []*wireTag{}
	return &out, a.DB.View(ctx, func(s *store.Snapshot) error {
		list, err := s.Tags()
		for _, t := range list {
			out = append(out, showTag(t))
		}
		return err
	})
}

func (a *API) updateTag(ctx context.Context, in *tagIn) (*wireTag, error) {
	id, err := id("tag_id", in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.Knowledge.RenameTag(ctx, id, in.Name); err != nil {
		return nil, noTag(tagTaken(err))
	}
	list, err := a.tags(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range *list {
		if t.ID == id {
			return t, nil
		}
	}
	return nil, noTag(app.Missing("tag", "标签"))
}

func (a *API) deleteTag(ctx context.Context, w http.ResponseWriter, in *tagIn) error {
	id, err := id("tag_id", in.ID)
	if err != nil {
		return err
	}
	if err := a.Knowledge.DeleteTag(ctx, id); err != nil {
		return noTag(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type bindIn struct {
	Tags   []string `json:"tag_ids"`
	Tag    string   `json:"tag_id"`
	Target string   `json:"target_id"`
}

func (a *API) bindTags(ctx context.Context, w http.ResponseWriter, in *bindIn) error {
	return a.bind(ctx, w, in, true)
}

func (a *API) unbindTags(ctx context.Context, w http.ResponseWriter, in *bindIn) error {
	return a.bind(ctx, w, in, false)
}

func (a *API) bind(ctx context.Context, w http.ResponseWriter, in *bindIn, bound bool) error {
	if in.Tag != "" {
		in.Tags = append(in.Tags, in.Tag)
	}
	d, err := a.open(ctx, inDataset{in.Target})
	if err != nil {
		return err
	}
	var tags []app.ID
	for _, s := range in.Tags {
		t, err := id("tag_ids", s)
		if err != nil {
			return err
		}
		tags = append(tags, t)
	}
	if len(tags) == 0 {
		return app.Errorf(app.Invalid, "invalid_param", "tag_ids is required.", "缺少 tag_ids。")
	}
	if err := a.Knowledge.Bind(ctx, d.ID, tags, bound); err != nil {
		return noTag(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type boundTag struct {
	ID   app.ID `json:"id"`
	Name string `json:"name"`
}

type boundTags struct {
	Data  []boundTag `json:"data"`
	Total int        `json:"total"`
}

func (a *API) datasetTags(ctx context.Context, in *inDataset) (*boundTags, error) {
	d, err := a.open(ctx, *in)
	if err != nil {
		return nil, err
	}
	out := &boundTags{Data: []boundTag{}}
	return out, a.DB.View(ctx, func(s *store.Snapshot) error {
		list, err := s.DatasetTags(d.ID)
		for _, t := range list {
			out.Data = append(out.Data, boundTag{t.ID, t.Name})
		}
		out.Total = len(list)
		return err
	})
}

type fieldIn struct {
	inDataset
	Name string `json:"name"`
	Type string `json:"type"`
}

func fieldTaken(err error) error {
	return duplicate(err, "Metadata name already exists.", "元数据名称已存在。")
}

func (a *API) createField(ctx context.Context, in *fieldIn) (*wireField, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	f, err := a.Knowledge.AddField(ctx, d.ID, in.Name, in.Type)
	if err != nil {
		return nil, fieldTaken(err)
	}
	return &wireField{f.ID, f.Name, f.Type}, nil
}

type countedField struct {
	wireField
	Count int `json:"count"`
}

type fieldsOut struct {
	Fields  []countedField `json:"doc_metadata"`
	BuiltIn bool           `json:"built_in_field_enabled"`
}

func (a *API) fields(ctx context.Context, in *inDataset) (*fieldsOut, error) {
	d, err := a.open(ctx, *in)
	if err != nil {
		return nil, err
	}
	out := &fieldsOut{Fields: []countedField{}, BuiltIn: d.BuiltIn}
	return out, a.DB.View(ctx, func(s *store.Snapshot) error {
		list, err := s.MetadataFields(d.ID)
		for _, f := range list {
			out.Fields = append(out.Fields, countedField{wireField{f.ID, f.Name, f.Type}, f.Count})
		}
		return err
	})
}

type renameFieldIn struct {
	inDataset
	Field string `path:"metadata_id" json:"-"`
	Name  string `json:"name"`
}

func (a *API) updateField(ctx context.Context, in *renameFieldIn) (*wireField, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	f, err := a.Knowledge.RenameField(ctx, d.ID, app.ID(in.Field), in.Name)
	if err != nil {
		return nil, missing(fieldTaken(err), "Metadata not found.", "元数据不存在。")
	}
	return &wireField{f.ID, f.Name, f.Type}, nil
}

type deleteFieldIn struct {
	inDataset
	Field string `path:"metadata_id" json:"-"`
}

func (a *API) deleteField(ctx context.Context, w http.ResponseWriter, in *deleteFieldIn) error {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return err
	}
	if err := a.Knowledge.DeleteField(ctx, d.ID, app.ID(in.Field)); err != nil {
		return missing(err, "Metadata not found.", "元数据不存在。")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type builtInField struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type builtInFields struct {
	Fields []builtInField `json:"fields"`
}

func (a *API) builtInFields(ctx context.Context, in *inDataset) (*builtInFields, error) {
	if _, err := a.open(ctx, *in); err != nil {
		return nil, err
	}
	out := &builtInFields{}
	for _, f := range app.BuiltInFields {
		out.Fields = append(out.Fields, builtInField{f.Name, f.Type})
	}
	return out, nil
}

type builtInIn struct {
	inDataset
	Action string `path:"action" json:"-"`
}

func (a *API) switchBuiltIn(ctx context.Context, in *builtInIn) (*result, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	if in.Action != "enable" && in.Action != "disable" {
		return nil, app.Errorf(app.Invalid, "invalid_action", "Invalid action.", "无效的操作。")
	}
	_, err = a.Knowledge.Update(ctx, d.ID, func(d *app.Dataset) error { d.BuiltIn = in.Action == "enable"; return nil })
	return success, err
}

type setMetadataIn struct {
	inDataset
	Operations []struct {
		Document string `json:"document_id"`
		Partial  bool   `json:"partial_update"`
		List     []struct {
			ID    string `json:"id"`
			Name  string `json:"name"`
			Value any    `json:"value"`
		} `json:"metadata_list"`
	} `json:"operation_data"`
}

// setMetadata sets metadata of documents, one after the other; those before one that fails keep what they got, as in Dify.
func (a *API) setMetadata(ctx context.Context, in *setMetadataIn) (*result, error) {
	d, err := a.open(ctx, in.inDataset)
	if err != nil {
		return nil, err
	}
	var fields []*app.MetadataField
	if err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { fields, err = s.MetadataFields(d.ID); return err }); err != nil {
		return nil, err
	}
	for _, op := range in.Operations {
		doc, err := id("document_id", op.Document)
		if err != nil {
			return nil, err
		}
		values := map[string]any{}
		for _, v := range op.List {
			name := v.Name
			for _, f := range fields { // the id counts more than the name, which may be an old one
				if string(f.ID) == v.ID {
					name = f.Name
				}
			}
			values[name] = v.Value
		}
		err = a.Knowledge.Describe(ctx, d.ID, []app.ID{doc}, values, !op.Partial)
		if app.KindOf(err) == app.NotFound && err != nil {
			return nil, app.Errorf(app.Invalid, "invalid_param", "Document not found.", "文档不存在。").Because(err)
		}
		if err != nil {
			return nil, err
		}
	}
	return success, nil
}
