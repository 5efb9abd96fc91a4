package studio

import (
	"context"

	"islet/app"
	"islet/store"
)

// SaveDraft replaces the draft that stood at revision rev and returns the new revision with what still keeps the app from
// being published. An incomplete draft is saved; one that somebody else changed meanwhile is draft_conflict. The values of
// secret variables are sealed on the way, and an empty one keeps what is stored. What an import kept stays, whatever set says.
func (s *Studio) SaveDraft(ctx context.Context, id app.ID, rev int64, set app.Settings) (int64, []Problem, error) {
	normalize(&set)
	var problems []Problem
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.App(id)
		if err != nil {
			return err
		}
		set.Kept = a.Draft.Kept
		set.Environment = s.sealed(set.Environment, a.Draft.Environment)
		if problems, err = problemsIn(&tx.Snapshot, a.Mode, &set); err != nil {
			return err
		}
		rev, err = tx.SaveDraft(id, rev, &set)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	return rev, problems, nil
}

// Publish freezes the draft as a version and makes it the one that the web app and the Service API run from now on.
// A draft with a problem is draft_incomplete, and the sentence is the first problem's.
func (s *Studio) Publish(ctx context.Context, id app.ID, name, note string) (*app.Version, error) {
	if err := checkVersion(name, note); err != nil {
		return nil, err
	}
	defer s.cache.forget()
	v := &app.Version{ID: app.NewID(), App: id, Name: name, Note: note, CreatedBy: app.ScopeOf(ctx).User, CreatedAt: s.DB.Now()}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.App(id)
		if err != nil {
			return err
		}
		if err := s.publishable(&tx.Snapshot, a.Mode, &a.Draft); err != nil {
			return err
		}
		v.Settings = a.Draft
		if err := tx.InsertVersion(v); err != nil {
			return err
		}
		if s.OnPublish != nil {
			if err := s.OnPublish(tx, a, &v.Settings); err != nil {
				return err
			}
		}
		return tx.SetPublished(id, v.ID)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (s *Studio) publishable(sn *store.Snapshot, mode app.Mode, set *app.Settings) error {
	p, err := problemsIn(sn, mode, set)
	if err != nil {
		return err
	}
	if len(p) > 0 {
		return &app.Error{Kind: app.Invalid, Code: "draft_incomplete", Text: p[0].Text}
	}
	_, err = s.compile(mode, set)
	return err
}

// problemsIn is ProblemsOf with what the settings refer to and the site does not have.
func problemsIn(sn *store.Snapshot, mode app.Mode, set *app.Settings) ([]Problem, error) {
	lost, err := gone(sn, set)
	return append(ProblemsOf(mode, *set), lost...), err
}

func checkVersion(name, note string) error {
	if err := short("name", "名称", name, maxName); err != nil {
		return err
	}
	return short("note", "说明", note, maxSiteText)
}

// EditVersion changes the name or the note of a version; nil stays.
func (s *Studio) EditVersion(ctx context.Context, id, version app.ID, name, note *string) (v *app.Version, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if v, err = tx.Version(id, version); err != nil {
			return err
		}
		put(&v.Name, name)
		put(&v.Note, note)
		if err := checkVersion(v.Name, v.Note); err != nil {
			return err
		}
		return tx.UpdateVersion(v)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// DeleteVersion removes a version that is not the published one.
func (s *Studio) DeleteVersion(ctx context.Context, id, version app.ID) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.App(id)
		if err != nil {
			return err
		}
		if a.Published == version {
			return app.Errorf(app.Conflict, "version_published", "this version is the published one; publish another before you delete it", "此版本正在发布中；请先发布其他版本再删除")
		}
		return tx.DeleteVersion(id, version)
	})
}

// Restore copies a version into the draft. What is published stays until the next Publish.
func (s *Studio) Restore(ctx context.Context, id, version app.ID) (a *app.App, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		v, err := tx.Version(id, version)
		if err != nil {
			return err
		}
		if a, err = tx.App(id); err != nil {
			return err
		}
		a.Draft = v.Settings
		a.DraftRev, err = tx.SaveDraft(id, a.DraftRev, &a.Draft)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}
