// Package assets holds the built front end, so that the binary is the whole product.
package assets

import (
	"embed"
	"io/fs"
)

// dist is what `make ui` leaves: text files compressed as name.gz, the others plain. In a checkout without a build it holds
// only a placeholder, and the server says that there is no UI.
//
//go:embed all:dist
var dist embed.FS

// UI is the built front end, its root at index.html.gz.
func UI() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}
