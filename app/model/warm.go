package model

import (
	"context"
	"sync"
	"time"
)

const (
	warmEvery = 45 * time.Second // half of what egress keeps an idle connection for
	warmLimit = 10 * time.Second // for one ping
)

// Warm opens a connection to every enabled endpoint and keeps it open with a cheap request whenever the endpoint was
// idle for a while, so that the first chat of the morning is as fast as the others. It returns when ctx ends and leaves
// no goroutine behind. Failures are nobody's business here: a chat will say what is wrong.
func (r *Registry) Warm(ctx context.Context) {
	t := time.NewTicker(warmEvery)
	defer t.Stop()
	for {
		r.WarmOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// WarmOnce is one round of Warm; it returns when all endpoints have answered or failed.
func (r *Registry) WarmOnce(ctx context.Context) {
	if r.o.Endpoints == nil {
		return
	}
	eps, err := r.o.Endpoints(ctx)
	if err != nil {
		return // the next round tries again
	}
	var wg sync.WaitGroup
	for _, ep := range eps {
		if ep.Disabled {
			continue
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, warmLimit)
			defer cancel()
			l, err := r.line(ctx, ep.ID)
			if err != nil || time.Since(time.Unix(0, l.used.Load())) < warmEvery-time.Second {
				return
			}
			_ = l.server.Ping(ctx, l.keys[0].secret.Key) // best effort
		})
	}
	wg.Wait()
}
