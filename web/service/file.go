package service

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
	User string        `form:"user" json:"-"`
}

type uploadOut struct {
	ID           app.ID  `json:"id"`
	Reference    *string `json:"reference"`
	Name         string  `json:"name"`
	Size         int64   `json:"size"`
	Extension    string  `json:"extension"`
	MIME         string  `json:"mime_type"`
	CreatedBy    app.ID  `json:"created_by"`
	CreatedAt    int64   `json:"created_at"`
	PreviewURL   *string `json:"preview_url"`
	SourceURL    string  `json:"source_url"`
	OriginalURL  *string `json:"original_url"`
	User         *app.ID `json:"user_id"`
	Tenant       app.ID  `json:"tenant_id"`
	Conversation *app.ID `json:"conversation_id"`
	FileKey      *string `json:"file_key"`
}

func (a *API) upload(ctx context.Context, in *uploadIn) (*uploadOut, error) {
	rel, err := a.release(ctx)
	if err != nil {
		return nil, err
	}
	if in.File == nil {
		return nil, app.Errorf(app.Invalid, "no_file_uploaded", "the form holds no file; send it as the field file", "表单中没有文件；请以 file 字段上传")
	}
	if in.File.MIME == "" {
		return nil, app.Errorf(app.Unsupported, "unsupported_file_type", "the file's part of the form declares no Content-Type", "表单中的文件没有声明 Content-Type")
	}
	if in.User == "" {
		in.User = nobody
	}
	if ctx, err = a.Chat.Settle(ctx, rel, app.FromAPI, in.User); err != nil {
		return nil, err
	}
	body, err := in.File.Open()
	if err != nil {
		return nil, err
	}
	f, err := a.Chat.Upload(ctx, in.File.Name, body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return &uploadOut{ID: f.ID, Name: f.Name, Size: f.Size, Extension: f.Ext, MIME: f.MIME, CreatedBy: f.EndUser, CreatedAt: f.CreatedAt.Unix(),
		SourceURL: frame.PreviewURL(f.ID), Tenant: rel.Workspace}, nil
}

type previewIn struct {
	ID       app.ID `path:"file_id" json:"-"`
	Download bool   `query:"as_attachment" json:"-"`
	User     string `query:"user" json:"-"` // without effect, as in Dify
}

// preview sends a file of the key's app. Those of other apps are not found.
func (a *API) preview(ctx context.Context, w http.ResponseWriter, in *previewIn) error {
	f, body, err := a.Chat.OpenFile(ctx, in.ID)
	if app.KindOf(err) == app.NotFound {
		return app.Errorf(app.NotFound, "file_not_found", "The requested file was not found.", "请求的文件不存在。").Because(err)
	}
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	frame.File(w, route.Request(ctx), f, body, in.Download)
	return nil
}
