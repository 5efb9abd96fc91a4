//go:build !linux

package hnsw

import "unsafe"

func adviseHuge(unsafe.Pointer, uintptr) {}
