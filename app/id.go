package app

import "github.com/google/uuid"

// ID names one thing of ours for ever: a version 7 UUID in its canonical text form (RFC 9562).
// It sorts by the time it was made and is what Dify clients expect to see. The empty ID names nothing.
type ID string

// NewID makes an ID that no other call returns, in this process or another.
func NewID() ID { return ID(uuid.Must(uuid.NewV7()).String()) }

// ParseID accepts any UUID in canonical text form and returns it in lower case.
// Anything else is an Invalid error, so that garbage in a path never reaches a query.
func ParseID(s string) (ID, error) {
	if len(s) != 36 {
		return "", Errorf(Invalid, "invalid_id", "%q is not an id", "%q 不是有效的 ID", clip(s))
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return "", Errorf(Invalid, "invalid_id", "%q is not an id", "%q 不是有效的 ID", clip(s))
	}
	return ID(u.String()), nil
}

func (id ID) String() string { return string(id) }

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
