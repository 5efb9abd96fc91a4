package chat

import (
	"context"
	"io"
	"slices"

	"islet/app"
	"islet/store"
)

// historyMax is how many messages of a thread are ever shown to a model again; Dify's number.
const historyMax = 500

// History is what a model sees again of the thread that ends with the message leaf, oldest first: siblings of a regeneration
// and messages without an answer are left out. limit bounds how many; 0 is 500.
func History(s *store.Snapshot, leaf app.ID, limit int) ([]*app.Message, error) {
	if leaf == "" {
		return []*app.Message{}, nil
	}
	if limit <= 0 || limit > historyMax {
		limit = historyMax
	}
	thread, err := s.Thread(leaf, historyMax)
	if err != nil {
		return nil, err
	}
	thread = slices.DeleteFunc(thread, func(m *app.Message) bool { return m.Answer == "" })
	thread = thread[:min(limit, len(thread))]
	slices.Reverse(thread)
	return thread, nil
}

// OpenFile opens an uploaded file that the scope may see. The caller closes it.
func (c *Chat) OpenFile(ctx context.Context, id app.ID) (f *app.File, body io.ReadSeekCloser, err error) {
	err = c.DB.View(ctx, func(s *store.Snapshot) error {
		f, err = s.File(id)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	body, err = c.DB.Files.Open(f.Hash)
	return f, body, err
}
