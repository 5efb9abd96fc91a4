package chat

import (
	"context"
	"crypto/rand"
	"strings"

	"islet/app"
	"islet/store"
)

// KeepResult notes that the scope's end user wants to find a result again: a message or a run of theirs that has ended.
func (c *Chat) KeepResult(ctx context.Context, id app.ID) error {
	return c.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.HasResult(id); err != nil {
			return err
		}
		return tx.KeepResult(id)
	})
}

// DropResult takes back KeepResult. The result itself stays.
func (c *Chat) DropResult(ctx context.Context, id app.ID) error {
	return c.DB.Update(ctx, func(tx *store.Tx) error { return tx.DropResult(id) })
}

// Share returns the token of a link behind which others who may use the app can read a result of the scope's end user.
func (c *Chat) Share(ctx context.Context, id app.ID) (token string, err error) {
	err = c.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.HasResult(id); err != nil {
			return err
		}
		token, err = tx.ShareResult(id, strings.ToLower(rand.Text()))
		return err
	})
	return token, err
}

// Unshare makes the link of a result useless.
func (c *Chat) Unshare(ctx context.Context, id app.ID) error {
	return c.DB.Update(ctx, func(tx *store.Tx) error { return tx.UnshareResult(id) })
}
