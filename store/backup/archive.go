package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"islet/app"
)

// scryptWork is the cost of a passphrase: 2^15 takes 32 MiB and a tenth of a second. age's own default of 2^18 takes 256 MiB,
// more than a small machine can give beside its work. Harder files, made by the age tool, are read up to 2^18.
const (
	scryptWork    = 15
	maxScryptWork = 18
)

// windowMax bounds the memory that a hostile zstd stream can ask for; the encoder's own window is 8 MiB.
const windowMax = 32 << 20

// pack writes the archive of m to w. open returns the bytes of each member.
func pack(ctx context.Context, w io.Writer, passphrase string, m *Manifest, open func(Member) (io.ReadCloser, error)) error {
	var closers []io.Closer
	if passphrase != "" {
		r, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return err
		}
		r.SetWorkFactor(scryptWork)
		sealed, err := age.Encrypt(w, r)
		if err != nil {
			return err
		}
		w, closers = sealed, append(closers, sealed)
	}
	seal := newSealWriter(w)
	z, err := zstd.NewWriter(seal, zstd.WithEncoderConcurrency(1)) // one core stays with the people who chat
	if err != nil {
		return err
	}
	if err := packTar(ctx, z, m, open); err != nil {
		return errors.Join(err, z.Close())
	}
	if err := errors.Join(z.Close(), seal.seal()); err != nil {
		return err
	}
	for _, c := range closers {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

func packTar(ctx context.Context, w io.Writer, m *Manifest, open func(Member) (io.ReadCloser, error)) error {
	t := tar.NewWriter(w)
	raw := m.encode()
	add := func(name string, size int64, r io.Reader) error {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: m.CreatedAt, Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		_, err := io.Copy(t, &patient{ctx: ctx, r: r})
		return err
	}
	if err := add(manifestName, int64(len(raw)), bytes.NewReader(raw)); err != nil {
		return err
	}
	for _, x := range m.Members {
		r, err := open(x)
		if err != nil {
			return err
		}
		if err := errors.Join(add(x.Name, x.Size, r), r.Close()); err != nil {
			return err
		}
	}
	if err := add(endName, int64(len(raw)), bytes.NewReader(raw)); err != nil {
		return err
	}
	return t.Close()
}

// patient stops reading when its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.r.Read(b)
}

// sink is where unpacked members go. begin is asked once the manifest is known, before anything is made.
type sink struct {
	begin  func(*Manifest) error
	create func(Member) (io.WriteCloser, error)
}

// unpack reads an archive to its last byte and returns its manifest. It trusts nothing: the members must be those of the
// manifest, in order, of the size and with the sum it says; both manifests and the seal must agree.
func unpack(ctx context.Context, r io.Reader, passphrase string, to sink) (*Manifest, error) {
	plain, err := decrypt(&patient{ctx: ctx, r: r}, passphrase)
	if err != nil {
		return nil, err
	}
	seal := newSealReader(plain)
	z, err := zstd.NewReader(seal, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowMax), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	u := &unpacking{tar: tar.NewReader(z), rest: z}
	m, err := u.run(to)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return m, err
}

// decrypt takes the age envelope off, if there is one.
func decrypt(r io.Reader, passphrase string) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(len(ageMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(head, zstdMagic) {
		return b, nil
	}
	if !bytes.Equal(head, ageMagic) {
		return nil, broken(manifestName, "is missing: this is no islet backup", "不存在：这不是 islet 备份文件", nil)
	}
	if passphrase == "" {
		return nil, app.Errorf(app.Refused, "passphrase_needed", "the backup is encrypted; give its passphrase", "该备份已加密；请提供口令")
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxScryptWork)
	plain, err := age.Decrypt(b, id)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, app.Errorf(app.Refused, "passphrase_wrong", "the passphrase does not open this backup, or the file is damaged at its beginning", "口令不正确，或备份文件开头已损坏").Because(err)
	}
	if err != nil {
		return nil, broken(manifestName, "is out of reach: the file is damaged at its beginning", "无法读取：文件开头已损坏", err)
	}
	return plain, nil
}

var (
	ageMagic  = []byte("age-encryption.org/v1\n")
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// unpacking is one archive being read.
type unpacking struct {
	tar  *tar.Reader
	rest io.Reader // what tar reads from
}

func (u *unpacking) run(to sink) (*Manifest, error) {
	first, err := u.manifest(manifestName)
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(first)
	if err != nil {
		return nil, err
	}
	if err := to.begin(m); err != nil {
		return nil, err
	}
	for _, x := range m.Members {
		if err := u.member(x, to); err != nil {
			return nil, err
		}
	}
	last, err := u.manifest(endName)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, last) {
		return nil, broken(endName, "differs from the first manifest", "与开头的清单不一致", nil)
	}
	return m, u.end()
}

// next goes to the member that must come now.
func (u *unpacking) next(name string) (*tar.Header, error) {

	h, err := u.tar.Next()
	if err != nil {
		return nil, broken(name, "is missing or damaged", "缺失或已损坏", err)
	}
	if h.Name != name || h.Typeflag != tar.TypeReg {
		return nil, broken(h.Name, "stands where another member belongs", "出现在不该出现的位置", nil)
	}
	return h, nil
}

func (u *unpacking) manifest(name string) ([]byte, error) {
	h, err := u.next(name)
	if err != nil {
		return nil, err
	}
	if h.Size > maxManifest {
		return nil, broken(name, "is too large", "过大", nil)
	}
	raw, err := io.ReadAll(u.tar)
	if err != nil {
		return nil, broken(name, "is damaged", "已损坏", err)
	}
	return raw, nil
}

func (u *unpacking) member(x Member, to sink) (err error) {
	h, err := u.next(x.Name)
	if err != nil {
		return err
	}
	if h.Size != x.Size {
		return broken(x.Name, "has another size than the manifest says", "大小与清单不符", nil)
	}
	w, err := to.create(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	sum := sha256.New()
	dst := &target{w: io.MultiWriter(w, sum)}
	if _, err := io.Copy(dst, u.tar); err != nil {
		if dst.failed {
			return err // ours: the disk
		}
		return broken(x.Name, "is damaged", "已损坏", err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != x.SHA256 {
		return broken(x.Name, "has another checksum than the manifest says", "校验和与清单不符", nil)
	}
	return nil
}

// target remembers that a failed copy was the writer's fault.
type target struct {
	w      io.Writer
	failed bool
}

func (t *target) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.failed = t.failed || err != nil
	return n, err
}

// end makes sure that nothing follows: no member, nothing but zeros, and the right seal.
func (u *unpacking) end() error {

	h, err := u.tar.Next()
	if err == nil {
		return broken(h.Name, "does not belong into a backup", "不属于备份内容", nil)
	}
	if !errors.Is(err, io.EOF) {
		return broken(endName, "is followed by damaged data", "之后的数据已损坏", err)
	}
	buf := make([]byte, 4096)
	for {
		n, err := u.rest.Read(buf)
		for _, b := range buf[:n] {
			if b != 0 {
				return broken(endName, "is followed by foreign data", "之后有多余数据", nil)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return broken(endName, "is followed by a wrong checksum of the whole file", "之后的整体校验和不正确", err)
		}
	}
}
