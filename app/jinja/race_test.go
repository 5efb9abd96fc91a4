//go:build race

package jinja_test

func init() { racing = true }
