package vector

import "errors"

// newCoder says that the library does not compile for Windows.
func newCoder(shape, string) (engine, error) {
	return nil, errors.New("vector: engine coder is not built on Windows")
}
