package app

import "time"

// Workspace is the site: one per data directory today.
type Workspace struct {
	ID        ID        `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

// User is a person who signs in to the studio. Role is the person's role in the one workspace.
type User struct {
	ID         ID         `json:"id"`
	Email      string     `json:"email"` // lower case, unique
	Name       string     `json:"name"`
	Role       Role       `json:"role"`
	Lang       Lang       `json:"language"`
	Theme      string     `json:"theme"` // light, dark or system
	Disabled   bool       `json:"disabled"`
	CreatedAt  time.Time  `json:"created_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`

	PasswordHash string `json:"-"` // argon2id in PHC form
}

// Session is one signed-in browser. Only the SHA-256 of its token is stored.
type Session struct {
	ID        ID
	User      ID
	TokenHash []byte
	Address   string
	Agent     string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Invite is a one-time link: it lets a new person in (purpose "invite") or an old one choose a new password ("reset").
// Only the SHA-256 of its token is stored; the link is shown once, to be copied, because there is no mail server.
type Invite struct {
	ID        ID         `json:"id"`
	Purpose   string     `json:"purpose"`
	Email     string     `json:"email"`
	Role      Role       `json:"role"`
	User      ID         `json:"user_id,omitempty"` // for a reset
	CreatedBy ID         `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"used_at"`

	TokenHash []byte `json:"-"`
}

// Key is an app's key for the Service API. The text ("app-…") is shown once; the store keeps its SHA-256 and last four characters.
type Key struct {
	ID         ID         `json:"id"`
	App        ID         `json:"app_id"`
	Hint       string     `json:"hint"`
	CreatedBy  ID         `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`

	TokenHash []byte `json:"-"`
}

// EndUser is a person on the other side of an app: named by the caller of the Service API (Name is its "user" field),
// or a browser of a published web app (Name is the id in its cookie), or a member in the debug chat.
type EndUser struct {
	ID        ID
	App       ID
	Source    Source
	Name      string
	CreatedAt time.Time
}

// Source tells through which door a conversation or run came in.
type Source string

// The doors.
const (
	FromDebug Source = "debug" // the studio's debug chat; not in logs or statistics
	FromAPI   Source = "api"
	FromSite  Source = "site" // the published web app

	FromWebhook  Source = "webhook"
	FromSchedule Source = "schedule"
	FromTool     Source = "tool" // another app called it
	FromMCP      Source = "mcp"  // another program called it as a tool
	FromCLI      Source = "cli"  // islet run
)
