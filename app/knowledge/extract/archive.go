package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// An archive is a document that is a zip file. Its members are read one by one, and each reading counts.
type archive struct {
	members map[string]*zip.File
	read    int64
}

var oleMagic = []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")

func openArchive(b []byte) (*archive, error) {
	if bytes.HasPrefix(b, oleMagic) && bytes.Contains(b, utf16le("EncryptedPackage")) {
		return nil, encrypted()
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxMembers {
		return nil, unsafe(fmt.Sprintf("an archive of more than %d files", maxMembers), fmt.Sprintf("压缩包内文件超过 %d 个", maxMembers))
	}
	a := &archive{members: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		name := strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")
		if a.members[name] == nil {
			a.members[name] = f
		}
	}
	return a, nil
}

var errNoMember = errors.New("a part is missing")

// member is the content of a member.
func (a *archive) member(name string) ([]byte, error) {
	f := a.members[name]
	if f == nil {
		return nil, fmt.Errorf("%w: %s", errNoMember, name)
	}
	const encryptedFlag = 1
	if f.Flags&encryptedFlag != 0 {
		return nil, encrypted()
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, maxUnpacked-a.read+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if a.read += int64(len(b)); a.read > maxUnpacked {
		return nil, unsafe(fmt.Sprintf("it unpacks to more than %d MB", maxUnpacked>>20), fmt.Sprintf("解压后超过 %d MB", maxUnpacked>>20))
	}
	return b, r.Close()
}

// xml is a member as XML.
func (a *archive) xml(name string) (*xmlReader, error) {
	b, err := a.member(name)
	if err != nil {
		return nil, err
	}
	return newXML(b)
}

// relations are the targets of a part of an OOXML document by id, as names of members. External ones are left out.
func (a *archive) relations(part string) (targets, kinds map[string]string, err error) {
	dir, file := path.Split(part)
	x, err := a.xml(dir + "_rels/" + file + ".rels")
	if errors.Is(err, errNoMember) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	targets, kinds = map[string]string{}, map[string]string{}
	err = x.each(func(e element) error {
		return x.each(func(e element) error {
			if e.Name.Local != "Relationship" || e.attr("TargetMode") == "External" {
				return nil
			}
			target := e.attr("Target")
			if !strings.HasPrefix(target, "/") {
				target = path.Join("/", dir, target)
			}
			targets[e.attr("Id")] = strings.TrimPrefix(path.Clean(target), "/")
			kinds[e.attr("Id")] = path.Base(e.attr("Type"))
			return nil
		}, nil)
	}, nil)
	return targets, kinds, err
}

// mainPart is the name of the part that an OOXML document begins with.
func (a *archive) mainPart(usual string) (string, error) {
	targets, kinds, err := a.relations("")
	if err != nil {
		return "", err
	}
	for id, kind := range kinds {
		if kind == "officeDocument" && a.members[targets[id]] != nil {
			return targets[id], nil
		}
	}
	if a.members[usual] == nil {
		return "", fmt.Errorf("%w: %s", errNoMember, usual)
	}
	return usual, nil
}

func utf16le(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}
