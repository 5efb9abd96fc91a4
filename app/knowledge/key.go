package knowledge

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"islet/app"
	"islet/store"
)

// KeyPrefix is how the keys for datasets begin.
const KeyPrefix = "dataset-"

func newToken() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return KeyPrefix + base64.RawURLEncoding.EncodeToString(secret)
}

// HashToken is what the store keeps of a token.
func HashToken(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// keyTouch is how exactly the last use of a key is noted.
const keyTouch = time.Minute

// ByToken is the scope of who calls with a dataset key: the workspace, with the rights of who made the key.
func (k *Knowledge) ByToken(ctx context.Context, token string) (app.Scope, error) {
	var ws app.ID
	var key *app.DatasetKey
	var maker *app.User
	err := k.db.View(ctx, func(s *store.Snapshot) (err error) {
		ws, key, err = s.DatasetKeyByToken(HashToken(token))
		return err
	})
	if err == nil {
		err = k.db.View(system(ctx, ws), func(s *store.Snapshot) (err error) { maker, err = s.Member(key.CreatedBy); return err })
	}
	if err != nil || maker.Disabled {
		if err != nil && app.KindOf(err) != app.NotFound {
			return app.Scope{}, err
		}
		return app.Scope{}, app.Errorf(app.Unauthorized, "unauthorized", "Access token is invalid", "访问密钥无效")
	}
	scope := app.Scope{Workspace: ws, User: maker.ID, Role: maker.Role}
	if now := k.db.Now(); key.LastUsedAt == nil || now.Sub(*key.LastUsedAt) > keyTouch {
		_ = k.db.Update(ctx, func(tx *store.Tx) error { return tx.TouchDatasetKey(key.ID, now) }) // a note; the call goes on
	}
	return scope, nil
}

// DeleteKey revokes a key; it stops working at once.
func (k *Knowledge) DeleteKey(ctx context.Context, id app.ID) error {
	return k.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteDatasetKey(id) })
}
