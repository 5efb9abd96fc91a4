package provider

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"islet/app"
	"islet/app/model"
)

// problem is an error in a server's own words.
type problem struct {
	message string
	code    string // what the server calls it, all its names together
	status  int    // a number in the body, 0 where there is none
}

func (p *problem) Error() string {
	if p.code == "" {
		return p.message
	}
	return p.message + " (" + p.code + ")"
}

// problemIn finds the error that a JSON body or event reports, nil if it reports none. Shapes met in the wild:
// {"error":{"message","type","code"}}, {"error":"text"}, {"object":"error","message"}, {"type":"error","error":{…}},
// {"detail":"text"}, {"detail":[{"msg"}]}, {"error_code","error_msg"}, and any of them inside an array.
func problemIn(b []byte) *problem {
	var p problem
	var found bool
	_ = items(b, func(v []byte) bool { b = v; return false }) // Gemini wraps its errors in an array
	var message []byte
	_ = each(b, func(k, v []byte) bool { // what is no object reports nothing
		switch string(k) {
		case "error":
			if p.fill(v) {
				found = true
			}
		case "object", "type":
			if str(v) == "error" {
				found = true
			}
		case "message", "error_msg":
			message = v
		case "detail":
			if s := detail(v); s != "" {
				found, p.message = true, s
			}
		case "error_code":
			found, p.code = true, str(v)
		case "code", "status":
			p.number(v)
		}
		return true
	})
	if !found {
		return nil
	}
	if p.message == "" {
		p.message = str(message)
	}
	return &p
}

// fill reads the value of "error"; false if it says that there is none.
func (p *problem) fill(v []byte) bool {
	if isNull(v) || str(v) == "false" {
		return false
	}
	if !isObject(v) {
		p.message = str(v)
		return p.message != ""
	}
	_ = each(v, func(k, v []byte) bool { // an object
		switch string(k) {
		case "message", "msg":
			p.message = str(v)
		case "code", "type", "status":
			p.number(v)
		}
		return true
	})
	return true
}

func (p *problem) number(v []byte) {
	s := str(v)
	if n, err := strconv.Atoi(s); err == nil {
		p.status = n
		return
	}
	if s != "" && s != "error" {
		p.code = strings.TrimSpace(p.code + " " + s)
	}
}

// detail is the text of FastAPI's "detail": a string, or a list of faults with the fields that they are about.
func detail(v []byte) string {
	if s := str(v); s != "" {
		return s
	}
	var all []string
	_ = items(v, func(f []byte) bool {
		var at []string
		_ = items(field(f, "loc"), func(l []byte) bool {
			if s := str(l); s != "body" {
				at = append(at, s)
			}
			return true
		})
		msg := str(field(f, "msg"))
		if len(at) > 0 {
			msg = strings.Join(at, ".") + ": " + msg
		}
		all = append(all, msg)
		return true
	})
	return strings.Join(all, "; ")
}

const maxRefusal = 64 << 10

// refusal names what a status outside of 2xx means.
func (c *conn) refusal(r *reply) error {
	body, _ := io.ReadAll(io.LimitReader(r, maxRefusal)) // what came is enough
	status := r.resp.StatusCode
	if status >= 300 && status < 400 {
		return c.fail(model.CodeRedirected, fmt.Errorf("status %d to %q", status, r.resp.Header.Get("Location")))
	}
	p := problemIn(body)
	if p == nil {
		p = &problem{message: fmt.Sprintf("%.300q", body)}
	}
	e := c.classify(status, p, model.CodeRejected)
	if s := retryAfter(r.resp.Header); s > 0 {
		e = e.After(s)
	}
	return e
}

// classify finds the code for a problem. status is that of HTTP, 0 inside a stream; other is the code if nothing fits.
func (c *conn) classify(status int, p *problem, other string) *app.Error {
	cause := fmt.Errorf("the server said: %w", p)
	if status != 0 {
		cause = fmt.Errorf("status %d: %w", status, p)
	} else if p.status >= 400 && p.status < 600 {
		status = p.status
	}
	text := strings.ToLower(p.message + " " + p.code)
	switch {
	case hasAny(text, contextWords):
		return c.fail(model.CodeContext, cause)
	case status == http.StatusPaymentRequired || hasAny(text, quotaWords):
		return c.fail(model.CodeQuota, cause)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, hasAny(text, authWords):
		return c.fail(model.CodeAuth, cause)
	case status == http.StatusTooManyRequests, hasAny(text, limitWords):
		return c.fail(model.CodeRateLimited, cause)
	case hasAny(text, missingWords), (status == http.StatusNotFound || status == 400) && strings.Contains(text, "model") && strings.Contains(text, "not exist"):
		return c.fail(model.CodeNotFound, cause)
	case other == model.CodeStream:
		return c.fail(model.CodeStream, cause)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return c.fail(model.CodeWrongPath, cause)
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return c.fail(model.CodeServer, cause)
	case status >= 500:
		return c.fail(model.CodeServer, cause)
	}
	return c.fail(other, cause)
}

// Words by which servers say the same thing.
var (
	contextWords = []string{"context_length_exceeded", "context length", "maximum context", "context size", "context window", "prompt is too long",
		"exceed_context_size", "input is too long", "exceeds the maximum number of tokens", "input token count", "longer than the model", "max_model_len", "range of input length"}
	quotaWords   = []string{"insufficient_quota", "insufficient quota", "insufficient balance", "exceeded your current quota", "arrearage", "余额不足", "欠费"}
	authWords    = []string{"invalid_api_key", "invalid api key", "incorrect api key", "authentication_error", "api key not valid", "unauthenticated", "invalid_authentication"}
	limitWords   = []string{"rate_limit", "rate limit", "too many requests", "resource_exhausted"}
	missingWords = []string{"model_not_found", "model not found", "try pulling it", "no such model", "unknown model", "model does not exist", "is not found for api version"}
)

func hasAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// retryAfter is the wait that a server asks for in seconds, 0 if it names none.
func retryAfter(h http.Header) int {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil {
		return max(n, 0)
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(int(time.Until(t).Seconds()+0.999), 0)
	}
	if ms, err := strconv.Atoi(h.Get("Retry-After-Ms")); err == nil {
		return max((ms+999)/1000, 0)
	}
	return 0
}
