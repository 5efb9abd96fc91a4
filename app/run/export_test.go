package run

// InMemory counts the runs that the manager holds.
func (m *Manager) InMemory() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live)
}
