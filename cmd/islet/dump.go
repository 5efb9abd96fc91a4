package main

import (
	"context"

	"islet/store/backup"
)

// dumpCmd is `islet dev dump`: equal data print equal lines, so that a restore can be compared with its original.
type dumpCmd struct{ dataFlags }

// Run prints the dump.
func (c *dumpCmd) Run(ctx context.Context, e *env) error {
	if err := mustHoldData(c.Data); err != nil {
		return err
	}
	return backup.Dump(ctx, c.Data, e.Out)
}
