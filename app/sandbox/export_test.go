package sandbox

import (
	"maps"
	"slices"
)

// Workers are the process ids of the living workers.
func (p *Pool) Workers() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var pids []int
	for _, w := range slices.Collect(maps.Keys(p.live)) {
		pids = append(pids, w.cmd.Process.Pid)
	}
	return pids
}
