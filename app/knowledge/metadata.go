package knowledge

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"islet/app"
	"islet/store"
)

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,254}$`)

// AddField gives a dataset a metadata field.
func (k *Knowledge) AddField(ctx context.Context, dataset app.ID, name, kind string) (*app.MetadataField, error) {
	f := &app.MetadataField{ID: app.NewID(), Dataset: dataset, Name: name, Type: kind, CreatedAt: k.db.Now()}
	if err := checkField(name); err != nil {
		return nil, err
	}
	if kind != app.MetaString && kind != app.MetaNumber && kind != app.MetaTime {
		return nil, app.Errorf(app.Invalid, "metadata_type_unknown", "a field of type %q is unknown; use string, number or time", "未知的字段类型“%s”；请使用 string、number 或 time", kind)
	}
	return f, k.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Dataset(dataset); err != nil {
			return err
		}
		return tx.InsertMetadataField(f)
	})
}

func checkField(name string) error {
	if !fieldName.MatchString(name) {
		return app.Errorf(app.Invalid, "metadata_name_invalid", "%q is no name of a field: it begins with a small letter and holds small letters, digits and _ only",
			"“%s”不是有效的字段名：须以小写字母开头，只能包含小写字母、数字和下划线", name)
	}
	for _, b := range app.BuiltInFields {
		if b.Name == name {
			return app.Errorf(app.Conflict, "metadata_name_duplicate", "%q is a built-in field; choose another name", "“%s”是内置字段；请换一个名称", name)
		}
	}
	return nil
}

// RenameField gives a field another name, in the documents too.
func (k *Knowledge) RenameField(ctx context.Context, dataset, id app.ID, name string) (*app.MetadataField, error) {
	if err := checkField(name); err != nil {
		return nil, err
	}
	var f *app.MetadataField
	err := k.db.Update(ctx, func(tx *store.Tx) (err error) {
		if f, err = field(tx, dataset, id); err != nil {
			return err
		}
		old := f.Name
		f.Name = name
		if err := tx.RenameMetadataField(f); err != nil {
			return err
		}
		return everyCarrier(tx, dataset, old, func(d *app.Document) { d.Metadata[name] = d.Metadata[old]; delete(d.Metadata, old) })
	})
	return f, err
}

// DeleteField removes a field, from the documents too.
func (k *Knowledge) DeleteField(ctx context.Context, dataset, id app.ID) error {
	return k.db.Update(ctx, func(tx *store.Tx) error {
		f, err := field(tx, dataset, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteMetadataField(dataset, id); err != nil {
			return err
		}
		return everyCarrier(tx, dataset, f.Name, func(d *app.Document) { delete(d.Metadata, f.Name) })
	})
}

func field(tx *store.Tx, dataset, id app.ID) (*app.MetadataField, error) {
	if _, err := tx.Dataset(dataset); err != nil {
		return nil, err
	}
	fields, err := tx.MetadataFields(dataset)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(fields, func(f *app.MetadataField) bool { return f.ID == id }); i >= 0 {
		return fields[i], nil
	}
	return nil, app.Missing("metadata field", "元数据字段")
}

// everyCarrier changes the documents that carry a field.
func everyCarrier(tx *store.Tx, dataset app.ID, name string, fn func(*app.Document)) error {
	docs, _, err := tx.Documents(dataset, store.DocumentFilter{Limit: 1 << 30})
	if err != nil {
		return err
	}
	for _, d := range docs {
		if _, ok := d.Metadata[name]; !ok {
			continue
		}
		fn(d)
		if err := tx.SetMetadata(d); err != nil {
			return err
		}
	}
	return nil
}

// Describe sets metadata of documents: the values given, nil removes one; with only, all that is not given goes.
func (k *Knowledge) Describe(ctx context.Context, dataset app.ID, ids []app.ID, values map[string]any, only bool) error {
	return k.db.Update(ctx, func(tx *store.Tx) error {
		fields, err := tx.MetadataFields(dataset)
		if err != nil {
			return err
		}
		for _, id := range ids {
			d, err := tx.Document(dataset, id)
			if err != nil {
				return err
			}
			if only {
				d.Metadata = map[string]any{}
			}
			if err := setMetadata(d, values, fields); err != nil {
				return err
			}
			if err := tx.SetMetadata(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// setMetadata checks values against the fields and puts them into a document.
func setMetadata(d *app.Document, values map[string]any, fields []*app.MetadataField) error {
	if d.Metadata == nil {
		d.Metadata = map[string]any{}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(fields, func(f *app.MetadataField) bool { return f.Name == name })
		if i < 0 {
			return app.Errorf(app.Invalid, "metadata_field_unknown", "the dataset has no metadata field %q; add it first", "知识库没有元数据字段“%s”；请先添加", name)
		}
		v := values[name]
		if v == nil || v == "" {
			delete(d.Metadata, name)
			continue
		}
		if fields[i].Type == app.MetaString {
			d.Metadata[name] = strings.TrimSpace(textOf(v))
			continue
		}
		n, ok := numberOf(v)
		if !ok {
			return app.Errorf(app.Invalid, "metadata_value_invalid", "%[1]q of the field %[2]s is no number or date", "字段 %[2]s 的值“%[1]s”不是数字或日期", textOf(v), name)
		}
		d.Metadata[name] = n
	}
	return nil
}
