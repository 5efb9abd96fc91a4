package store

import (
	"slices"
	"strings"
	"time"

	"islet/app"
)

// Overview is what people did with an app in one stretch of time. Members' tries in the studio are left out.
type Overview struct {
	From          time.Time `json:"from"`
	To            time.Time `json:"to"`
	Runs          int       `json:"runs"` // questions of a chat, runs of a workflow
	Users         int       `json:"users"`
	Conversations int       `json:"conversations"`
	Failed        int       `json:"failed"`
	Prompt        int64     `json:"prompt_tokens"`
	Completion    int64     `json:"completion_tokens"`
	Speaking      int64     `json:"speaking_ms"` // in which models wrote the completion
	P50           int64     `json:"p50_ms"`      // half of the good runs took no longer
	P95           int64     `json:"p95_ms"`
	Likes         int       `json:"likes"`
	Dislikes      int       `json:"dislikes"`
	Annotated     int       `json:"annotated"` // answered by annotations
}

// Overview counts what the scope's app did between each two neighbours of edges, and between the first and the last. It reads
// nothing but indexes.
func (s *Snapshot) Overview(edges []time.Time) (each []Overview, whole Overview, err error) {
	if _, err := s.App(s.scope.App); err != nil { // the queries below go by the app alone
		return nil, whole, err
	}
	if each, err = s.overview(edges); err != nil {
		return nil, whole, err
	}
	all, err := s.overview([]time.Time{edges[0], edges[len(edges)-1]})
	if err != nil {
		return nil, whole, err
	}
	whole = all[0]
	return each, whole, s.percentiles(edges, each, &whole)
}

// percentiles reads how long the good runs took, once for the stretches and the whole.
func (s *Snapshot) percentiles(edges []time.Time, each []Overview, whole *Overview) error {
	took := make([][]int64, len(each))
	var all []int64
	n := 0
	const q = `SELECT started_at, finished_at - started_at FROM runs WHERE app_id = ? AND started_at >= ? AND started_at < ? AND source <> ?
		AND status IN ('succeeded', 'partial-succeeded') AND finished_at IS NOT NULL ORDER BY started_at`
	_, err := many(s, func(r row) (struct{}, error) {
		var begun, ms int64
		if err := r.Scan(&begun, &ms); err != nil {
			return struct{}{}, err
		}
		for begun >= edges[n+1].UnixMilli() {
			n++
		}
		took[n], all = append(took[n], ms), append(all, ms)
		return struct{}{}, nil
	}, q, s.scope.App, ms(edges[0]), ms(edges[len(edges)-1]), app.FromDebug)
	for i := range each {
		each[i].P50, each[i].P95 = half(took[i])
	}
	whole.P50, whole.P95 = half(all)
	return err
}

// half is what half of the values, and what 95 % of them, do not exceed.
func half(list []int64) (p50, p95 int64) {
	if len(list) == 0 {
		return 0, 0
	}
	slices.Sort(list)
	return list[(len(list)+1)/2-1], list[(len(list)*95+99)/100-1]
}

// stretches is a table of the times between edges, with its arguments.
func stretches(edges []time.Time) (string, []any) {
	var args []any
	for i := range len(edges) - 1 {
		args = append(args, i, ms(edges[i]), ms(edges[i+1]))
	}
	row := `(CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS BIGINT))`
	return `WITH d (n, a, z) AS (VALUES ` + row + strings.Repeat(", "+row, len(edges)-2) + `) `, args
}

func (s *Snapshot) overview(edges []time.Time) ([]Overview, error) {
	out := make([]Overview, len(edges)-1)
	for i := range out {
		out[i].From, out[i].To = edges[i].UTC(), edges[i+1].UTC()
	}
	with, args := stretches(edges)
	args = append(args, s.scope.App, app.FromDebug)
	// fill runs a query whose first column is the number of a stretch, and hands on the others.
	fill := func(q string, columns int, set func(o *Overview, v []int64)) error {
		_, err := many(s, func(r row) (struct{}, error) {
			v := make([]int64, columns+1)
			dest := make([]any, len(v))
			for i := range v {
				dest[i] = &v[i]
			}
			if err := r.Scan(dest...); err != nil {
				return struct{}{}, err
			}
			set(&out[v[0]], v[1:])
			return struct{}{}, nil
		}, with+q, args...)
		return err
	}
	err := fill(`SELECT d.n, COUNT(*), COUNT(DISTINCT r.end_user_id), SUM(CASE WHEN r.status IN ('failed', 'interrupted') THEN 1 ELSE 0 END),
			SUM(r.prompt_tokens), SUM(r.completion_tokens), SUM(r.speaking_ms)
		FROM d JOIN runs r ON r.app_id = ? AND r.started_at >= d.a AND r.started_at < d.z WHERE r.source <> ? GROUP BY d.n`,
		6, func(o *Overview, v []int64) {
			o.Runs, o.Users, o.Failed, o.Prompt, o.Completion, o.Speaking = int(v[0]), int(v[1]), int(v[2]), v[3], v[4], v[5]
		})
	if err != nil {
		return nil, err
	}
	err = fill(`SELECT d.n, COUNT(DISTINCT m.conversation_id) FROM d JOIN messages m ON m.app_id = ? AND m.created_at >= d.a AND m.created_at < d.z
		WHERE m.source <> ? GROUP BY d.n`, 1, func(o *Overview, v []int64) { o.Conversations = int(v[0]) })
	if err != nil {
		return nil, err
	}
	err = fill(`SELECT d.n, SUM(CASE WHEN m.rating = 'like' THEN 1 ELSE 0 END), SUM(CASE WHEN m.rating = 'dislike' THEN 1 ELSE 0 END)
		FROM d JOIN messages m ON m.app_id = ? AND m.rated_at >= d.a AND m.rated_at < d.z WHERE m.rated_at IS NOT NULL AND m.source <> ? GROUP BY d.n`,
		2, func(o *Overview, v []int64) { o.Likes, o.Dislikes = int(v[0]), int(v[1]) })
	if err != nil {
		return nil, err
	}
	return out, fill(`SELECT d.n, COUNT(*) FROM d JOIN annotation_hits h ON h.app_id = ? AND h.created_at >= d.a AND h.created_at < d.z WHERE h.source <> ? GROUP BY d.n`,
		1, func(o *Overview, v []int64) { o.Annotated = int(v[0]) })
}

// ModelUses adds up what each model did for the scope's app, the busiest first.
func (s *Snapshot) ModelUses(from, to time.Time) ([]app.ModelUse, error) {
	if _, err := s.App(s.scope.App); err != nil {
		return nil, err
	}
	const q = `SELECT model, SUM(calls), SUM(prompt_tokens), SUM(completion_tokens) FROM run_models WHERE app_id = ? AND started_at >= ? AND started_at < ? AND source <> ?
		GROUP BY model ORDER BY SUM(prompt_tokens) + SUM(completion_tokens) DESC, model`
	return many(s, func(r row) (u app.ModelUse, err error) {
		return u, r.Scan(&u.Model, &u.Calls, &u.PromptTokens, &u.CompletionTokens)
	}, q, s.scope.App, ms(from), ms(to), app.FromDebug)
}

// SetModelUses writes what models did in a run, in place of what was written before.
func (tx *Tx) SetModelUses(r *app.Run, uses []app.ModelUse) error {
	for _, u := range uses {
		const q = `INSERT INTO run_models (run_id, model, app_id, source, started_at, calls, prompt_tokens, completion_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (run_id, model) DO UPDATE SET calls = excluded.calls, prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens`
		if err := tx.q.exec(q, r.ID, u.Model, r.App, r.Source, ms(r.StartedAt), u.Calls, u.PromptTokens, u.CompletionTokens); err != nil {
			return err
		}
	}
	return nil
}
