package console

import (
	"context"
	"net/http"
	"time"

	"islet/app"
	"islet/app/annotation"
	"islet/store"
	"islet/web/route"
)

const annotationsLimit = 20 << 20

// operateRoutes are the rows about an app in use: logs, annotations, what it counts.
func (a *API) operateRoutes(g *route.Group) {
	editor := route.Role(app.Editor)
	route.Handle(g, "GET /apps/{id}/annotations", a.annotations, editor)
	route.Handle(g, "POST /apps/{id}/annotations", a.addAnnotation, editor)
	route.Handle(g, "DELETE /apps/{id}/annotations", a.clearAnnotations, editor)
	route.Handle(g, "POST /apps/{id}/annotations/import", a.importAnnotations, editor, route.Limit(annotationsLimit))
	route.Raw(g, "GET /apps/{id}/annotations/export", a.exportAnnotations, editor)
	route.Handle(g, "POST /apps/{id}/annotations/try", a.tryAnnotations, editor)
	route.Handle(g, "PATCH /apps/{id}/annotations/{aid}", a.updateAnnotation, editor)
	route.Handle(g, "DELETE /apps/{id}/annotations/{aid}", a.deleteAnnotation, editor)
	route.Handle(g, "GET /apps/{id}/annotations/{aid}/hits", a.annotationHits, editor)
	route.Handle(g, "GET /apps/{id}/annotation-reply", a.annotationReply, editor)
	route.Handle(g, "PUT /apps/{id}/annotation-reply", a.setAnnotationReply, editor)

	route.Handle(g, "GET /apps/{id}/conversations/{cid}/notes", a.notes, editor)
	route.Handle(g, "PUT /apps/{id}/messages/{mid}/rating", a.rateAs, editor)
	route.Handle(g, "GET /apps/{id}/overview", a.overview, editor)
	route.Raw(g, "GET /apps/{id}/logs/export", a.exportLogs, editor)
}

type annotationsIn struct {
	ByID
	Text string `query:"q" json:"-"`
	Page
}

func (a *API) annotations(ctx context.Context, in *annotationsIn) (*List[*app.Annotation], error) {
	offset, limit := in.bounds()
	out := &List[*app.Annotation]{}
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		out.Data, out.Total, err = s.Annotations(in.Text, limit, offset)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type annotationIn struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

type addAnnotationIn struct {
	ByID
	annotationIn
	Message app.ID `json:"message_id,omitempty"`
}

// addAnnotation also changes the answer where the question has one already.
func (a *API) addAnnotation(ctx context.Context, in *addAnnotationIn) (*app.Annotation, error) {
	if err := a.has(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Annotations.Add(within(ctx, in.ID), &app.Annotation{Question: in.Question, Answer: in.Answer, Message: in.Message})
}

// has is nil for an app of the workspace.
func (a *API) has(ctx context.Context, id app.ID) error {
	return a.DB.View(ctx, func(s *store.Snapshot) error { _, err := s.App(id); return err })
}

func (a *API) clearAnnotations(ctx context.Context, in *ByID) (*None, error) {
	return nil, a.Annotations.Clear(within(ctx, in.ID))
}

// ByAnnotation is a request that names an annotation of an app in its path.
type ByAnnotation struct {
	ID         app.ID `path:"id" json:"-"`
	Annotation app.ID `path:"aid" json:"-"`
}

type updateAnnotationIn struct {
	ByAnnotation
	annotationIn
}

func (a *API) updateAnnotation(ctx context.Context, in *updateAnnotationIn) (*app.Annotation, error) {
	return a.Annotations.Update(within(ctx, in.ID), in.Annotation, in.Question, in.Answer)
}

func (a *API) deleteAnnotation(ctx context.Context, in *ByAnnotation) (*None, error) {
	return nil, a.Annotations.Delete(within(ctx, in.ID), in.Annotation)
}

type annotationHitsIn struct {
	ByAnnotation
	Page
}

func (a *API) annotationHits(ctx context.Context, in *annotationHitsIn) (*List[*app.AnnotationHit], error) {
	offset, limit := in.bounds()
	out := &List[*app.AnnotationHit]{}
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		out.Data, out.Total, err = s.AnnotationHits(in.Annotation, limit, offset)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) annotationReply(ctx context.Context, in *ByID) (v *app.AnnotationReply, err error) {
	err = a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) error {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		v, err = s.AnnotationReply()
		return err
	})
	if err == nil && v.Threshold == 0 {
		v.Threshold = annotation.DefaultThreshold
	}
	return v, err
}

type annotationReplyIn struct {
	ByID
	Enabled   bool         `json:"enabled"`
	Threshold float64      `json:"threshold"`
	Embedding app.ModelRef `json:"embedding"`
}

func (a *API) setAnnotationReply(ctx context.Context, in *annotationReplyIn) (*app.AnnotationReply, error) {
	return a.Annotations.SetReply(within(ctx, in.ID), in.Enabled, in.Threshold, in.Embedding)
}

type tryIn struct {
	ByID
	Question string `json:"question"`
}

// NearestAnnotation is the one nearest to a question, and whether it would answer.
type NearestAnnotation struct {
	Annotation *app.Annotation `json:"annotation"` // nil: none has anything in common with it
	Score      float64         `json:"score"`
	Way        string          `json:"way"`
	Answers    bool            `json:"answers"`
}

func (a *API) tryAnnotations(ctx context.Context, in *tryIn) (*NearestAnnotation, error) {
	if err := a.has(ctx, in.ID); err != nil {
		return nil, err
	}
	found, answers, err := a.Annotations.Nearest(within(ctx, in.ID), in.Question)
	if err != nil || found == nil {
		return &NearestAnnotation{}, err
	}
	return &NearestAnnotation{Annotation: found.Annotation, Score: found.Score, Way: found.Way, Answers: answers}, nil
}

type importAnnotationsIn struct {
	ByID
	File *route.Upload `form:"file" json:"-"`
}

// RowProblem is what is wrong with one row of a file.
type RowProblem struct {
	Row     int    `json:"row"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// AnnotationsImported is what came of a file of annotations.
type AnnotationsImported struct {
	Added    int          `json:"added"`
	Changed  int          `json:"changed"`
	Problems []RowProblem `json:"problems"`
}

func (a *API) importAnnotations(ctx context.Context, in *importAnnotationsIn) (*AnnotationsImported, error) {
	if err := a.has(ctx, in.ID); err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	rows, err := a.rows(ctx, in.File)
	if err != nil {
		return nil, err
	}
	done, err := a.Annotations.Import(within(ctx, in.ID), rows)
	if err != nil {
		return nil, err
	}
	out := &AnnotationsImported{Added: done.Added, Changed: done.Changed, Problems: []RowProblem{}}
	for _, p := range done.Problems {
		out.Problems = append(out.Problems, RowProblem{p.Row, p.Error.Code, p.Error.Text.In(app.ScopeOf(ctx).Lang)})
	}
	return out, nil
}

type exportAnnotationsIn struct {
	ByID
	Format string `query:"format" json:"-"` // csv or xlsx
}

func (a *API) exportAnnotations(ctx context.Context, w http.ResponseWriter, in *exportAnnotationsIn) error {
	var it *app.App
	var list []*app.Annotation
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if it, err = s.App(in.ID); err != nil {
			return err
		}
		list, _, err = s.Annotations("", annotation.Max, 0)
		return err
	})
	if err != nil {
		return err
	}
	t, err := newTable(w, in.Format, it.Name+" annotations")
	if err != nil {
		return err
	}
	if app.ScopeOf(ctx).Lang == app.Chinese {
		t.row("问题", "回答")
	} else {
		t.row("question", "answer")
	}
	for _, v := range list {
		t.row(v.Question, v.Answer)
	}
	return t.close()
}

// Notes are what members said of the answers of one conversation.
type Notes struct {
	Ratings     []*app.AdminRating `json:"ratings"`
	Annotations []*app.Annotation  `json:"annotations"`
}

func (a *API) notes(ctx context.Context, in *messagesIn) (*Notes, error) {
	out := &Notes{}
	err := a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if _, err = s.Conversation(in.Conversation); err != nil {
			return err
		}
		if out.Ratings, err = s.AdminRatings(in.Conversation); err != nil {
			return err
		}
		out.Annotations, err = s.AnnotationsOf(in.Conversation)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type rateAsIn struct {
	ByMessage
	Rating string `json:"rating"`
	Note   string `json:"note"`
}

func (a *API) rateAs(ctx context.Context, in *rateAsIn) (*None, error) {
	return nil, a.Chat.RateAs(within(ctx, in.ID), in.Message, in.Rating, in.Note)
}

type overviewIn struct {
	ByID
	From string `query:"from" json:"-"` // the first day, as 2026-01-31 in the zone
	To   string `query:"to" json:"-"`   // the last day
	Zone string `query:"zone" json:"-"` // such as Asia/Shanghai; UTC
}

// Overview is what an app did, day by day and in all.
type Overview struct {
	Unit   string           `json:"unit"` // hour where it is one day, day, week where it is more than half a year
	Each   []store.Overview `json:"each"`
	Whole  store.Overview   `json:"whole"`
	Models []app.ModelUse   `json:"models"`
}

const maxDays = 800

func (a *API) overview(ctx context.Context, in *overviewIn) (*Overview, error) {
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		return nil, app.Errorf(app.Invalid, "invalid_param", "zone %q is no time zone", "时区 %q 无效", in.Zone)
	}
	from, err := time.ParseInLocation(time.DateOnly, in.From, zone)
	to, err2 := time.ParseInLocation(time.DateOnly, in.To, zone)
	if err != nil || err2 != nil || to.Before(from) || from.AddDate(0, 0, maxDays).Before(to) {
		return nil, app.Errorf(app.Invalid, "invalid_param", "from and to must be days such as 2026-01-31, at most %d apart", "from 和 to 必须是日期，例如 2026-01-31，最多相隔 %d 天", maxDays)
	}
	out := &Overview{}
	var edges []time.Time
	out.Unit, edges = edgesOf(from, to)
	err = a.DB.View(within(ctx, in.ID), func(s *store.Snapshot) (err error) {
		if out.Each, out.Whole, err = s.Overview(edges); err != nil {
			return err
		}
		out.Models, err = s.ModelUses(edges[0], edges[len(edges)-1])
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// edgesOf cuts the days from one to another as their own zone has them: a day with a change of the clock is shorter or longer.
func edgesOf(from, to time.Time) (unit string, edges []time.Time) {
	end := to.AddDate(0, 0, 1)
	switch days := int(end.Sub(from).Hours()/24 + 0.5); {
	case days <= 1:
		for t := from; t.Before(end); t = t.Add(time.Hour) {
			edges = append(edges, t)
		}
		return "hour", append(edges, end)
	case days > 184:
		for t := from; t.Before(end); t = t.AddDate(0, 0, 7) {
			edges = append(edges, t)
		}
		return "week", append(edges, end)
	}
	for t := from; t.Before(end); t = t.AddDate(0, 0, 1) {
		edges = append(edges, t)
	}
	return "day", append(edges, end)
}
