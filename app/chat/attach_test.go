package chat

import (
	"testing"

	"islet/app"
)

func TestReadable_onlyTextThatIsHere(t *testing.T) {
	tests := []struct {
		method, mime string
		want         bool
	}{
		{"local_file", "text/plain; charset=utf-8", true},
		{"local_file", "text/markdown", true},
		{"local_file", "application/json", true},
		{"local_file", "application/pdf", false},
		{"local_file", documents["docx"], false},
		{"remote_url", "text/plain", false}, // nothing is fetched
	}
	for _, tt := range tests {
		if got := readable(&app.Attachment{Method: tt.method, MIME: tt.mime}); got != tt.want {
			t.Errorf("readable(%s by %s) = %v, want %v", tt.mime, tt.method, got, tt.want)
		}
	}
}
