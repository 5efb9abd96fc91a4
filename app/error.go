package app

import (
	"errors"
	"fmt"
)

// Kind says to a machine what sort of failure an Error is. web/route turns it into a status, and nothing else does.
// The zero kind is Internal, so that an error nobody classified never leaks.
type Kind uint8

const (
	Internal     Kind = iota // 500: ours; the person gets a request id, the log the cause
	Invalid                  // 400: the request is wrong and will stay wrong
	Unauthorized             // 401: nobody is signed in, or the key is wrong
	Forbidden                // 403: signed in, but the role does not allow it
	NotFound                 // 404: absent, or not yours
	Conflict                 // 409: it was changed, exists already, or is in the wrong state
	TooLarge                 // 413
	Unsupported              // 415: media type
	Refused                  // 422: understood and not allowed by a rule (egress_denied, unsafe_input, backup_invalid)
	RateLimited              // 429
	Upstream                 // 502: a model server or another remote failed us
	Unavailable              // 503: not now; try again
	Timeout                  // 504: a remote did not answer in time
	Canceled                 // 499: the caller went away or pressed stop
)

// Lang is a language that the product speaks. The zero value is English.
type Lang string

// The two languages of every sentence in the product.
const (
	English Lang = "en"
	Chinese Lang = "zh-CN"
)

// Text is one sentence in both languages, without a full stop.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In returns the sentence in the language asked for.
func (t Text) In(l Lang) string {
	if l == Chinese && t.Zh != "" {
		return t.Zh
	}
	return t.En
}

// Textf formats both languages with the same arguments; use %[n]v where the order differs.
func Textf(en, zh string, args ...any) Text {
	if len(args) == 0 {
		return Text{En: en, Zh: zh}
	}
	return Text{En: fmt.Sprintf(en, args...), Zh: fmt.Sprintf(zh, args...)}
}

// Error is a failure that a person will read. Code is stable and in snake_case; Text says what happened and what to do;
// Err is the cause, which goes to the log and never leaves the process.
type Error struct {
	Kind  Kind
	Code  string
	Text  Text
	Err   error
	Retry int // seconds after which trying again makes sense (Retry-After); 0 where unknown
}

// Errorf makes an Error whose sentence is formatted in both languages with the same arguments.
func Errorf(kind Kind, code, en, zh string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Text: Textf(en, zh, args...)}
}

// Because returns a copy of e with its cause set.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// After returns a copy of e that asks the caller to wait so many seconds.
func (e *Error) After(seconds int) *Error {
	c := *e
	c.Retry = seconds
	return &c
}

// Error is the English sentence with its cause, for logs and tests.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Text.En + ": " + e.Err.Error()
	}
	return e.Text.En
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Kind: k}) and errors.Is(err, &Error{Code: c}) work: empty fields of the target match all.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok {
		return false
	}
	return (t.Kind == 0 || t.Kind == e.Kind) && (t.Code == "" || t.Code == e.Code) && (t.Kind != 0 || t.Code != "")
}

// KindOf is the kind of the first Error in err's chain, Internal if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// AsError is the first Error in err's chain; an error that nobody classified becomes an Internal one with a general sentence.
// It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Errorf(Internal, "internal_server_error",
		"something went wrong inside islet; the server log has the details",
		"islet 内部出错，详情见服务器日志").Because(err)
}

// Missing is the NotFound error for one kind of thing, named in both languages.
func Missing(en, zh string) *Error {
	return Errorf(NotFound, "not_found", "%[1]s not found; it may have been deleted, or it belongs to someone else", "未找到%[2]s：可能已被删除，或不属于您", en, zh)
}
