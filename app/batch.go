package app

import "time"

// Batch is one app run once for every row of a table. It goes on without whoever started it, and after a restart.
type Batch struct {
	ID         ID            `json:"id"`
	App        ID            `json:"app_id"`
	EndUser    ID            `json:"-"`
	Person     string        `json:"-"` // the end user's name behind Source
	Source     Source        `json:"source"`
	Version    ID            `json:"version_id"` // that all rows run, whatever is published meanwhile
	Lang       Lang          `json:"-"`
	Name       string        `json:"name"` // of the file
	Columns    []BatchColumn `json:"columns"`
	Status     BatchStatus   `json:"status"`
	Error      *Failure      `json:"error,omitempty"` // why it paused by itself
	Parallel   int           `json:"parallel"`
	Counts     BatchCounts   `json:"counts"`
	CreatedAt  time.Time     `json:"created_at"`
	UpdatedAt  time.Time     `json:"updated_at"`
	FinishedAt *time.Time    `json:"finished_at"`
}

// BatchColumn is one input of the app that the table has a column for.
type BatchColumn struct {
	Name  string `json:"name"`
	Label string `json:"label"`
}

// BatchCounts are how many rows are in which state.
type BatchCounts struct {
	Total     int `json:"total"`
	Waiting   int `json:"waiting"`
	Running   int `json:"running"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
	Stopped   int `json:"stopped"`
}

// BatchStatus is the state of a batch.
type BatchStatus string

// The states of a batch.
const (
	BatchRunning  BatchStatus = "running"
	BatchPaused   BatchStatus = "paused"   // rows that run end, no other begins
	BatchStopped  BatchStatus = "stopped"  // for good, but its rows can be tried again
	BatchFinished BatchStatus = "finished" // every row has been tried
)

// RowWaiting is the state of a row before its run; the others are Running, Succeeded, Failed and Stopped.
const RowWaiting Status = "waiting"

// BatchRow is one row of a batch and what came of it.
type BatchRow struct {
	Number     int            `json:"number"` // 1, 2, 3 …
	Inputs     map[string]any `json:"inputs"`
	Status     Status         `json:"status"`
	Tries      int            `json:"tries"`
	Run        ID             `json:"run_id,omitempty"`
	Message    ID             `json:"message_id,omitempty"`
	Outputs    map[string]any `json:"outputs"` // of a text generator: answer
	Error      *Failure       `json:"error,omitempty"`
	StartedAt  *time.Time     `json:"started_at"`
	FinishedAt *time.Time     `json:"finished_at"`
}
