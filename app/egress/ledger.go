package egress

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Entry is one destination of the ledger: who called it, how often connections to it were opened or refused, and how
// much went over them.
type Entry struct {
	Who     string    `json:"who"`
	Address string    `json:"address"` // as dialled: ip:port
	Opened  int64     `json:"opened"`
	Failed  int64     `json:"failed"`
	Refused int64     `json:"refused"`
	Sent    int64     `json:"sent"`     // bytes
	Got     int64     `json:"received"` // bytes
	Last    time.Time `json:"last"`
	Reason  string    `json:"reason,omitempty"` // of the last refusal or failure
}

type row struct {
	who, address string

	opened, failed, refused, sent, got, last atomic.Int64
	reason                                   atomic.Pointer[string]
}

func (r *row) note(count *atomic.Int64, now time.Time, reason string) {
	count.Add(1)
	r.last.Store(now.UnixNano())
	if reason != "" {
		r.reason.Store(&reason)
	}
}

func (r *row) entry() Entry {
	e := Entry{Who: r.who, Address: r.address, Opened: r.opened.Load(), Failed: r.failed.Load(), Refused: r.refused.Load(),
		Sent: r.sent.Load(), Got: r.got.Load(), Last: time.Unix(0, r.last.Load())}
	if s := r.reason.Load(); s != nil {
		e.Reason = *s
	}
	return e
}

type ledger struct {
	max int

	mu   sync.Mutex // guards rows
	rows map[[2]string]*row
}

// row finds or makes the row of one destination; when the ledger is full, the one longest unused makes room.
func (l *ledger) row(who, address string) *row {
	k := [2]string{who, address}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rows[k]; r != nil {
		return r
	}
	if len(l.rows) >= l.max {
		l.drop()
	}
	r := &row{who: who, address: address}
	l.rows[k] = r
	return r
}

func (l *ledger) drop() {
	var oldest *row
	for _, r := range l.rows {
		if oldest == nil || r.last.Load() < oldest.last.Load() {
			oldest = r
		}
	}
	if oldest != nil {
		delete(l.rows, [2]string{oldest.who, oldest.address})
	}
}

// Ledger returns the destinations this process has called or was kept from calling, the latest first.
func (d *Door) Ledger() []Entry {
	d.ledger.mu.Lock()
	var es []Entry
	for _, r := range d.ledger.rows {
		es = append(es, r.entry())
	}
	d.ledger.mu.Unlock()
	slices.SortFunc(es, func(a, b Entry) int { return b.Last.Compare(a.Last) })
	return es
}

// counted is a connection that books its bytes.
type counted struct {
	net.Conn
	row     *row
	allowed func() error // nil where nothing can change it
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.row.got.Add(int64(n))
	return n, err
}

func (c *counted) Write(p []byte) (int, error) {
	if c.allowed != nil {
		if err := c.allowed(); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Write(p)
	c.row.sent.Add(int64(n))
	return n, err
}
