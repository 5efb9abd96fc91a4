package extract

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/richardlehane/mscfb"

	"islet/app"
)

// streams are those of the streams in an OLE file, the archive of old Office documents, that are asked for.
func streams(b []byte, names ...string) (map[string][]byte, error) {
	r, err := mscfb.New(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	found, size := map[string][]byte{}, 0
	for range maxMembers {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if f.Name == "EncryptedPackage" {
			return nil, encrypted()
		}
		if !slices.Contains(names, f.Name) || found[f.Name] != nil {
			continue
		}
		s, err := io.ReadAll(io.LimitReader(f, maxUnpacked))
		if err != nil {
			return nil, err
		}
		if size += len(s); size >= maxUnpacked {
			return nil, unsafe("its parts are larger than itself", "其各部分之和大于文件本身")
		}
		found[f.Name] = s
	}
	return found, nil
}

func older(what, save string) *app.Error {
	return app.Errorf(app.Unsupported, "format_unsupported", "the file was written by a version of %s from before 1997; save it as %s",
		"此文件由 1997 年之前的 %s 版本写成，请另存为 %s", what, save)
}
