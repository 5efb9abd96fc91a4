package builtin_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"islet/app/model"
	"islet/app/model/builtin"
)

// BenchmarkUseLite embeds sentences of about 16 tokens, and says how much memory the process holds.
func BenchmarkUseLite(b *testing.B) {
	if !builtin.HasLite() {
		b.Skip("this build has no weights; make weights")
	}
	s := builtin.New(builtin.Options{})
	defer s.Close()
	texts := make([]string, 256)
	for i := range texts {
		texts[i] = "Refunds are paid back within fourteen days after parcel " + strconv.Itoa(i) + " came back"
	}
	before := resident()
	e := server(s).(model.Embedder)
	for b.Loop() {
		if _, err := e.Embed(b.Context(), builtin.Lite, texts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(texts))/b.Elapsed().Seconds(), "texts/s")
	b.ReportMetric(before, "MB-before")
	b.ReportMetric(resident(), "MB-after")
}

// resident is the memory of the process in MB, 0 where the system does not tell.
func resident() float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.Atoi(fields[0])
	return float64(kb) / 1024
}
