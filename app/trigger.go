package app

import "time"

// Webhook is where other programs start an app: two addresses of one trigger-webhook node. It stays while its node does, so
// that publishing again changes no address.
type Webhook struct {
	App       ID        `json:"app_id"`
	Node      string    `json:"node_id"`
	Token     string    `json:"token"`       // unguessable: whoever has it may run the published version
	Debug     string    `json:"debug_token"` // likewise the draft, while somebody in the studio listens
	CreatedAt time.Time `json:"created_at"`
}

// AppSchedule starts the published version of an app at each time its cron line names: one trigger-schedule node. Schedule,
// without the app, is the site's own.
type AppSchedule struct { //nolint:revive // the prefix says whose it is
	App    ID        `json:"app_id"`
	Node   string    `json:"node_id"`
	Cron   string    `json:"cron"`
	Zone   string    `json:"timezone"` // in which the line is read: an IANA name, such as Asia/Shanghai
	NextAt time.Time `json:"next_at"`
	Off    bool      `json:"off"`
}
