package knowledge

import (
	"context"
	"strings"
	"unicode/utf8"

	"islet/app"
	"islet/store"
)

// CreateTag makes a tag.
func (k *Knowledge) CreateTag(ctx context.Context, name string) (*app.Tag, error) {
	t := &app.Tag{ID: app.NewID()}
	if err := tagName(t, name); err != nil {
		return nil, err
	}
	return t, k.db.Update(ctx, func(tx *store.Tx) error { return tx.InsertTag(t) })
}

// RenameTag gives a tag another name.
func (k *Knowledge) RenameTag(ctx context.Context, id app.ID, name string) (*app.Tag, error) {
	t := &app.Tag{ID: id}
	if err := tagName(t, name); err != nil {
		return nil, err
	}
	return t, k.db.Update(ctx, func(tx *store.Tx) error { return tx.RenameTag(t) })
}

const maxTag = 50

func tagName(t *app.Tag, name string) error {
	if t.Name = strings.TrimSpace(name); t.Name == "" || utf8.RuneCountInString(t.Name) > maxTag {
		return app.Errorf(app.Invalid, "tag_name_invalid", "a tag has 1 to %d characters", "标签须为 1 到 %d 个字符", maxTag)
	}
	return nil
}

// DeleteTag removes a tag from everywhere.
func (k *Knowledge) DeleteTag(ctx context.Context, id app.ID) error {
	return k.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteTag(id) })
}

// Bind gives datasets tags, or takes them away.
func (k *Knowledge) Bind(ctx context.Context, dataset app.ID, tags []app.ID, bound bool) error {
	return k.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Dataset(dataset); err != nil {
			return err
		}
		for _, t := range tags {
			bind := tx.BindTag
			if !bound {
				bind = tx.UnbindTag
			}
			if err := bind(dataset, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetTags gives a dataset exactly these tags.
func (k *Knowledge) SetTags(ctx context.Context, dataset app.ID, tags []app.ID) error {
	return k.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Dataset(dataset); err != nil {
			return err
		}
		have, err := tx.DatasetTags(dataset)
		if err != nil {
			return err
		}
		for _, t := range have {
			if err := tx.UnbindTag(dataset, t.ID); err != nil {
				return err
			}
		}
		for _, t := range tags {
			if err := tx.BindTag(dataset, t); err != nil {
				return err
			}
		}
		return nil
	})
}
