package console

import (
	"context"

	"islet/app"
	"islet/store"
)

func (a *API) keys(ctx context.Context, in *ByID) (*List[*app.Key], error) {
	var keys []*app.Key
	err := a.DB.View(ctx, func(s *store.Snapshot) (err error) {
		if _, err := s.App(in.ID); err != nil {
			return err
		}
		keys, err = s.Keys(in.ID)
		return err
	})
	return list(keys, err)
}

// NewKey is a key that was just made, with its token, which is shown this once.
type NewKey struct {
	Key   *app.Key `json:"key"`
	Token string   `json:"token"`
}

func (a *API) createKey(ctx context.Context, in *ByID) (*NewKey, error) {
	k, token, err := a.Studio.NewKey(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &NewKey{Key: k, Token: token}, nil
}

type deleteKeyIn struct {
	ID  app.ID `path:"id" json:"-"`
	Key app.ID `path:"kid" json:"-"`
}

func (a *API) deleteKey(ctx context.Context, in *deleteKeyIn) (*None, error) {
	return nil, a.Studio.DeleteKey(ctx, in.ID, in.Key)
}
