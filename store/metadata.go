package store

import (
	"islet/app"
)

// MetadataFields are the custom fields of a dataset with how many documents carry each.
func (s *Snapshot) MetadataFields(dataset app.ID) ([]*app.MetadataField, error) {
	const q = `SELECT f.id, f.dataset_id, f.name, f.type, (SELECT COUNT(*) FROM documents d WHERE d.dataset_id = f.dataset_id AND d.metadata LIKE '%"' || f.name || '":%'),
		f.created_at FROM metadata_fields f WHERE f.dataset_id = ? ORDER BY f.created_at, f.id`
	return many(s, scanField, q, dataset)
}

// InsertMetadataField adds a field. A name that exists is metadata_name_duplicate.
func (tx *Tx) InsertMetadataField(f *app.MetadataField) error {
	if err := tx.freeField(f); err != nil {
		return err
	}
	return tx.q.exec(`INSERT INTO metadata_fields (id, dataset_id, name, type, created_at) VALUES (?, ?, ?, ?, ?)`, f.ID, f.Dataset, f.Name, f.Type, ms(f.CreatedAt))
}

// RenameMetadataField gives a field another name; the documents' values are the caller's.
func (tx *Tx) RenameMetadataField(f *app.MetadataField) error {
	if err := tx.freeField(f); err != nil {
		return err
	}
	n, err := tx.q.affected(`UPDATE metadata_fields SET name = ? WHERE dataset_id = ? AND id = ?`, f.Name, f.Dataset, f.ID)
	return changed(n, err, "metadata field", "元数据字段")
}

// DeleteMetadataField removes a field; the documents' values are the caller's.
func (tx *Tx) DeleteMetadataField(dataset, id app.ID) error {
	n, err := tx.q.affected(`DELETE FROM metadata_fields WHERE dataset_id = ? AND id = ?`, dataset, id)
	return changed(n, err, "metadata field", "元数据字段")
}

func (tx *Tx) freeField(f *app.MetadataField) error {
	n, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM metadata_fields WHERE dataset_id = ? AND name = ? AND id <> ?`, f.Dataset, f.Name, f.ID)
	if err == nil && n > 0 {
		return app.Errorf(app.Conflict, "metadata_name_duplicate", "a metadata field %q exists already; choose another name", "元数据字段“%s”已存在；请换一个名称", f.Name)
	}
	return err
}

func scanField(r row) (*app.MetadataField, error) {
	var f app.MetadataField
	var created int64
	err := r.Scan(&f.ID, &f.Dataset, &f.Name, &f.Type, &f.Count, &created)
	f.CreatedAt = at(created)
	return &f, err
}

// SetMetadata writes a document's metadata.
func (tx *Tx) SetMetadata(d *app.Document) error {
	n, err := tx.q.affected(`UPDATE documents SET metadata = ?, updated_at = ? WHERE dataset_id = ? AND id = ?`, meta(d.Metadata), ms(tx.now), d.Dataset, d.ID)
	return changed(n, err, "document", "文档")
}

// Tags are the tags of the workspace's datasets, by name.
func (s *Snapshot) Tags() ([]*app.Tag, error) {
	ws, err := s.ws()
	if err != nil {
		return nil, err
	}
	const q = `SELECT t.id, t.name, (SELECT COUNT(*) FROM dataset_tags d WHERE d.tag_id = t.id), (SELECT COUNT(*) FROM app_tags a WHERE a.tag_id = t.id) FROM tags t WHERE t.workspace_id = ? ORDER BY t.name`
	return many(s, scanTag, q, ws)
}

// DatasetTags are the tags of one dataset.
func (s *Snapshot) DatasetTags(dataset app.ID) ([]*app.Tag, error) {
	const q = `SELECT t.id, t.name, 0, 0 FROM tags t JOIN dataset_tags d ON d.tag_id = t.id WHERE d.dataset_id = ? ORDER BY t.name`
	return many(s, scanTag, q, dataset)
}

// InsertTag adds a tag. A name that exists is tag_name_duplicate.
func (tx *Tx) InsertTag(t *app.Tag) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.freeTag(ws, t); err != nil {
		return err
	}
	return tx.q.exec(`INSERT INTO tags (id, workspace_id, name, created_at) VALUES (?, ?, ?, ?)`, t.ID, ws, t.Name, ms(tx.now))
}

// RenameTag gives a tag another name.
func (tx *Tx) RenameTag(t *app.Tag) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.freeTag(ws, t); err != nil {
		return err
	}
	if err := tx.retagApps(ws, t.ID, t.Name); err != nil {
		return err
	}
	n, err := tx.q.affected(`UPDATE tags SET name = ? WHERE workspace_id = ? AND id = ?`, t.Name, ws, t.ID)
	return changed(n, err, "tag", "标签")
}

func (tx *Tx) freeTag(ws app.ID, t *app.Tag) error {
	n, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM tags WHERE workspace_id = ? AND name = ? AND id <> ?`, ws, t.Name, t.ID)
	if err == nil && n > 0 {
		return app.Errorf(app.Conflict, "tag_name_duplicate", "a tag %q exists already", "标签“%s”已存在", t.Name)
	}
	return err
}

// DeleteTag removes a tag from everywhere.
func (tx *Tx) DeleteTag(id app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	if err := tx.retagApps(ws, id, ""); err != nil {
		return err
	}
	n, err := tx.q.affected(`DELETE FROM tags WHERE workspace_id = ? AND id = ?`, ws, id)
	return changed(n, err, "tag", "标签")
}

// BindTag gives a dataset a tag of the same workspace; twice is once.
func (tx *Tx) BindTag(dataset, tag app.ID) error {
	ws, err := tx.ws()
	if err != nil {
		return err
	}
	n, err := one(&tx.Snapshot, number, `SELECT COUNT(*) FROM tags WHERE workspace_id = ? AND id = ?`, ws, tag)
	if err := changed(n, err, "tag", "标签"); err != nil {
		return err
	}
	return tx.q.exec(`INSERT INTO dataset_tags (dataset_id, tag_id) VALUES (?, ?) ON CONFLICT (dataset_id, tag_id) DO NOTHING`, dataset, tag)
}

// UnbindTag takes a tag from a dataset; one that is not there is no error.
func (tx *Tx) UnbindTag(dataset, tag app.ID) error {
	return tx.q.exec(`DELETE FROM dataset_tags WHERE dataset_id = ? AND tag_id = ?`, dataset, tag)
}

func scanTag(r row) (*app.Tag, error) {
	var t app.Tag
	return &t, r.Scan(&t.ID, &t.Name, &t.Count, &t.Apps)
}
