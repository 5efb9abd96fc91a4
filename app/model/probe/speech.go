package probe

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"islet/app/model"
	"islet/app/model/provider"
)

// hear has a second of silence written down: what matters is that the server takes the recording.
func (e *exam) hear(ctx context.Context) verdict {
	t, ok := e.server.With(e.Key).(model.Transcriber)
	if !ok {
		return say(Skip, "not needed: this protocol has no speech recognition", "该协议不支持语音识别")
	}
	tap := &provider.Tap{}
	text, err := t.Transcribe(provider.WithTap(ctx, tap), e.speechModel, &model.Audio{Name: "speech.wav", MIME: "audio/wav", Data: silence()})
	if err != nil {
		return failed(Fail, err).because(rawOr(tap, err))
	}
	if text != "" {
		return say(Info, "%[1]s takes recordings; out of a second of silence it made %.40[2]q, as many models do", "%[1]s 可以识别录音；对一秒静音它识别出 %.40[2]q，许多模型都会如此", e.speechModel, text).because(tap.Raw())
	}
	return say(OK, "%s takes recordings", "%s 可以识别录音", e.speechModel)
}

// silence is one second of nothing as a WAV file: 16 bits, mono, 16 kHz, which every recogniser takes.
func silence() []byte {
	const rate = 16000
	var b bytes.Buffer
	le := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // into memory
	b.WriteString("RIFF")
	le(uint32(36 + 2*rate))
	b.WriteString("WAVEfmt ")
	le(uint32(16))
	le([]uint16{1, 1})
	le([]uint32{rate, 2 * rate})
	le([]uint16{2, 16})
	b.WriteString("data")
	le(uint32(2 * rate))
	b.Write(make([]byte, 2*rate))
	return b.Bytes()
}

// speak has one word said, and tells of the voices and of what the sound comes as.
func (e *exam) speak(ctx context.Context) verdict {
	t, ok := e.server.With(e.Key).(model.Speaker)
	if !ok {
		return say(Skip, "not needed: this protocol does not read aloud", "该协议不支持语音合成")
	}
	s, err := t.Speak(ctx, e.voiceModel, "", "你好")
	if err != nil {
		return failed(Fail, err).because(model.Detail(err))
	}
	n, err := io.Copy(io.Discard, s)
	if err := errors.Join(err, s.Close()); err != nil {
		return failed(Fail, err).because(model.Detail(err))
	}
	if n == 0 {
		return say(Fail, "%s answered without any sound; check its voices", "%s 没有返回任何声音；请检查其音色", e.voiceModel)
	}
	if voice := e.server.Profile().Voices[e.voiceModel]; voice != "" {
		return say(Info, "%[1]s speaks, but wants a voice to be named; islet names %[2]s where an app names none", "%[1]s 可以朗读，但要求指定音色；应用未指定时 islet 使用 %[2]s", e.voiceModel, voice)
	}
	kind := strings.ToUpper(strings.TrimPrefix(s.MIME, "audio/"))
	if s.MIME != "audio/mpeg" {
		return say(Info, "%[1]s speaks, as %[2]s; long answers begin sooner where a server makes MP3", "%[1]s 可以朗读，格式为 %[2]s；若服务支持 MP3，长回答会更快开始播放", e.voiceModel, kind)
	}
	vs, err := t.Voices(ctx, e.voiceModel)
	if err != nil || len(vs) == 0 {
		return say(OK, "%s speaks, as MP3; it lists no voices", "%s 可以朗读，格式为 MP3；未列出音色", e.voiceModel)
	}
	return say(OK, "%[1]s speaks, as MP3, with %[2]d voices, for example %[3]s", "%[1]s 可以朗读，格式为 MP3，有 %[2]d 种音色，例如 %[3]s", e.voiceModel, len(vs), vs[0].Name)
}
