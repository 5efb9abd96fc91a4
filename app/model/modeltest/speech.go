package modeltest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// Heard is what the scripted server writes down of every recording that is not text; of text it writes down the text.
const Heard = "会议几点开始？"

// Voices are those of the scripted server, in the forms that servers list them in; nobody has a voice called nobody.
var Voices = []any{"alloy", map[string]any{"id": "nova", "name": "Nova", "language": "en"}, map[string]any{"voice_id": "zf_xiaoxiao", "languages": []string{"zh"}},
	map[string]any{"id": "other", "model_id": "another-model"}}

// transcribe answers /audio/transcriptions. A model whose name begins with sensevoice says first what it thinks of the recording.
func (s *Server) transcribe(w http.ResponseWriter, r *http.Request, body []byte) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		fail(w, http.StatusBadRequest, "no multipart form", "")
		return
	}
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(64 << 20)
	if err != nil || len(form.File["file"]) != 1 || len(form.Value["model"]) != 1 {
		fail(w, http.StatusBadRequest, "file and model are required", "")
		return
	}
	f, err := form.File["file"][0].Open()
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	said, err := io.ReadAll(f)
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	text := Heard
	if t, ok := strings.CutPrefix(string(said), "say "); ok {
		text = t
	}
	if strings.HasPrefix(form.Value["model"][0], "sensevoice") {
		text = "<|zh|><|NEUTRAL|><|Speech|><|withitn|>" + text
	}
	answer(w, map[string]any{"text": " " + text + "\n"})
}

// speak answers /audio/speech: a short tone, or, from a model whose name ends in mp3, the words themselves as if they were MP3.
// One that ends in picky wants a voice named, and makes WAV only.
func (s *Server) speak(w http.ResponseWriter, body []byte) {
	var in struct {
		Model, Input, Voice string
		Format              string `json:"response_format"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Input == "" {
		fail(w, http.StatusBadRequest, "input is required", "")
		return
	}
	picky := strings.HasSuffix(in.Model, "picky")
	switch {
	case picky && in.Voice == "":
		faults(w, "voice", "Field required")
	case picky && in.Format != "wav":
		faults(w, "response_format", "Input should be 'wav' or 'pcm'")
	case in.Voice == "nobody":
		fail(w, http.StatusBadRequest, "no such voice", "")
	case strings.HasSuffix(in.Model, "json"):
		answer(w, map[string]any{"ok": true})
	case strings.HasSuffix(in.Model, "mp3"):
		w.Header().Set("Content-Type", "audio/mpeg")
		_, _ = fmt.Fprintf(w, "[%s:%s]", in.Voice, in.Input) // the client may be gone
	default:
		w.Header().Set("Content-Type", "audio/wav")
		_, _ = w.Write(tone()) // the client may be gone
	}
}

// faults answers as FastAPI does to a field that it does not take.
func faults(w http.ResponseWriter, name, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_ = json.NewEncoder(w).Encode(map[string]any{"detail": []any{map[string]any{"loc": []string{"body", name}, "msg": message}}}) // the client may have left
}

// tone is a fifth of a second of 440 Hz as a WAV file: 16 bits, mono, 8 kHz.
func tone() []byte {
	const rate, n = 8000, 1600
	var b bytes.Buffer
	b.WriteString("RIFF")
	le := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // into memory
	le(uint32(36 + 2*n))
	b.WriteString("WAVEfmt ")
	le(uint32(16))
	le([]uint16{1, 1})
	le([]uint32{rate, 2 * rate})
	le([]uint16{2, 16})
	b.WriteString("data")
	le(uint32(2 * n))
	for i := range n {
		le(int16(8000 * math.Sin(2*math.Pi*440*float64(i)/rate)))
	}
	return b.Bytes()
}
