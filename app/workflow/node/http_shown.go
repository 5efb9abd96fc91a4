package node

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"islet/app/value"
)

// shownMax bounds a body in the trace, in bytes.
const shownMax = 64 << 10

// stars stand for a secret, however long it is.
var stars = strings.Repeat("*", 20)

// shown is the request as the trace tells it: readable, files only named, secrets starred.
func (c *httpCall) shown() string {
	var b strings.Builder
	b.WriteString(c.method)
	if c.url != nil {
		fmt.Fprintf(&b, " %s HTTP/1.1\r\nHost: %s", c.mask(c.url.RequestURI()), c.mask(c.url.Host))
	}
	b.WriteString("\r\n")
	for _, h := range c.header {
		v := c.mask(h.value)
		if h.hidden {
			v = stars
		}
		fmt.Fprintf(&b, "%s: %s\r\n", c.mask(h.name), v)
	}
	if n := len(c.body.bytes); n > 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", n)
	}
	body := c.mask(c.body.text)
	if len(body) > shownMax {
		body = strings.ToValidUTF8(body[:shownMax], "") + "\n[…]"
	}
	return b.String() + "\r\n" + body
}

// mask stars the secrets in s, in every spelling in which a request may hold them.
func (c *httpCall) mask(s string) string {
	for _, form := range c.spellings() {
		s = strings.ReplaceAll(s, form, stars)
	}
	return s
}

// spellings are the secrets as they are, and as addresses, forms, JSON and basic authorization write them; the longest first, so
// that none is cut in two by a shorter one.
func (c *httpCall) spellings() []string {
	var all []string
	for _, s := range c.secrets {
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s), escapeURL("http://h/" + s)[len("http://h/"):], base64.StdEncoding.EncodeToString([]byte(s)))
		if raw, err := value.Encode(s); err == nil {
			all = append(all, strings.Trim(string(raw), `"`))
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" || s == "*" })
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}
