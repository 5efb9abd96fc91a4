package frame

import (
	"strings"

	"islet/app"
)

// kept are the codes that Dify has too, or that its clients know from the HTTP status alone.
var kept = map[string]bool{
	"app_unavailable": true, "not_chat_app": true, "not_workflow_app": true, "invalid_param": true, "bad_request": true, "invalid_form_data": true,
	"unauthorized": true, "forbidden": true,
	"not_found": true, "end_user_not_found": true, "file_not_found": true, "file_access_denied": true,
	"file_too_large": true, "unsupported_file_type": true, "no_file_uploaded": true, "too_many_files": true, "filename_not_exists_error": true,
	"dataset_name_duplicate": true, "invalid_action": true, "invalid_metadata": true, "archived_document_immutable": true,
	"speech_to_text_disabled": true, "no_audio_uploaded": true, "audio_too_large": true, "unsupported_audio_type": true, "provider_not_initialize": true,
	"provider_not_support_speech_to_text": true, "model_currently_not_support": true,
	"unsupported_media_type": true, "too_large": true, "canceled": true,
}

// renamed are our codes under Dify's names, with the kind that gives Dify's status.
var renamed = map[string]struct {
	kind app.Kind
	code string
}{
	"follow_up_off":           {app.Invalid, "bad_request"},
	"form_action_unknown":     {app.Invalid, "invalid_form_data"},
	"form_field_missing":      {app.Invalid, "invalid_form_data"},
	"form_field_invalid":      {app.Invalid, "invalid_form_data"},
	"file_name_missing":       {app.Invalid, "filename_not_exists_error"},
	"model_not_chosen":        {app.Invalid, "provider_not_initialize"},
	"model_endpoint_missing":  {app.Invalid, "provider_not_initialize"},
	"model_no_credentials":    {app.Invalid, "provider_not_initialize"},
	"model_disabled":          {app.Invalid, "provider_not_initialize"},
	"model_quota_used_up":     {app.Invalid, "provider_quota_exceeded"},
	"model_not_found":         {app.Invalid, "model_currently_not_support"},
	"model_kind_unsupported":  {app.Invalid, "model_currently_not_support"},
	"model_protocol_unknown":  {app.Invalid, "model_currently_not_support"},
	"model_rate_limited":      {app.RateLimited, "rate_limit_error"},
	"answer_filtered":         {app.Invalid, "completion_request_error"},
	"context_too_long":        {app.Invalid, "completion_request_error"},
	"unsupported_file_format": {app.Unsupported, "unsupported_file_type"},
}

// Dify is e with the code and the status that Dify's clients know. The sentence stays ours.
func Dify(e *app.Error) *app.Error {
	if kept[e.Code] {
		return e
	}
	out := *e
	if r, ok := renamed[e.Code]; ok {
		out.Kind, out.Code = r.kind, r.code
		return &out
	}
	switch e.Kind {
	case app.Internal:
		out = *app.AsError(errInternal)
		out.Err = e
	case app.Unauthorized:
		out.Code = "unauthorized"
	case app.Forbidden:
		out.Code = "forbidden"
	case app.NotFound:
		out.Code = "not_found"
	case app.TooLarge:
		out.Code = "file_too_large"
	case app.Unsupported:
		out.Code = "unsupported_file_type"
	case app.RateLimited:
		out.Code = "too_many_requests"
	case app.Upstream, app.Timeout:
		out.Kind, out.Code = app.Invalid, "completion_request_error"
	case app.Unavailable, app.Canceled: // not now: Dify has no code for it, and the status says enough
	default:
		out.Kind, out.Code = app.Invalid, "invalid_param"
		if strings.HasPrefix(e.Code, "model_") {
			out.Code = "completion_request_error"
		}
	}
	return &out
}

var errInternal = app.Errorf(app.Internal, "internal_server_error",
	"the server met an internal error; try again, and look at its log if it persists",
	"服务器内部错误；请重试，若仍出现请查看服务器日志")
