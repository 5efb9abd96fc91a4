package app

import "time"

// Result is what an app made for somebody, to be kept or shown to others: the answer of a text generator, or what a workflow put out.
type Result struct {
	ID      ID             `json:"id"` // of the message or run
	Inputs  map[string]any `json:"inputs"`
	Answer  string         `json:"answer"`  // of a message
	Outputs map[string]any `json:"outputs"` // of a run
	MadeAt  time.Time      `json:"made_at"`
	KeptAt  time.Time      `json:"kept_at"`
	Token   string         `json:"token,omitempty"` // of the link behind which it can be read; "" is none
}
