//go:build !linux

package main

import "islet/app"

// portHolder names nobody: only Linux tells who holds a port without a tool of its own.
func portHolder(string) app.Text { return app.Text{} }
