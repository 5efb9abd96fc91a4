package model

import (
	"math"
	"net/http/httptrace"
	"testing"
	"time"
)

func TestStopwatch_partsAddUpToTheWhole(t *testing.T) {
	now := time.Unix(0, 0)
	s := newStopwatch(now)
	s.now = func() time.Time { return now }
	pass := func(ms int) { now = now.Add(time.Duration(ms) * time.Millisecond) }

	pass(3) // a first attempt that fails while it connects
	first := httptrace.ContextClientTrace(s.attempt(t.Context()))
	first.GetConn("h:1")
	pass(5)
	s.enter(inQueue)
	pass(100) // the pause before the next
	second := httptrace.ContextClientTrace(s.attempt(t.Context()))
	second.GetConn("h:1")
	second.DNSStart(httptrace.DNSStartInfo{})
	pass(7)
	second.DNSDone(httptrace.DNSDoneInfo{})
	pass(11)
	second.TLSHandshakeStart()
	first.TLSHandshakeStart() // late news of the first attempt
	pass(13)
	second.GotConn(httptrace.GotConnInfo{})
	second.DNSStart(httptrace.DNSStartInfo{}) // of a connection that is not needed any more
	pass(200)
	s.enter(inTokens)
	pass(50)
	s.enter(inQueue)
	whole, p := s.stop()
	pass(1000) // nobody counts any more

	if again, _ := s.stop(); again != whole || whole != 389*time.Millisecond {
		t.Errorf("the whole is %v, then %v", whole, again)
	}
	for name, c := range map[string]struct{ got, want float64 }{"queue": {p.Queue, .103}, "dns": {p.DNS, .007}, "connect": {p.Connect, .016}, "tls": {p.TLS, .013},
		"wait": {p.Wait, .2}, "tokens": {p.Tokens, .05}, "sum": {p.Sum(), whole.Seconds()}} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}
