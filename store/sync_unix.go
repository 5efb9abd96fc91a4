//go:build !windows

package store

import "os"

// syncDir makes a rename inside the directory durable.
func syncDir(d *os.File) error { return d.Sync() }
