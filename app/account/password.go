package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"islet/app"
)

// The cost of a password hash: OWASP's least for argon2id, about 40 ms on one core of a small machine.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	saltSize    = 16
	keySize     = 32
)

// hashQueue bounds the sign-ins that wait for a hash; more are asked to come back, so that a flood costs no memory.
const hashQueue = 64

// The bounds of a password, in characters.
const (
	MinPassword = 8
	MaxPassword = 128
)

// checkPassword refuses what is too short, too long, or the person's own e-mail address.
func checkPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword:
		return app.Errorf(app.Invalid, "password_weak", "the password needs at least %d characters", "密码至少需要 %d 个字符", MinPassword)
	case n > MaxPassword:
		return app.Errorf(app.Invalid, "password_weak", "the password may have at most %d characters", "密码最多 %d 个字符", MaxPassword)
	case strings.EqualFold(password, email):
		return app.Errorf(app.Invalid, "password_weak", "the password must not be the e-mail address", "密码不能与邮箱相同")
	case strings.Count(password, string([]rune(password)[:1])) == n:
		return app.Errorf(app.Invalid, "password_weak", "the password must not be one character repeated", "密码不能全是同一个字符")
	}
	return nil
}

// hash is the argon2id of a password in PHC form.
func (a *Accounts) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	key, err := a.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, b64(salt), b64(key)), nil
}

// matches tells whether a password is the one hashed. An empty or foreign hash matches nothing and costs the same time.
func (a *Accounts) matches(ctx context.Context, password, phc string) (bool, error) {
	salt, want := parsePHC(phc)
	got, err := a.derive(ctx, password, salt)
	return err == nil && len(want) == keySize && subtle.ConstantTimeCompare(got, want) == 1, err
}

// derive runs argon2id in one of a few slots.
func (a *Accounts) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case a.queued <- struct{}{}:
		defer func() { <-a.queued }()
	default:
		return nil, app.Errorf(app.Unavailable, "busy", "too many people are signing in at once; try again in a moment", "同时登录的人数过多，请稍后再试").After(2)
	}
	select {
	case a.hashes <- struct{}{}:
		defer func() { <-a.hashes }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if len(password) > 4*MaxPassword {
		password = password[:4*MaxPassword] // no stored password is this long; the cost stays bounded
	}
	return argon2.IDKey(norm.NFKC.Bytes([]byte(password)), salt, argonTime, argonMemory, 1, keySize), nil
}

// parsePHC takes salt and key out of a hash that we made. Of anything else it returns a salt of the right size and no key.
func parsePHC(phc string) (salt, key []byte) {
	p := strings.Split(phc, "$")
	cost := fmt.Sprintf("m=%d,t=%d,p=1", argonMemory, argonTime)
	if len(p) == 6 && p[1] == "argon2id" && p[2] == fmt.Sprintf("v=%d", argon2.Version) && p[3] == cost {
		salt, err := base64.RawStdEncoding.DecodeString(p[4])
		key, err2 := base64.RawStdEncoding.DecodeString(p[5])
		if err == nil && err2 == nil {
			return salt, key
		}
	}
	return make([]byte, saltSize), nil
}
