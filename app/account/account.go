// Package account knows the people of a site: setting it up, signing in, roles, invitations and forgotten passwords.
//
// Everything works without a mail server: an invitation or a reset is a link that somebody copies and hands over. Tokens are 256
// random bits, typed by a prefix ("sess-", "link-") and stored only as SHA-256; passwords are argon2id in PHC form. Failures are
// counted per account and per address in the store, so that a restart forgives nothing.
//
// Who may do what to whom: an administrator manages editors and members; only the owner makes, unmakes or touches
// administrators; nobody changes his own role; the owner cannot be removed, disabled or demoted, only hand the site over.
// A changed role, password or account ends the person's sessions at once.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"runtime"
	"sync"
	"time"

	"islet/app"
	"islet/store"
)

// Options tune Accounts. The zero value works.
type Options struct {
	// NewSetupCode is told each set-up code that is made after SetupCode returned, when wrong guesses voided the one before.
	// Nil tells nobody; the file in the data directory has it anyway.
	NewSetupCode func(code string)
	Hashers      int             // passwords hashed at once, 19 MiB each; 0 is the number of cores, at most 4
	Token        func() string   // 256 random bits as text; nil uses crypto/rand
	Log          func(err error) // told of failures that stop nobody, such as a last-seen time that could not be written; nil drops them
}

// Accounts is the register of people. It is safe for concurrent use. One process has one: it keeps what it knows of
// sessions in memory for a few seconds.
type Accounts struct {
	db     *store.DB
	o      Options
	hashes chan struct{} // one slot a hash that runs
	queued chan struct{} // one slot a hash that runs or waits

	mu    sync.Mutex // guards all below
	known map[[sha256.Size]byte]known
	live  map[app.ID]map[*binding]struct{} // by user or guest: what must end with the person's session
	gen   uint64                           // grows with every forget, so that a lookup from before it is not remembered after it
}

// New makes the register over db.
func New(db *store.DB, o Options) *Accounts {
	if o.Hashers <= 0 {
		o.Hashers = min(runtime.GOMAXPROCS(0), 4)
	}
	if o.Token == nil {
		o.Token = randomToken
	}
	if o.Log == nil {
		o.Log = func(error) {}
	}
	return &Accounts{db: db, o: o, hashes: make(chan struct{}, o.Hashers), queued: make(chan struct{}, hashQueue),
		known: map[[sha256.Size]byte]known{}, live: map[app.ID]map[*binding]struct{}{}}
}

// Client is where a person signs in from, for the list of sessions and the counting of failures.
type Client struct {
	Address string // the IP address, without the port
	Agent   string // the browser's name for itself
}

// Signed is a person who has just signed in: Token goes into the cookie and nowhere else.
type Signed struct {
	User    *app.User
	Token   string
	Expires time.Time
}

func randomToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashToken(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// Operator returns ctx with the rights of whoever has the machine's command line. NotFound before set-up.
func (a *Accounts) Operator(ctx context.Context) (context.Context, error) {
	var ws *app.Workspace
	err := a.db.View(ctx, func(s *store.Snapshot) (err error) { ws, err = s.Workspace(); return err })
	if err != nil {
		return nil, err
	}
	return app.WithScope(ctx, app.Scope{Workspace: ws.ID, Role: app.Owner, Lang: app.ScopeOf(ctx).Lang}), nil
}

// actor is who asks for a change, read again inside the transaction so that a right lost a moment ago is lost.
type actor struct {
	id   app.ID // empty for the operator
	role app.Role
}

func acting(tx *store.Tx) (actor, error) {
	sc := tx.Scope()
	if sc.User == "" {
		if sc.Role != app.Owner || sc.App != "" {
			return actor{}, errForbidden
		}
		return actor{role: app.Owner}, nil
	}
	u, err := tx.Member(sc.User)
	if err != nil {
		return actor{}, err
	}
	if u.Disabled {
		return actor{}, errForbidden
	}
	return actor{id: u.ID, role: u.Role}, nil
}

var errForbidden = app.Errorf(app.Forbidden, "forbidden", "your role does not allow this; ask an administrator", "您的角色没有此权限；请联系管理员")
