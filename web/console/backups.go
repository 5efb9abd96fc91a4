package console

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"islet/app"
	"islet/store"
	"islet/store/backup"
	"islet/web/route"
)

// BackupsView is the page of backups.
type BackupsView struct {
	Data     []*app.Backup    `json:"data"`
	Settings *backup.Settings `json:"settings"`
	NextAt   *time.Time       `json:"next_at"`    // null where none is planned
	Free     int64            `json:"free_bytes"` // -1 where the system does not tell
	Dir      string           `json:"dir"`
}

func (a *API) backups(ctx context.Context, _ *None) (*BackupsView, error) {
	all, err := a.Backups.Backups(ctx)
	if err != nil {
		return nil, err
	}
	set, next, err := a.Backups.Settings(ctx)
	if err != nil {
		return nil, err
	}
	dir := a.Backups.Dir()
	free := store.FreeBytes(dir)
	if free < 0 { // the folder comes with the first backup
		free = store.FreeBytes(a.DB.Dir)
	}
	return &BackupsView{Data: all, Settings: set, NextAt: next, Free: free, Dir: dir}, nil
}

func (a *API) startBackup(ctx context.Context, _ *None) (*app.Backup, error) {
	return a.Backups.Begin(ctx, "manual")
}

func (a *API) backup(ctx context.Context, in *ByID) (*app.Backup, error) {
	return a.Backups.Backup(ctx, in.ID)
}

// downloadBackup sends the file; a broken download can be resumed.
func (a *API) downloadBackup(ctx context.Context, w http.ResponseWriter, in *ByID) (err error) {
	f, b, err := a.Backups.Open(ctx, in.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": b.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("ETag", `"`+b.SHA256+`"`)
	http.ServeContent(w, route.Request(ctx), b.Name, b.CreatedAt, f)
	return nil
}

func (a *API) deleteBackup(ctx context.Context, in *ByID) (*None, error) {
	return &None{}, a.Backups.Delete(ctx, in.ID)
}

type backupSettingsIn struct {
	Enabled    bool    `json:"enabled"`
	At         string  `json:"at"`
	Keep       int     `json:"keep"`
	Passphrase *string `json:"passphrase,omitempty"` // absent or null leaves it alone, "" takes it away
}

func (a *API) setBackupSettings(ctx context.Context, in *backupSettingsIn) (*backup.Settings, error) {
	return a.Backups.SetSettings(ctx, backup.Change(*in))
}
