package store

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/crypto/chacha20poly1305"

	"islet/app"
)

// secret seals credentials with the key in secret.key.
type secret struct{ aead cipher.AEAD }

// openSecret reads the key file, or makes one with 32 random bytes (hex, mode 0600) where there is none.
func openSecret(path string) (*secret, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, chacha20poly1305.KeySize)
		_, _ = rand.Read(key) // never fails (crypto/rand)
		raw = []byte(hex.EncodeToString(key) + "\n")
		err = writeAtomic(path, 0o600, func(w io.Writer) error { _, err := w.Write(raw); return err })
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(string(bytes.TrimSpace(raw)))
	if err != nil || len(key) != chacha20poly1305.KeySize {
		return nil, app.Errorf(app.Conflict, "secret_key_invalid", "%s is not a key of 32 bytes in hex; put the original file back, without it stored credentials cannot be read",
			"%s 不是 32 字节的十六进制密钥；请放回原来的文件，否则无法读取已保存的凭据", path)
	}
	aead, err := chacha20poly1305.NewX(key)
	return &secret{aead: aead}, err
}

// Seal encrypts plain with secret.key (XChaCha20-Poly1305); purpose binds the result to its use: Open with another one fails.
func (db *DB) Seal(purpose, plain string) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return db.secret.aead.Seal(nonce, nonce, []byte(plain), []byte(purpose))
}

// Open reverses Seal. It fails with secret_unreadable if the data was sealed with another key or for another purpose.
func (db *DB) Open(purpose string, sealed []byte) (string, error) {
	if len(sealed) >= chacha20poly1305.NonceSizeX {
		plain, err := db.secret.aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], []byte(purpose))
		if err == nil {
			return string(plain), nil
		}
	}
	return "", app.Errorf(app.Conflict, "secret_unreadable", "a stored credential was sealed with another secret.key; enter it again", "已保存的凭据由另一个 secret.key 加密，无法读取；请重新输入")
}
