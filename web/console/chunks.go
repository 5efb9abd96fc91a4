package console

import (
	"context"

	"islet/app"
	"islet/app/knowledge"
	"islet/store"
)

type chunksIn struct {
	ByDocument
	Text    string `query:"q" json:"-"`
	Enabled string `query:"enabled" json:"-"` // true, false; "" is both
	Page
}

func (a *API) chunks(ctx context.Context, in *chunksIn) (*List[*app.Chunk], error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	offset, limit := in.bounds()
	f := store.ChunkFilter{Text: in.Text, Limit: limit, Offset: offset}
	if in.Enabled != "" {
		on := in.Enabled == "true"
		f.Enabled = &on
	}
	out := &List[*app.Chunk]{}
	err := a.DB.View(ctx, func(s *store.Snapshot) error {
		doc, err := s.Document(in.ID, in.Document)
		if err != nil {
			return err
		}
		if out.Data, out.Total, err = s.Chunks(doc, f); err != nil {
			return err
		}
		for _, c := range out.Data {
			if c.Children, err = s.Children(c.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// ByChunk is a request that names one chunk in its path.
type ByChunk struct {
	ByDocument
	Chunk app.ID `path:"cid" json:"-"`
}

func (a *API) chunk(ctx context.Context, in *ByChunk) (c *app.Chunk, err error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	err = a.DB.View(ctx, func(s *store.Snapshot) error {
		doc, err := s.Document(in.ID, in.Document)
		if err != nil {
			return err
		}
		c, err = s.Chunk(doc, in.Chunk)
		return err
	})
	return c, err
}

type addChunksIn struct {
	ByDocument
	Chunks []knowledge.NewChunk `json:"chunks"`
}

func (a *API) addChunks(ctx context.Context, in *addChunksIn) (*List[*app.Chunk], error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return list(a.Knowledge.AddChunks(ctx, in.ID, in.Document, in.Chunks))
}

type importChunksIn struct {
	ByDocument
	File app.ID `json:"file_id"` // CSV or XLSX with a column content, or question and answer
}

// importChunks adds the rows of a table.
func (a *API) importChunks(ctx context.Context, in *importChunksIn) (*List[*app.Chunk], error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return list(a.Knowledge.ImportChunks(ctx, in.ID, in.Document, in.File))
}

type updateChunkIn struct {
	ByChunk
	knowledge.Edit
}

func (a *API) updateChunk(ctx context.Context, in *updateChunkIn) (*app.Chunk, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.SaveChunk(ctx, in.ID, in.Document, in.Chunk, in.Edit)
}

func (a *API) deleteChunk(ctx context.Context, in *ByChunk) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.DeleteChunks(ctx, in.ID, in.Document, []app.ID{in.Chunk})
}

type childIn struct {
	ByChunk
	Content string `json:"content"`
}

func (a *API) addChild(ctx context.Context, in *childIn) (*app.Child, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.AddChild(ctx, in.ID, in.Document, in.Chunk, in.Content)
}

type updateChildIn struct {
	ByChunk
	Child   app.ID `path:"kid" json:"-"`
	Content string `json:"content"`
}

func (a *API) updateChild(ctx context.Context, in *updateChildIn) (*app.Child, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.Knowledge.SaveChild(ctx, in.ID, in.Document, in.Chunk, in.Child, in.Content)
}

type deleteChildIn struct {
	ByChunk
	Child app.ID `path:"kid" json:"-"`
}

func (a *API) deleteChild(ctx context.Context, in *deleteChildIn) (*None, error) {
	if err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, a.Knowledge.DeleteChild(ctx, in.ID, in.Document, in.Chunk, in.Child)
}
