package store

import (
	"context"
	"errors"

	"islet/app"
)

var errUndo = errors.New("undo")

// Rehearse runs the statements of a chat on rows that are undone at once, so that the first chat after a start finds them
// prepared and the pages in memory. Call it once in the background; without an app there is nothing to rehearse with.
func (db *DB) Rehearse(ctx context.Context) error {
	var ws *app.Workspace
	err := db.View(ctx, func(s *Snapshot) (err error) { ws, err = s.Workspace(); return err })
	if err != nil {
		return ignore(err, app.NotFound)
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws.ID})
	var apps []*app.App
	err = db.View(ctx, func(s *Snapshot) (err error) {
		apps, _, err = s.Apps(AppFilter{Limit: 1})
		return err
	})
	if err != nil || len(apps) == 0 {
		return err
	}
	ctx = app.WithScope(ctx, app.Scope{Workspace: ws.ID, App: apps[0].ID, EndUser: app.NewID()})
	if err := db.View(ctx, func(s *Snapshot) error { return rehearseReads(s, apps[0].ID) }); err != nil {
		return err
	}
	err = db.Update(ctx, func(tx *Tx) error { return errors.Join(rehearseWrites(tx, apps[0].ID), errUndo) })
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// rehearseReads looks for what is not there.
func rehearseReads(s *Snapshot, appID app.ID) error {
	nobody := app.NewID()
	_, _, err1 := s.KeyByToken([]byte("none"))
	_, err2 := s.EndUserNamed(appID, app.FromAPI, string(nobody))
	_, err3 := s.Conversation(nobody)
	_, err4 := s.Thread(nobody, 1)
	_, err5 := s.Models(app.ChatModel, nobody)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err := ignore(err, app.NotFound); err != nil {
			return err
		}
	}
	return nil
}

// rehearseWrites stores one chat from its first row to its last.
func rehearseWrites(tx *Tx, appID app.ID) error {
	now := tx.Now()
	u := &app.EndUser{ID: app.NewID(), App: appID, Source: app.FromAPI, Name: "rehearsal", CreatedAt: now}
	c := &app.Conversation{ID: app.NewID(), App: appID, EndUser: u.ID, Source: app.FromAPI, CreatedAt: now, UpdatedAt: now}
	m := &app.Message{ID: app.NewID(), App: appID, Conversation: c.ID, Run: app.NewID(), Source: app.FromAPI, EndUser: u.ID, Status: app.Running, CreatedAt: now, UpdatedAt: now}
	r := &app.Run{ID: m.Run, App: appID, Message: m.ID, EndUser: u.ID, Source: app.FromAPI, Status: app.Running, StartedAt: now}
	for _, do := range []func() error{
		func() error { return tx.InsertEndUser(u) },
		func() error { return tx.InsertConversation(c) },
		func() error { return tx.TouchConversation(c.ID) },
		func() error { return tx.InsertMessage(m) },
		func() error { return tx.InsertRun(r) },
		func() error { return tx.AppendSteps(r.ID, 1, [][]byte{[]byte("{}")}) },
		func() error { return tx.FinishMessage(m) },
		func() error { r.FinishedAt = &now; return tx.FinishRun(r) },
		func() error { return tx.DropSteps(r.ID) },
	} {
		if err := ignore(do(), app.NotFound); err != nil {
			return err
		}
	}
	return nil
}

// ignore drops an error of one kind.
func ignore(err error, k app.Kind) error {
	if errors.Is(err, &app.Error{Kind: k}) {
		return nil
	}
	return err
}
