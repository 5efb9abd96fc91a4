package app

import "context"

// Role is what a member may do. Roles are ordered: each may do all that the ones below it may.
type Role string

// The roles, strongest first.
const (
	Owner  Role = "owner"  // everything, and cannot be removed
	Admin  Role = "admin"  // members, models, backups, settings
	Editor Role = "editor" // builds apps and knowledge
	Member Role = "member" // uses published apps
)

var rank = map[Role]int{Member: 1, Editor: 2, Admin: 3, Owner: 4}

// AtLeast tells whether r may do what min may. An unknown role may do nothing.
func (r Role) AtLeast(min Role) bool { return rank[r] > 0 && rank[min] > 0 && rank[r] >= rank[min] }

// Valid tells whether r is one of the four roles.
func (r Role) Valid() bool { return rank[r] > 0 }

// Scope says for whom work is done. It rides in the context; the store puts Workspace into every WHERE and refuses
// workspace tables without it. User is empty when an app key, a published web app or the system itself acts.
type Scope struct {
	Workspace ID
	User      ID
	Role      Role
	App       ID   // set when an app key or a web app acts: nothing outside this app is reachable
	EndUser   ID   // the person on the other side of an app key or web app
	Lang      Lang // in which sentences are said
}

type scopeKey struct{}

// WithScope returns a context that carries s.
func WithScope(ctx context.Context, s Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, s)
}

// ScopeOf is the scope that ctx carries; the zero Scope where there is none.
func ScopeOf(ctx context.Context) Scope {
	s, _ := ctx.Value(scopeKey{}).(Scope)
	return s
}
