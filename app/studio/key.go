package studio

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"

	"islet/app"
	"islet/store"
)

const keyPrefix = "app-"

// NewKey makes a key of an app. The token is returned this once; the store keeps its SHA-256.
func (s *Studio) NewKey(ctx context.Context, id app.ID) (k *app.Key, token string, err error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	token = keyPrefix + base64.RawURLEncoding.EncodeToString(secret)
	k = &app.Key{ID: app.NewID(), App: id, Hint: token[len(token)-4:], CreatedBy: app.ScopeOf(ctx).User, CreatedAt: s.DB.Now(), TokenHash: hashToken(token)}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.App(id); err != nil {
			return err
		}
		return tx.InsertKey(k)
	})
	if err != nil {
		return nil, "", err
	}
	return k, token, nil
}

// DeleteKey revokes a key; it stops working at once.
func (s *Studio) DeleteKey(ctx context.Context, id, key app.ID) error {
	defer s.cache.forget()
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.DeleteKey(id, key) })
}

func hashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}
