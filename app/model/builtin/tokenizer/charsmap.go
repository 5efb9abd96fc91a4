package tokenizer

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// charsmap is the table of rewritings that SentencePiece compiles into its models: a double-array trie over the bytes to
// be rewritten, whose values are places in a block of texts that end with a zero byte.
type charsmap struct {
	units []uint32
	texts []byte
}

// parseCharsmap reads the table in base64; an empty one rewrites nothing.
func parseCharsmap(encoded string) (*charsmap, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("its precompiled_charsmap is not base64: %w", err)
	}
	if len(raw) == 0 {
		return &charsmap{}, nil
	}
	const word = 4
	if len(raw) < word {
		return nil, fmt.Errorf("its precompiled_charsmap is cut off")
	}
	n := int(binary.LittleEndian.Uint32(raw))
	if raw = raw[word:]; n%word != 0 || n > len(raw) {
		return nil, fmt.Errorf("its precompiled_charsmap is cut off")
	}
	m := &charsmap{units: make([]uint32, n/word), texts: raw[n:]}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(raw[i*word:])
	}
	return m, nil
}

// The fields of a unit of the trie.
func offset(u uint32) uint32    { return u >> 10 << (u & (1 << 9) >> 6) }
func label(u uint32) uint32     { return u & (1<<31 | 0xff) }
func hasLeaf(u uint32) bool     { return u>>8&1 == 1 }
func leafValue(u uint32) uint32 { return u & (1<<31 - 1) }
func (m *charsmap) at(i uint32) (u uint32, ok bool) {
	if int64(i) >= int64(len(m.units)) {
		return 0, false
	}
	return m.units[i], true
}

// longest is the rewriting of the longest key that s begins with, and the key's bytes; 0 if there is none.
func (m *charsmap) longest(s string) (text string, n int) {
	pos := uint32(0)
	u, ok := m.at(0)
	if !ok {
		return "", 0
	}
	pos ^= offset(u)
	for i := range len(s) {
		pos ^= uint32(s[i])
		if u, ok = m.at(pos); !ok || label(u) != uint32(s[i]) {
			break
		}
		pos ^= offset(u)
		if !hasLeaf(u) {
			continue
		}
		if leaf, ok := m.at(pos); ok {
			text, n = m.text(leafValue(leaf)), i+1
		}
	}
	return text, n
}

func (m *charsmap) text(at uint32) string {
	if int64(at) >= int64(len(m.texts)) {
		return ""
	}
	end := at
	for int(end) < len(m.texts) && m.texts[end] != 0 {
		end++
	}
	return string(m.texts[at:end])
}

// normalise rewrites a text from left to right, the longest key first.
func (m *charsmap) normalise(s string) string {
	if len(m.units) == 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		text, n := m.longest(s)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s)
			text = s[:n]
		}
		b.WriteString(text)
		s = s[n:]
	}
	return b.String()
}
