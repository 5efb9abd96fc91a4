package backup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"islet/app"
	"islet/store"
)

// Settings say when backups are taken by themselves and how many are kept.
type Settings struct {
	Enabled       bool   `json:"enabled"`
	At            string `json:"at"`   // HH:MM on the machine's clock
	Keep          int    `json:"keep"` // nightly ones
	PassphraseSet bool   `json:"passphrase_set"`
}

// Change is a new state of the settings. Passphrase nil leaves it alone, "" takes it away.
type Change struct {
	Enabled    bool
	At         string
	Keep       int
	Passphrase *string
}

// stored is the settings' row. The passphrase is sealed with the secret key.
type stored struct {
	Enabled bool   `json:"enabled"`
	At      string `json:"at"`
	Keep    int    `json:"keep"`
	Sealed  []byte `json:"sealed,omitempty"`
}

// defaults: at three people sleep, and a week of nights is kept.
var defaults = stored{Enabled: true, At: "03:00", Keep: 7}

const (
	settingKey  = "backup"
	sealPurpose = "backup passphrase"

	maxKeep       = 365
	minPassphrase = 8
)

func (s stored) view() *Settings {
	return &Settings{Enabled: s.Enabled, At: s.At, Keep: s.Keep, PassphraseSet: len(s.Sealed) > 0}
}

// settings reads the row, and returns ctx with the scope of the site itself. NotFound before set-up.
func (k *Keeper) settings(ctx context.Context) (stored, context.Context, error) {
	set := defaults
	err := k.db.View(ctx, func(s *store.Snapshot) error {
		ws, err := s.Workspace()
		if err == nil {
			ctx = app.WithScope(ctx, app.Scope{Workspace: ws.ID, Role: app.Owner})
		}
		return err
	})
	if err != nil {
		return set, ctx, err
	}
	err = k.db.View(ctx, func(s *store.Snapshot) error { return s.Setting(settingKey, &set) })
	return set, ctx, err
}

// passphrase is the one to encrypt with; empty where none was set.
func (k *Keeper) passphrase(ctx context.Context) (string, error) {
	set, _, err := k.settings(ctx)
	if app.KindOf(err) == app.NotFound || err == nil && len(set.Sealed) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return k.db.Open(sealPurpose, set.Sealed)
}

// Settings are the settings and when the next nightly backup comes, nil where none will.
func (k *Keeper) Settings(ctx context.Context) (*Settings, *time.Time, error) {
	set, _, err := k.settings(ctx)
	if err != nil {
		return nil, nil, err
	}
	var next *time.Time
	err = k.db.View(ctx, func(s *store.Snapshot) error {
		sc, err := s.Schedule(JobKind)
		if app.KindOf(err) == app.NotFound {
			return nil
		}
		if err == nil && !sc.Off {
			next = &sc.NextAt
		}
		return err
	})
	return set.view(), next, err
}

// SetSettings changes the settings and the schedule together.
func (k *Keeper) SetSettings(ctx context.Context, c Change) (*Settings, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	set, ctx, err := k.settings(ctx)
	if err != nil {
		return nil, err
	}
	set.Enabled, set.At, set.Keep = c.Enabled, c.At, c.Keep
	if c.Passphrase != nil {
		set.Sealed = nil
		if *c.Passphrase != "" {
			set.Sealed = k.db.Seal(sealPurpose, *c.Passphrase)
		}
	}
	err = k.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetSetting(settingKey, set); err != nil {
			return err
		}
		return k.schedule(tx, set)
	})
	return set.view(), err
}

func (c Change) check() error {
	if _, err := time.Parse("15:04", c.At); err != nil || len(c.At) != 5 {
		return app.Errorf(app.Invalid, "invalid_param", "the time is two digits for the hour and two for the minute, for example 03:00", "时间格式为两位小时和两位分钟，例如 03:00").Because(err)
	}
	if c.Keep < 1 || c.Keep > maxKeep {
		return app.Errorf(app.Invalid, "invalid_param", "keep 1 to %d nightly backups", "保留的夜间备份数为 1 至 %d", maxKeep)
	}
	if c.Passphrase != nil && *c.Passphrase != "" {
		return CheckPassphrase(*c.Passphrase)
	}
	return nil
}

// CheckPassphrase refuses a passphrase that protects nothing.
func CheckPassphrase(p string) error {
	if n := len([]rune(p)); n < minPassphrase || n > 1024 {
		return app.Errorf(app.Invalid, "passphrase_weak", "the passphrase needs %d to 1024 characters; write it down, without it the backup cannot be opened", "口令需为 %d 至 1024 个字符；请妥善记录，没有它就无法打开备份", minPassphrase)
	}
	return nil
}

// schedule writes when the nightly job comes.
func (k *Keeper) schedule(tx *store.Tx, set stored) error {
	at, err := time.Parse("15:04", set.At)
	if err != nil {
		return err
	}
	s := app.Schedule{Name: JobKind, Cron: fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour()), Kind: JobKind, Off: !set.Enabled}
	if k.o.Schedule == nil {
		return nil
	}
	return k.o.Schedule(tx, s)
}

// keepFailures is how long the row of a failed backup tells of it.
const keepFailures = 30 * 24 * time.Hour

// prune deletes the nightly backups beyond the newest keep. Those that people took stay, and so does the newest that is proven.
func (k *Keeper) prune(ctx context.Context, keep int) error {
	all, err := k.Backups(ctx)
	if err != nil {
		return err
	}
	nights := 0
	var errs []error
	for _, b := range all {
		switch {
		case b.Trigger != "nightly":
		case b.Status == store.BackupVerified && !b.Missing:
			if nights++; nights > max(keep, 1) {
				errs = append(errs, k.Delete(ctx, b.ID))
			}
		case b.Status != store.BackupRunning && k.db.Now().Sub(b.CreatedAt) > keepFailures:
			errs = append(errs, k.Delete(ctx, b.ID))
		}
	}
	return errors.Join(errs...)
}
