package console

import (
	"context"
	"errors"
	"net/http"

	"islet/app"
	"islet/web/frame"
	"islet/web/route"
)

type uploadIn struct {
	File *route.Upload `form:"file" json:"-"`
}

func (a *API) uploadFile(ctx context.Context, in *uploadIn) (*app.File, error) {
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file", "表单中没有文件")
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	f, err := a.Chat.Upload(ctx, in.File.Name, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return f, nil
}

func (a *API) downloadFile(ctx context.Context, w http.ResponseWriter, in *ByID) error {
	f, body, err := a.Chat.OpenFile(ctx, in.ID)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	frame.File(w, route.Request(ctx), f, body, false)
	return nil
}
