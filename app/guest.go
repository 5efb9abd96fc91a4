package app

import "time"

// Access says who may use a published web app.
type Access string

// The kinds of access. The zero value is AccessPublic.
const (
	AccessPublic  Access = "public"  // whoever has the link
	AccessMembers Access = "members" // people who are signed in to the studio, of any role
	AccessInvited Access = "invited" // guests who were let in, and those who can read the app's log anyway: editors and above
)

// Guest is a person with an account for published web apps, not for the studio. One account opens every app that the guest was
// let in to; each web app has its own session.
type Guest struct {
	ID         ID         `json:"id"`
	Login      string     `json:"login"` // lower case, unique in the workspace
	Name       string     `json:"name"`
	Ready      bool       `json:"ready"` // has a password
	Disabled   bool       `json:"disabled"`
	CreatedAt  time.Time  `json:"created_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`

	PasswordHash string `json:"-"` // argon2id in PHC form, empty until the guest chose a password
}

// GuestSession is one browser in which a guest is signed in to one web app. Only the SHA-256 of its token is stored.
type GuestSession struct {
	ID        ID
	App       ID
	Guest     ID
	TokenHash []byte
	Address   string
	Agent     string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// GuestLink lets people in to one web app, or one guest choose a password. Its secret part is shown once, when it is made.
type GuestLink struct {
	ID        ID        `json:"id"`
	App       ID        `json:"app_id"`
	Guest     ID        `json:"guest_id,omitempty"` // whose password it sets; of an invitation empty
	Hint      string    `json:"hint"`               // the first characters of an invitation code
	Note      string    `json:"note"`               // what it is for, in the words of who made it
	Uses      int       `json:"uses"`               // how many people it lets in
	Used      int       `json:"used"`
	CreatedBy ID        `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`

	TokenHash []byte `json:"-"`
}
