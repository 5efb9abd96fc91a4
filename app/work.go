package app

import "time"

// Job is durable work that a worker does later. Handlers may run twice.
type Job struct {
	ID        ID         `json:"id"`
	Kind      string     `json:"kind"` // the handler
	Payload   []byte     `json:"payload"`
	Status    string     `json:"status"` // queued, running, done, failed
	Attempts  int        `json:"attempts"`
	RunAt     time.Time  `json:"run_at"`
	LeaseTill *time.Time `json:"lease_until"`
	Error     string     `json:"error,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	DoneAt    *time.Time `json:"done_at"`
}

// Schedule makes a job at each time its cron line names.
type Schedule struct {
	Name   string    `json:"name"` // "backup"
	Cron   string    `json:"cron"`
	Kind   string    `json:"kind"`
	NextAt time.Time `json:"next_at"`
	Off    bool      `json:"off"`
}

// Backup is one backup file and what is known of it.
type Backup struct {
	ID         ID         `json:"id"`
	Name       string     `json:"name"`    // file name in the backup directory
	Trigger    string     `json:"trigger"` // nightly, manual, cli
	Status     string     `json:"status"`  // running, verified, failed
	Size       int64      `json:"size"`
	SHA256     string     `json:"sha256"`
	Encrypted  bool       `json:"encrypted"`
	Members    int        `json:"members"`
	Rows       int64      `json:"rows"`
	Seconds    float64    `json:"seconds"`       // taking it
	DrillSecs  float64    `json:"drill_seconds"` // restoring it into a scratch folder and checking
	Error      *Failure   `json:"error,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at"`
	Missing    bool       `json:"missing"` // the row is there, the file is not
}
