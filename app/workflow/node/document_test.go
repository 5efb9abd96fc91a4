package node

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"islet/app"
	"islet/app/model"
)

func TestDecodeText_readsWhatPeoplesMachinesWrite(t *testing.T) {
	const want = "第一条 请假须提前三天"
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"UTF-8": []byte(want), "UTF-8 with a mark": []byte("\uFEFF" + want), "GB18030": gb, "UTF-16": utf16} {
		if got := decodeText(b); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAttached_textFilesAreGivenToTheModelAndPicturesToOneThatSees(t *testing.T) {
	n := &llm{deps: Deps{File: func(_ context.Context, id app.ID) ([]byte, string, error) {
		if id == "long" {
			return []byte(strings.Repeat("字", documentMax+1)), "text/plain", nil
		}
		return []byte("body of " + string(id)), "text/plain", nil
	}}}
	files := []app.Attachment{{Kind: "document", File: "a", Name: "制度.txt"}, {Kind: "image", URL: "http://x/y.png"}, {Kind: "document", URL: "http://x/z.txt"}}
	for _, sees := range []bool{true, false} {
		parts, err := n.attached(t.Context(), files, app.Model{Abilities: app.Abilities{Vision: sees}})
		if err != nil {
			t.Fatal(err)
		}
		if parts[0].Text != "# 制度.txt\n\nbody of a" {
			t.Errorf("the text file is %q", parts[0].Text)
		}
		if got := len(parts) == 2 && parts[1].Kind == model.ImagePart; got != sees {
			t.Errorf("a model that sees (%v) was given %d parts", sees, len(parts))
		}
	}
	long, _, err := n.document(t.Context(), &app.Attachment{File: "long", Name: "l"})
	if err != nil || !strings.HasSuffix(long.Text, "[…]") {
		t.Errorf("a long file does not end with a note (%v)", err)
	}
}

func TestJoinText_makesOnePlainText(t *testing.T) {
	parts := joinText([]model.Part{{Text: "file"}, {Text: "question"}})
	if len(parts) != 1 || parts[0].Text != "file\n\nquestion" {
		t.Errorf("parts = %+v", parts)
	}
}
