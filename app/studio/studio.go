// Package studio makes apps: drafts, versions, publishing, web app settings and keys. It also answers what a key or a web
// app's address runs (Release), from a cache that every change made here empties.
package studio

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"islet/app"
	"islet/app/model"
	"islet/app/workflow"
	"islet/store"
)

// Studio is the maker of apps. DB and Types are required; the zero value of the rest works. It is safe for concurrent use.
// Whoever made it calls Close after the last request.
type Studio struct {
	DB    *store.DB
	Types workflow.Types
	// DefaultModel is the model that a new app starts with; a zero ModelRef where the workspace chose none. Optional.
	DefaultModel func(ctx context.Context) (app.ModelRef, error)
	// Rerank finds a rerank model of the site by the names that a file has for it: model.Keeper.Find. Optional: without it imported
	// apps rerank nothing until somebody chooses a model.
	Rerank func(ctx context.Context, provider, name string) (app.ModelRef, error)
	// Home finds where tools come from on this site by what a file has for its kind, id and name: toolbox.Box.Home. Optional: without
	// it imported files keep the ids that they name.
	Home func(ctx context.Context, kind, id, name string) (here string, ok bool)
	// Chatter opens a model for Generate: model.Registry.Chatter. Optional: without it nothing is generated.
	Chatter func(ctx context.Context, ref app.ModelRef) (model.Chatter, error)
	// Calls tells whether a model is known to call tools by its protocol. Optional: without it agents of converted apps use ReAct.
	Calls func(ctx context.Context, ref app.ModelRef) bool
	Now   func() time.Time // nil is time.Now
	// OnPublish puts into force what a published version does by itself: flow.Flow.Publish. It is part of the change that
	// publishes, and its error keeps the version from being published. Optional.
	OnPublish func(tx *store.Tx, a *app.App, set *app.Settings) error

	cache   cache
	waiting waiting        // imports that a person must confirm
	work    sync.WaitGroup // notes of key use on their way
}

// Close waits for what runs in the background.
func (s *Studio) Close() { s.work.Wait() }

func (s *Studio) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// The limits of what people type.
const (
	maxName        = 100
	maxDescription = 400
	maxTags        = 20
	maxPlaceholder = 64 // as in Dify
	maxSiteText    = 2000
)

// Create adds an app from its mode, name, description, icon and colour; everything else gets the default of its mode. It fills a.
func (s *Studio) Create(ctx context.Context, a *app.App) error {
	if a.Mode == "" {
		a.Mode = app.ModeChat
	}
	if !slices.Contains(modes, a.Mode) {
		return app.Errorf(app.Invalid, "mode_unsupported", "%q is no kind of app; choose chat, agent-chat, completion, advanced-chat or workflow",
			"没有 %q 这种应用类型；请选择 chat、agent-chat、completion、advanced-chat 或 workflow", a.Mode)
	}
	if err := checkInfo(a); err != nil {
		return err
	}
	if err := s.begin(ctx, a); err != nil {
		return err
	}
	s.dress(ctx, a)
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.InsertApp(a) })
}

// dress gives a new app its identity and defaults.
func (s *Studio) dress(ctx context.Context, a *app.App) {
	now := s.DB.Now()
	a.ID, a.CreatedBy, a.CreatedAt, a.UpdatedAt = app.NewID(), app.ScopeOf(ctx).User, now, now
	a.DraftRev, a.Published = 1, ""
	a.APIEnabled = true
	if a.Icon == "" {
		a.Icon = "🤖"
	}
	if a.IconColor == "" {
		a.IconColor = "#E4EFFF"
	}
	if a.Tags == nil {
		a.Tags = []string{}
	}
	a.Site.Code, a.Site.Enabled = newCode(), true
	if a.Site.Title == "" {
		a.Site.Title = a.Name
	}
	if a.Site.Lang == "" {
		a.Site.Lang = app.ScopeOf(ctx).Lang
	}
	normalize(&a.Draft)
}

// newCode is the unguessable part of a web app's address: 100 bits.
func newCode() string { return strings.ToLower(rand.Text())[:20] }

func checkInfo(a *app.App) error {
	a.Name = strings.TrimSpace(a.Name)
	if a.Name == "" {
		return app.Errorf(app.Invalid, "name_missing", "give the app a name", "请填写应用名称")
	}
	if err := short("name", "名称", a.Name, maxName); err != nil {
		return err
	}
	if err := short("description", "描述", a.Description, maxDescription); err != nil {
		return err
	}
	if err := short("icon", "图标", a.Icon, 16); err != nil {
		return err
	}
	if a.IconColor != "" && !isColor(a.IconColor) {
		return app.Errorf(app.Invalid, "icon_color_invalid", "the icon's colour must look like #E4EFFF", "图标颜色的格式应为 #E4EFFF")
	}
	if len(a.Tags) > maxTags {
		return app.Errorf(app.Invalid, "too_many_tags", "an app takes at most %d tags", "一个应用最多 %d 个标签", maxTags)
	}
	for _, t := range a.Tags {
		if err := short("tag", "标签", t, 50); err != nil {
			return err
		}
	}
	return nil
}

func isColor(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

func short(en, zh, text string, limit int) error {
	if n := len([]rune(text)); n > limit {
		return app.Errorf(app.Invalid, "too_long", "the %[1]s has %[3]d characters; at most %[4]d fit", "%[2]s有 %[3]d 个字符；最多 %[4]d 个", en, zh, n, limit)
	}
	return nil
}

// Change is what can be changed of an app beside its draft; nil fields stay.
type Change struct {
	Name        *string   `json:"name"`
	Description *string   `json:"description"`
	Icon        *string   `json:"icon"`
	IconColor   *string   `json:"icon_color"`
	Tags        *[]string `json:"tags"`
	APIEnabled  *bool     `json:"api_enabled"`
}

// Update changes what an app is called and whether its API is open.
func (s *Studio) Update(ctx context.Context, id app.ID, c Change) (*app.App, error) {
	return s.edit(ctx, id, func(a *app.App) error {
		put(&a.Name, c.Name)
		put(&a.Description, c.Description)
		put(&a.Icon, c.Icon)
		put(&a.IconColor, c.IconColor)
		put(&a.Tags, c.Tags)
		put(&a.APIEnabled, c.APIEnabled)
		if a.Tags == nil {
			a.Tags = []string{}
		}
		return checkInfo(a)
	})
}

func put[T any](dst *T, src *T) {
	if src != nil {
		*dst = *src
	}
}

// edit reads, changes and writes an app in one transaction.
func (s *Studio) edit(ctx context.Context, id app.ID, change func(*app.App) error) (a *app.App, err error) {
	defer s.cache.forget()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if a, err = tx.App(id); err != nil {
			return err
		}
		if err := change(a); err != nil {
			return err
		}
		return tx.UpdateApp(a)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// SiteChange is what can be changed of a web app; nil fields stay.
type SiteChange struct {
	Enabled     *bool     `json:"enabled"`
	Title       *string   `json:"title"`
	Description *string   `json:"description"`
	Lang        *app.Lang `json:"language"`
	Placeholder *string   `json:"placeholder"`
	Disclaimer  *string   `json:"disclaimer"`
	Copyright   *string   `json:"copyright"`
	ShowSteps   *bool     `json:"show_steps"`

	Access   *app.Access `json:"access"`
	Color    *string     `json:"color"`
	Inverted *bool       `json:"inverted"`
	Privacy  *string     `json:"privacy_url"`
	Embed    *[]string   `json:"embed"`
	Sharing  *bool       `json:"sharing"`
}

// UpdateSite changes how the published web app looks and whether it is open.
func (s *Studio) UpdateSite(ctx context.Context, id app.ID, c SiteChange) (*app.App, error) {
	return s.edit(ctx, id, func(a *app.App) error {
		put(&a.Site.Enabled, c.Enabled)
		put(&a.Site.Title, c.Title)
		put(&a.Site.Description, c.Description)
		put(&a.Site.Lang, c.Lang)
		put(&a.Site.Placeholder, c.Placeholder)
		put(&a.Site.Disclaimer, c.Disclaimer)
		put(&a.Site.Copyright, c.Copyright)
		put(&a.Site.ShowSteps, c.ShowSteps)
		put(&a.Site.Access, c.Access)
		put(&a.Site.Color, c.Color)
		put(&a.Site.Inverted, c.Inverted)
		put(&a.Site.Privacy, c.Privacy)
		put(&a.Site.Embed, c.Embed)
		put(&a.Site.Sharing, c.Sharing)
		return checkSite(&a.Site)
	})
}

// NewSiteCode gives the web app another address; the old one is dead at once.
func (s *Studio) NewSiteCode(ctx context.Context, id app.ID) (*app.App, error) {
	return s.edit(ctx, id, func(a *app.App) error {
		a.Site.Code = newCode()
		return nil
	})
}

// Copy makes a new, unpublished app with the draft and the web app settings of another; keys and conversations stay behind.
func (s *Studio) Copy(ctx context.Context, id app.ID) (a *app.App, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if a, err = tx.App(id); err != nil {
			return err
		}
		suffix := " copy"
		if app.ScopeOf(ctx).Lang == app.Chinese {
			suffix = " 副本"
		}
		name := []rune(a.Name)
		a.Name = string(name[:min(len(name), maxName-len([]rune(suffix)))]) + suffix
		s.dress(ctx, a)
		return tx.InsertApp(a)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Delete removes an app with everything in it and says what that was. Runs under way end by themselves and leave nothing.
func (s *Studio) Delete(ctx context.Context, id app.ID) (lost *store.AppContent, err error) {
	defer s.cache.forget()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if lost, err = tx.AppContent(id); err != nil {
			return err
		}
		return tx.DeleteApp(id)
	})
	if err != nil {
		return nil, err
	}
	return lost, nil
}
