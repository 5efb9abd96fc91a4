package extract

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	pdfiumlib "github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pdfium is PDFium in WebAssembly. Each document gets an instance of its own.
type pdfium struct{ pool pdfiumlib.Pool }

const (
	pdfMemory = 512 << 20 // bytes that PDFium may use for a document
	pageSize  = 64 << 10  // of WebAssembly
)

// LoadPDF makes ready to read PDF. The first time it compiles PDFium for this machine, which takes seconds and 300 MB; the
// result is kept in cacheDir, if it is not "", and taken from there later.
func (r *Reader) LoadPDF(cacheDir string) error {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(pdfMemory / pageSize).WithDebugInfoEnabled(false).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling) // go-pdfium needs the second
	if cacheDir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(cacheDir); err == nil { // without it all is well but slow
			config = config.WithCompilationCache(cache)
		}
	}
	pool, err := webassembly.Init(webassembly.Config{MaxTotal: 1, RuntimeConfig: config, FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		return fmt.Errorf("load pdfium: %w", err)
	}
	r.pdf = &pdfium{pool}
	return nil
}

// readPDF reads the pages one after the other.
func (r *Reader) readPDF(b []byte, p *page) error {
	if r.pdf == nil {
		if err := r.LoadPDF(""); err != nil {
			return err
		}
	}
	return r.pdf.read(b, p)
}

func (f *pdfium) read(b []byte, p *page) (err error) {
	lib, err := f.pool.GetInstance(time.Minute)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lib.Close()) }()
	doc, err := lib.OpenDocument(&requests.OpenDocument{File: &b})
	if errors.Is(err, pdferrors.ErrPassword) || errors.Is(err, pdferrors.ErrSecurity) {
		return encrypted()
	}
	if err != nil {
		return err
	}
	count, err := lib.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil {
		return err
	}
	if count.PageCount > maxPages {
		return tooLarge("more than %d pages", "超过 %d 页", maxPages)
	}
	for i := range count.PageCount {
		got, err := lib.GetPageText(&requests.GetPageText{Page: requests.Page{ByIndex: &requests.PageByIndex{Document: doc.Document, Index: i}}})
		if err != nil {
			return fmt.Errorf("page %d: %w", i+1, err)
		}
		p.turn(i+1, "")
		p.add(pdfText.Replace(got.Text))
		if s := p.b.String(); s != "" && !strings.HasSuffix(s, "\n") {
			p.add("\n")
		}
		if p.full {
			break
		}
	}
	return nil
}

// pdfText makes plain text of PDFium's: it ends lines as Windows does, and marks hyphens that end a line.
var pdfText = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x02\r\n", "", "\x02", "", "\ufffe\r\n", "", "\ufffe", "", "\x00", "")
