package builtin

import (
	"maps"
	"slices"
)

// Held are the names of the models in memory.
func (s *Shelf) Held() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.loaded))
}
