package service

import (
	"context"
	"net/http"
	"strconv"

	"islet/app"
	"islet/app/annotation"
	"islet/store"
	"islet/web/route"
)

// annotationRoutes are Dify's addresses for annotations. An app's key is that of whoever builds the app: all are open to it.
func (a *API) annotationRoutes(g *route.Group) {
	if a.Annotations == nil {
		return
	}
	route.Handle(g, "GET /apps/annotations", a.annotations)
	route.Handle(g, "POST /apps/annotations", a.addAnnotation, route.Status(http.StatusCreated))
	route.Handle(g, "PUT /apps/annotations/{annotation_id}", a.updateAnnotation)
	route.Raw(g, "DELETE /apps/annotations/{annotation_id}", a.deleteAnnotation, route.Status(http.StatusNoContent))
	route.Handle(g, "POST /apps/annotation-reply/{action}", a.annotationReply)
	route.Handle(g, "GET /apps/annotation-reply/{action}/status/{job_id}", a.annotationJob)
}

// annotated tells whether the caller's app answers from annotations.
func (a *API) annotated(ctx context.Context) (on bool, err error) {
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		v, err := s.AnnotationReply()
		on = err == nil && v.Enabled
		return err
	})
	return on, err
}

type annotationOut struct {
	ID        app.ID `json:"id"`
	Question  string `json:"question"`
	Answer    string `json:"answer"`
	Hits      int    `json:"hit_count"`
	CreatedAt int64  `json:"created_at"`
}

func annotationOf(v *app.Annotation) *annotationOut {
	return &annotationOut{v.ID, v.Question, v.Answer, v.Hits, v.CreatedAt.Unix()}
}

type annotationsIn struct {
	Page    string `query:"page" json:"-"`
	Limit   string `query:"limit" json:"-"`
	Keyword string `query:"keyword" json:"-"`
}

type annotationsOut struct {
	Data    []*annotationOut `json:"data"`
	HasMore bool             `json:"has_more"`
	Limit   int              `json:"limit"`
	Total   int              `json:"total"`
	Page    int              `json:"page"`
}

func (a *API) annotations(ctx context.Context, in *annotationsIn) (*annotationsOut, error) {
	page, err := within("page", in.Page, 1, 99_999)
	if err != nil {
		return nil, err
	}
	out := &annotationsOut{Data: []*annotationOut{}, Page: page, Limit: 20}
	if in.Limit != "" {
		n, err := strconv.Atoi(in.Limit)
		if err != nil || n < 1 {
			return nil, app.Errorf(app.Invalid, "invalid_param", "limit must be 1 or more", "limit 必须大于等于 1")
		}
		out.Limit = min(n, annotation.Max) // an app has no more
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		list, total, err := s.Annotations(in.Keyword, out.Limit, (page-1)*out.Limit)
		for _, v := range list {
			out.Data = append(out.Data, annotationOf(v))
		}
		out.Total, out.HasMore = total, page*out.Limit < total
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

func (a *API) addAnnotation(ctx context.Context, in *annotationIn) (*annotationOut, error) {
	v, err := a.Annotations.Add(ctx, &app.Annotation{Question: in.Question, Answer: in.Answer})
	if err != nil {
		return nil, invalid(err)
	}
	return annotationOf(v), nil
}

// invalid is Dify's code for a value that will not do.
func invalid(err error) error {
	e := app.AsError(err)
	if e.Kind != app.Invalid {
		return err
	}
	return &app.Error{Kind: e.Kind, Code: "invalid_param", Text: e.Text, Err: err}
}

type updateAnnotationIn struct {
	ID string `path:"annotation_id" json:"-"`
	annotationIn
}

func (a *API) updateAnnotation(ctx context.Context, in *updateAnnotationIn) (*annotationOut, error) {
	v, err := a.Annotations.Update(ctx, app.ID(in.ID), in.Question, in.Answer)
	if err != nil {
		return nil, noAnnotation(invalid(err))
	}
	return annotationOf(v), nil
}

func noAnnotation(err error) error {
	return missing(err, "Annotation Not Exists.", "标注不存在。")
}

type annotationByID struct {
	ID string `path:"annotation_id" json:"-"`
}

func (a *API) deleteAnnotation(ctx context.Context, w http.ResponseWriter, in *annotationByID) error {
	if err := a.Annotations.Delete(ctx, app.ID(in.ID)); err != nil {
		return noAnnotation(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type annotationReplyIn struct {
	Action    string  `path:"action" json:"-"`
	Threshold float64 `json:"score_threshold"`
	Provider  string  `json:"embedding_provider_name"`
	Model     string  `json:"embedding_model_name"`
}

type annotationJobOut struct {
	ID     app.ID  `json:"job_id"`
	Status string  `json:"job_status"`
	Error  *string `json:"error_msg,omitempty"`
}

// annotationReply switches the reply. Where it names no model, questions are compared by their words, which Dify cannot.
func (a *API) annotationReply(ctx context.Context, in *annotationReplyIn) (*annotationJobOut, error) {
	if err := actionKnown(in.Action); err != nil {
		return nil, err
	}
	var ref app.ModelRef
	threshold, on := in.Threshold, in.Action == "enable"
	var err error
	switch {
	case on && in.Model != "":
		if ref, err = a.Endpoints.Find(ctx, app.EmbedModel, in.Provider, in.Model); err != nil {
			return nil, invalid(err)
		}
	case !on: // what it was stays for the next time
		err = a.DB.View(ctx, func(s *store.Snapshot) error {
			v, err := s.AnnotationReply()
			ref, threshold = v.Embedding, v.Threshold
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	v, err := a.Annotations.SetReply(ctx, on, threshold, ref)
	if err != nil {
		return nil, invalid(err)
	}
	return &annotationJobOut{ID: v.Job.ID, Status: "waiting"}, nil
}

func actionKnown(action string) error {
	if action != "enable" && action != "disable" {
		return app.Errorf(app.Invalid, "invalid_param", "action must be enable or disable, not %q", "action 必须是 enable 或 disable，而不是 %q", action)
	}
	return nil
}

type annotationJobIn struct {
	Action string `path:"action" json:"-"`
	Job    string `path:"job_id" json:"-"`
}

// annotationJob is how a change is getting on. Only the last one of an app is known.
func (a *API) annotationJob(ctx context.Context, in *annotationJobIn) (*annotationJobOut, error) {
	if err := actionKnown(in.Action); err != nil {
		return nil, err
	}
	var v *app.AnnotationReply
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) { v, err = s.AnnotationReply(); return err })
	if err != nil {
		return nil, err
	}
	if v.Job.ID == "" || string(v.Job.ID) != in.Job || v.Job.Action != in.Action {
		return nil, app.Errorf(app.Invalid, "invalid_param", "The job does not exist.", "任务不存在。")
	}
	none := ""
	out := &annotationJobOut{ID: v.Job.ID, Status: "processing", Error: &none}
	switch {
	case v.Job.Error != nil:
		text := v.Job.Error.Text.In(app.ScopeOf(ctx).Lang)
		out.Status, out.Error = "error", &text
	case v.Job.Done:
		out.Status = "completed"
	}
	return out, nil
}
