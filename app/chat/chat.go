// Package chat owns conversations: one turn with all that belongs to it, regeneration, stopping, feedback, follow-up
// questions, names, files. The app and the end user in the scope of the context bound everything: what belongs to somebody
// else is not found.
package chat

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"islet/app"
	"islet/app/annotation"
	"islet/app/model"
	"islet/app/run"
	"islet/app/studio"
	"islet/store"
)

// Options wire a Chat. DB, Runs and Models are required.
type Options struct {
	DB     *store.DB
	Runs   *run.Manager
	Models *model.Registry
	Log    *slog.Logger // nil is slog.Default
	// Sees tells whether a model can be given pictures; true where nobody knows. Nil: all can.
	Sees func(ctx context.Context, ref app.ModelRef) bool
	// Annotations are asked before a model is. Nil: there are none.
	Annotations *annotation.Book
}

// Chat is safe for concurrent use. Whoever made it calls Close, before the run.Manager's.
type Chat struct {
	Options

	people people
	naming chan struct{}   // a place for each title being made
	life   context.Context // of work in the background
	end    context.CancelFunc
	work   sync.WaitGroup
}

// New makes a Chat.
func New(o Options) *Chat {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	life, end := context.WithCancel(context.Background())
	return &Chat{Options: o, naming: make(chan struct{}, titlesAtOnce), life: life, end: end}
}

// Close gives up what runs in the background and waits for it.
func (c *Chat) Close() {
	c.end()
	c.work.Wait()
}

// Visitor is the end user for whom a request acts.
type Visitor struct {
	ID   app.ID
	New  bool // not in the store yet: the first message or upload puts it there
	Name string
}

// Enter finds the end user of a release that is called name behind one door, and returns the scope for acting as that person.
// Somebody unknown gets a fresh id, under which nothing is found; nothing is stored for merely looking.
func (c *Chat) Enter(ctx context.Context, rel *studio.Release, source app.Source, name string) (context.Context, *Visitor, error) {
	scope := rel.Scope(app.ScopeOf(ctx).Lang)
	scope.User, scope.Role = app.ScopeOf(ctx).User, app.ScopeOf(ctx).Role
	ctx = app.WithScope(ctx, scope)
	v, err := c.visitor(ctx, rel.App.ID, source, name)
	if err != nil {
		return nil, nil, err
	}
	scope.EndUser = v.ID
	return app.WithScope(ctx, scope), v, nil
}

func (c *Chat) visitor(ctx context.Context, appID app.ID, source app.Source, name string) (*Visitor, error) {
	key := person{appID, source, name}
	if id, ok := c.people.id(key); ok {
		return &Visitor{ID: id, Name: name}, nil
	}
	var u *app.EndUser
	err := c.DB.View(ctx, func(s *store.Snapshot) (err error) { u, err = s.EndUserNamed(appID, source, name); return err })
	if errors.Is(err, &app.Error{Kind: app.NotFound}) {
		return &Visitor{ID: app.NewID(), New: true, Name: name}, nil
	}
	if err != nil {
		return nil, err
	}
	c.people.know(key, u.ID)
	return &Visitor{ID: u.ID, Name: name}, nil
}

// Settle is Enter that stores a new end user, for what needs one before the first message.
func (c *Chat) Settle(ctx context.Context, rel *studio.Release, source app.Source, name string) (context.Context, error) {
	inner, v, err := c.Enter(ctx, rel, source, name)
	if err != nil || !v.New {
		return inner, err
	}
	err = c.DB.Update(inner, func(tx *store.Tx) error { return tx.InsertEndUser(v.row(inner, source, tx)) })
	if errors.Is(err, errRaced) {
		err = c.meet(inner, source, name)
	}
	if err != nil {
		return nil, err
	}
	inner, _, err = c.Enter(ctx, rel, source, name)
	return inner, err
}

// meet learns the id of an end user whom another request has just put into the store. It asks the writer, because that
// request's change may still be waiting for its commit.
func (c *Chat) meet(ctx context.Context, source app.Source, name string) error {
	appID := app.ScopeOf(ctx).App
	return c.DB.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.EndUserNamed(appID, source, name)
		if err == nil {
			c.people.know(person{appID, source, name}, u.ID)
		}
		return err
	})
}

func (v *Visitor) row(ctx context.Context, source app.Source, tx *store.Tx) *app.EndUser {
	return &app.EndUser{ID: v.ID, App: app.ScopeOf(ctx).App, Source: source, Name: v.Name, CreatedAt: tx.Now()}
}

// errRaced is what InsertEndUser says when the same person came in twice at once.
var errRaced = &app.Error{Code: "end_user_exists"}

// person names an end user to the cache.
type person struct {
	app    app.ID
	source app.Source
	name   string
}

const peopleMax = 50_000 // known at once, some 10 MB

// people remembers the ids of end users, which never change.
type people struct {
	mu  sync.RWMutex // guards ids
	ids map[person]app.ID
}

func (p *people) id(k person) (app.ID, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	id, ok := p.ids[k]
	return id, ok
}

func (p *people) know(k person, id app.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil || len(p.ids) >= peopleMax {
		p.ids = map[person]app.ID{}
	}
	p.ids[k] = id
}
