package modeltest

import (
	"fmt"
	"net/http"
	"strings"
)

// Quirk is one way in which real servers differ or fail. Wants is "answer" when a client must still get the whole
// answer, otherwise the code of the error that it must name. TLS marks those that need StartTLS.
type Quirk struct {
	Name  string
	Note  string
	Wants string
	TLS   bool

	early func(*Server, http.ResponseWriter, *http.Request) bool // answers instead of the protocol
	frame func(*framing)
	style func(*style)
	reply func(*turn, *reply)
	fault fault
}

// fault is what happens to a stream on its way.
type fault string

const (
	noFault       fault = ""
	faultReset    fault = "reset"
	faultCut      fault = "cut"
	faultEOF      fault = "eof"
	faultHalf     fault = "half"
	faultSilence  fault = "silence"
	faultNoBody   fault = "no_body"
	faultBroken   fault = "broken"
	faultError    fault = "error"
	faultEndless  fault = "endless"
	faultComments fault = "comments"
	faultBytes    fault = "bytes"
	faultDrip     fault = "drip"
	faultShort    fault = "short"
	faultHTTP10   fault = "http10"
	faultGzip     fault = "gzip"
	faultLong     fault = "long"
	faultOpen     fault = "open"
	faultCutEnd   fault = "cut_end"
	faultTLSClose fault = "tls_close"
	faultPause    fault = "pause"
)

const answerOK = "answer"

// Quirks is every switch there is.
var Quirks = []Quirk{
	// how events are framed
	{Name: "no_space", Note: "data:{ without a space", Wants: answerOK, frame: func(f *framing) { f.prefix = "data:" }},
	{Name: "crlf", Note: "lines end in CR LF", Wants: answerOK, frame: func(f *framing) { f.eol = "\r\n" }},
	{Name: "cr", Note: "lines end in CR alone", Wants: answerOK, frame: func(f *framing) { f.eol = "\r" }},
	{Name: "single_newline", Note: "events separated by one newline", Wants: answerOK, frame: func(f *framing) { f.single = true }},
	{Name: "bom", Note: "byte order mark first", Wants: answerOK, frame: func(f *framing) { f.head = "\ufeff" }},
	{Name: "comments", Note: "comment lines between events", Wants: answerOK, frame: func(f *framing) { f.before = ": ping" }},
	{Name: "fields", Note: "event, id and retry lines", Wants: answerOK, frame: func(f *framing) { f.before = "event: message\nid: 7\nretry: 1000" }},
	{Name: "multi_line", Note: "one event over several data lines", Wants: answerOK, frame: func(f *framing) { f.multi = true }},
	{Name: "no_done", Note: "no [DONE] at the end", Wants: answerOK, frame: func(f *framing) { f.done = "" }},
	{Name: "no_final_newline", Note: "last event without newline", Wants: answerOK, frame: func(f *framing) { f.done, f.unended = "", true }},
	{Name: "done_junk", Note: "junk after [DONE]", Wants: answerOK, frame: func(f *framing) { f.tail = "data: {\"oops\nnot an event\n\n<html>" }},
	{Name: "empty_data", Note: "empty data lines between events", Wants: answerOK, frame: func(f *framing) { f.between = "data:" }},
	{Name: "ping_event", Note: "event: ping with {} between events", Wants: answerOK, frame: func(f *framing) { f.between = "event: ping\ndata: {}" }},
	{Name: "bare_json", Note: "JSON lines without data:", Wants: answerOK, frame: func(f *framing) { f.prefix, f.single, f.contentType = "", true, "application/x-ndjson" }},
	{Name: "text_plain", Note: "content type text/plain", Wants: answerOK, frame: func(f *framing) { f.contentType = "text/plain" }},
	{Name: "no_content_type", Note: "no content type", Wants: answerOK, frame: func(f *framing) { f.contentType = "-" }},
	{Name: "json_body", Note: "one JSON body instead of a stream", Wants: answerOK, early: jsonInstead("application/json")},
	{Name: "json_body_as_sse", Note: "one JSON body that calls itself a stream", Wants: answerOK, early: jsonInstead("text/event-stream")},

	// how chunks are written
	{Name: "usage_only", Note: "last chunk holds usage and no choice", Wants: answerOK, style: func(s *style) { s.usage = "always" }},
	{Name: "no_usage", Note: "never tells usage", Wants: answerOK, style: func(s *style) { s.usage = "never" }},
	{Name: "usage_each", Note: "usage in every chunk", Wants: answerOK, style: func(s *style) { s.usage = "each" }},
	{Name: "string_numbers", Note: "numbers as strings, ids as numbers", Wants: answerOK, style: func(s *style) { s.strings = true }},
	{Name: "null_fields", Note: "null wherever nothing is", Wants: answerOK, style: func(s *style) { s.nulls = true }},
	{Name: "legacy_text", Note: "choices[].text as in old completions", Wants: answerOK, style: func(s *style) { s.legacy = true }},
	{Name: "content_parts", Note: "content as a list of parts", Wants: answerOK, style: func(s *style) { s.parts = true }},
	{Name: "whole_message", Note: "message instead of delta", Wants: answerOK, style: func(s *style) { s.message = true }},
	{Name: "no_finish", Note: "finish_reason missing, [DONE] there", Wants: answerOK, style: func(s *style) { s.noFinish = true }},
	{Name: "reasoning_content", Note: "thinking in reasoning_content", Wants: answerOK, reply: thinks, style: func(s *style) { s.reasoning = "reasoning_content" }},
	{Name: "reasoning_field", Note: "thinking in reasoning", Wants: answerOK, reply: thinks, style: func(s *style) { s.reasoning = "reasoning" }},
	{Name: "think_tags", Note: "thinking in <think> tags", Wants: answerOK, reply: thinkTags("<think>\n", "\n</think>\n\n")},
	{Name: "think_attrs", Note: "<THINK a=\"b\"> with attributes and capitals", Wants: answerOK, reply: thinkTags("<THINK depth=\"3\">", "</Think >")},
	{Name: "split_bytes", Note: "every byte in a packet of its own", Wants: answerOK, fault: faultBytes},
	{Name: "split_runes", Note: "characters cut between chunks", Wants: answerOK, style: func(s *style) { s.cutRunes = true }},
	{Name: "tools_no_index", Note: "tool calls without index", Wants: answerOK, reply: twoCalls, style: func(s *style) { s.tools = "no_index" }},
	{Name: "tools_same_index", Note: "several tool calls, all with index 0", Wants: answerOK, reply: twoCalls, style: func(s *style) { s.tools = "same_index" }},
	{Name: "tools_id_repeated", Note: "id and name in every piece", Wants: answerOK, reply: twoCalls, style: func(s *style) { s.tools = "repeat" }},
	{Name: "tools_object", Note: "arguments as an object", Wants: answerOK, reply: twoCalls, style: func(s *style) { s.tools = "object" }},
	{Name: "tools_whole", Note: "whole calls in one chunk", Wants: answerOK, reply: twoCalls, style: func(s *style) { s.tools = "whole" }},
	{Name: "tools_pieces", Note: "arguments in small pieces, ids only first", Wants: answerOK, reply: twoCalls},
	{Name: "tools_function_call", Note: "legacy function_call", Wants: answerOK, reply: oneCall, style: func(s *style) { s.tools = "legacy" }},
	{Name: "tools_finish_stop", Note: "tool calls that finish with stop", Wants: answerOK, reply: func(t *turn, r *reply) { twoCalls(t, r); r.finish = "stop" }},

	// how the connection behaves, and all is well in the end
	{Name: "gzip", Note: "compressed although nobody asked", Wants: answerOK, fault: faultGzip},
	{Name: "long_line", Note: "one line of 10 MB", Wants: answerOK, fault: faultLong},
	{Name: "drip", Note: "one byte at a time", Wants: answerOK, fault: faultDrip},
	{Name: "http10", Note: "HTTP/1.0, ended by closing", Wants: answerOK, fault: faultHTTP10},
	{Name: "keep_open", Note: "connection stays open after [DONE]", Wants: answerOK, fault: faultOpen},
	{Name: "finish_open", Note: "finish_reason, no [DONE], stays open", Wants: answerOK, fault: faultOpen, frame: func(f *framing) { f.done = "" }},
	{Name: "cut_after_finish", Note: "cut off after finish_reason", Wants: answerOK, fault: faultCutEnd, frame: func(f *framing) { f.done = "" }},
	{Name: "429_once", Note: "429 with Retry-After, then well", Wants: answerOK, early: once("429_once", status(429))},
	{Name: "500_once", Note: "500, then well", Wants: answerOK, early: once("500_once", status(500))},
	{Name: "503_once", Note: "503, then well", Wants: answerOK, early: once("503_once", status(503))},
	{Name: "reset_once", Note: "reset before the answer, then well", Wants: answerOK, early: once("reset_once", refuse)},
	{Name: "no_stream_options", Note: "400 on stream_options", Wants: answerOK, early: rejects("stream_options", "Unrecognized request argument supplied: stream_options")},
	{Name: "max_completion_tokens", Note: "400 on max_tokens", Wants: answerOK, early: rejects("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")},
	{Name: "slow_end", Note: "pause between finish_reason and the end", Wants: answerOK, fault: faultPause},

	// TLS
	{Name: "h2_stall", Note: "accepts HTTP/2 and never answers on it", Wants: answerOK, TLS: true},
	{Name: "h2_break", Note: "accepts HTTP/2 and sends garbage", Wants: answerOK, TLS: true},
	{Name: "h2_reset", Note: "resets every HTTP/2 stream", Wants: answerOK, TLS: true},
	{Name: "tls_close", Note: "TLS closed in the middle without notice", Wants: "stream_cut_off", TLS: true, fault: faultTLSClose},

	// failures with a name
	{Name: "refuse", Note: "connection closed at once", Wants: "model_unreachable", early: refuse},
	{Name: "black_hole", Note: "accepts and never answers", Wants: "model_timeout", early: blackHole},
	{Name: "silence_after_headers", Note: "headers, then nothing", Wants: "model_timeout", fault: faultNoBody},
	{Name: "silence_mid", Note: "falls silent in the middle", Wants: "model_timeout", fault: faultSilence},
	{Name: "endless_comments", Note: "comments for ever", Wants: "model_timeout", fault: faultComments},
	{Name: "reset_mid", Note: "reset in the middle", Wants: "stream_cut_off", fault: faultReset},
	{Name: "chunked_cut", Note: "chunked body without its end", Wants: "stream_cut_off", fault: faultCut},
	{Name: "short_length", Note: "fewer bytes than Content-Length", Wants: "stream_cut_off", fault: faultShort},
	{Name: "early_end", Note: "ends cleanly in the middle", Wants: "stream_cut_off", fault: faultEOF},
	{Name: "half_event", Note: "ends cleanly inside an event", Wants: "stream_cut_off", fault: faultHalf},
	{Name: "empty_body", Note: "200 and nothing", Wants: "stream_cut_off", early: emptyBody},
	{Name: "broken_json", Note: "a chunk that is no JSON", Wants: "model_bad_answer", fault: faultBroken},
	{Name: "error_mid", Note: "error object in the middle", Wants: "stream_error", fault: faultError},
	{Name: "error_string_mid", Note: "error as a string in the middle", Wants: "stream_error", fault: faultError, frame: func(f *framing) { f.err = `{"error":"overloaded"}` }},
	{Name: "event_error", Note: "event: error with plain text", Wants: "stream_error", fault: faultError, frame: func(f *framing) { f.errEvent, f.err = true, "the engine died" }},
	{Name: "error_200", Note: "status 200 with an error body", Wants: "stream_error", early: body(200, "application/json", `{"error":{"message":"engine is not ready"}}`)},
	{Name: "endless", Note: "never stops talking", Wants: "answer_too_long", fault: faultEndless},
	{Name: "endless_tools", Note: "never stops calling tools", Wants: "answer_too_long", fault: faultEndless, reply: twoCalls},
	{Name: "gzip_bomb", Note: "1 GB in 1 MB", Wants: "answer_too_long", early: gzipBomb},
	{Name: "429_forever", Note: "429 always", Wants: "model_rate_limited", early: status(429)},
	{Name: "500_forever", Note: "500 always", Wants: "model_server_error", early: status(500)},
	{Name: "529_overloaded", Note: "529, as Anthropic says it", Wants: "model_server_error", early: status(529)},
	{Name: "401", Note: "key refused", Wants: "model_auth_failed", early: status(401)},
	{Name: "403", Note: "key not allowed", Wants: "model_auth_failed", early: status(403)},
	{Name: "402", Note: "account empty", Wants: "model_quota_used_up", early: status(402)},
	{Name: "insufficient_quota", Note: "429 that means an empty account", Wants: "model_quota_used_up", early: body(429, "application/json", `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`)},
	{Name: "404_model", Note: "model unknown", Wants: "model_not_found", early: body(404, "application/json", `{"object":"error","message":"The model does not exist.","type":"NotFoundError","code":404}`)},
	{Name: "404_path", Note: "path unknown", Wants: "model_wrong_path", early: body(404, "application/json", `{"detail":"Not Found"}`)},
	{Name: "400", Note: "request refused", Wants: "model_rejected", early: body(400, "application/json", `{"error":{"message":"temperature must be at most 2","type":"invalid_request_error"}}`)},
	{Name: "422_detail", Note: "FastAPI's list of faults", Wants: "model_rejected", early: body(422, "application/json", `{"detail":[{"loc":["body","top_k"],"msg":"extra fields not permitted"}]}`)},
	{Name: "context_too_long", Note: "prompt too long", Wants: "context_too_long", early: body(400, "application/json", `{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens","code":"context_length_exceeded"}}`)},
	{Name: "context_too_long_500", Note: "prompt too long, said with 500", Wants: "context_too_long", early: body(500, "application/json", `{"error":"the request exceeds the available context size, try increasing it"}`)},
	{Name: "html", Note: "a web page with status 200", Wants: "model_bad_answer", early: body(200, "text/html", "<!DOCTYPE html><html><body>Welcome to nginx!</body></html>")},
	{Name: "html_502", Note: "a proxy's error page", Wants: "model_server_error", early: body(502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")},
	{Name: "redirect", Note: "redirects to another path", Wants: "model_redirected", early: redirect},
	{Name: "not_http", Note: "speaks another protocol", Wants: "model_bad_answer", early: notHTTP},
	{Name: "many_headers", Note: "100,000 header lines", Wants: "model_bad_answer", early: manyHeaders},
	{Name: "done_only", Note: "[DONE] and nothing else", Wants: "empty_answer", early: body(200, "text/event-stream", "data: [DONE]\n\n")},
	{Name: "empty_text", Note: "finishes without a word", Wants: "empty_answer", reply: func(_ *turn, r *reply) { *r = reply{finish: "stop"} }},
	{Name: "filtered", Note: "withheld by a content filter", Wants: "answer_filtered", reply: func(_ *turn, r *reply) { *r = reply{finish: "content_filter"} }},
}

func thinks(_ *turn, r *reply) {
	if r.reasoning == nil {
		r.reasoning = tokens("let me think about it")
	}
}

// thinkTags puts the reasoning into the text, cut so that tags are split between chunks.
func thinkTags(open, shut string) func(*turn, *reply) {
	return func(t *turn, r *reply) {
		thinks(t, r)
		text := open + strings.Join(r.reasoning, "") + shut + strings.Join(r.tokens, "")
		r.reasoning, r.tokens = nil, nil
		for len(text) > 0 {
			n := min(5, len(text))
			for n < len(text) && text[n]&0xc0 == 0x80 { // not inside a character
				n++
			}
			r.tokens, text = append(r.tokens, text[:n]), text[n:]
		}
	}
}

func oneCall(_ *turn, r *reply) {
	r.tokens, r.finish = nil, "tool_calls"
	r.calls = []call{{"call_1", "weather", `{"city":"北京","days":2}`}}
}

func twoCalls(t *turn, r *reply) {
	oneCall(t, r)
	r.calls = append(r.calls, call{"call_2", "time", `{"zone":"Asia/Shanghai"}`})
}

func status(code int) func(*Server, http.ResponseWriter, *http.Request) bool {
	return func(s *Server, w http.ResponseWriter, _ *http.Request) bool {
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", fmt.Sprint(max(s.o.RetryAfter, 0)))
		}
		fail(w, code, "scripted failure", "")
		return true
	}
}

func body(code int, contentType, text string) func(*Server, http.ResponseWriter, *http.Request) bool {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(code)
		_, _ = w.Write([]byte(text)) // the client may have left
		return true
	}
}

// once misbehaves on every first of two requests.
func once(name string, f func(*Server, http.ResponseWriter, *http.Request) bool) func(*Server, http.ResponseWriter, *http.Request) bool {
	return func(s *Server, w http.ResponseWriter, r *http.Request) bool {
		return s.odd(name) && f(s, w, r)
	}
}

// Shapes tells whether the quirk changes how the OpenAI protocol writes events; in other protocols it does nothing.
func (q *Quirk) Shapes() bool { return q.frame != nil || q.style != nil }
