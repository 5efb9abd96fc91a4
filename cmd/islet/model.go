package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"islet/app"
	"islet/app/egress"
	"islet/app/model/probe"
)

// modelCmd is `islet model`.
type modelCmd struct {
	Probe probeCmd `cmd:"" help:"ask a model server what it can do, and say each finding as a sentence"`
}

// probeCmd is `islet model probe URL`. It needs no data directory and stores nothing.
type probeCmd struct {
	URL        string `arg:"" help:"base URL of the model server, for example http://10.0.0.5:8000/v1"`
	Protocol   string `help:"openai, ollama, anthropic, gemini, azure, tei, jina" default:"openai"`
	Key        string `help:"the server's key"`
	Chat       string `help:"chat model to ask; the first that the server lists otherwise"`
	Embed      string `help:"embedding model to ask"`
	Rerank     string `help:"rerank model to ask"`
	Speech     string `help:"model to hear with"`
	Voice      string `help:"model to read aloud with"`
	CA         string `help:"file with a private certificate authority (PEM)" type:"existingfile"`
	SkipVerify bool   `help:"accept any certificate"`
	JSON       bool   `help:"print one JSON object a finding, with the raw bytes"`
}

var marks = map[string]string{probe.OK: "✓", probe.Warn: "!", probe.Fail: "✗", probe.Skip: "-", probe.Info: "·"}

// Run prints the findings as they come. It fails when a finding failed.
func (c *probeCmd) Run(ctx context.Context, e *env) error {
	ep := &app.Endpoint{Name: c.URL, Vendor: "custom", Protocol: c.Protocol, BaseURL: c.URL, Options: app.EndpointOptions{SkipVerify: c.SkipVerify}}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return err
		}
		ep.Options.CA = string(pem)
	}
	t := probe.Target{Endpoint: ep, Key: c.Key, Chat: c.Chat, Embed: c.Embed, Rerank: c.Rerank, Speech: c.Speech, Voice: c.Voice}
	counts := map[string]int{}
	profile, models, err := probe.Run(ctx, egress.New(egress.Options{}), t, probe.Options{}, func(f app.Finding) {
		counts[f.Status]++
		if c.JSON {
			b, _ := json.Marshal(f) // a finding always marshals
			fmt.Fprintln(e.Out, string(b))
			return
		}
		fmt.Fprintf(e.Out, "%s %-18s %s\n", marks[f.Status], f.Check, f.Text.In(e.Lang))
	})
	if err != nil {
		return err
	}
	if !c.JSON {
		e.say(app.Textf("%d checks: %d good, %d to look at, %d failed, %d skipped; %d models", "共 %d 项检查：%d 项正常，%d 项需留意，%d 项失败，%d 项跳过；%d 个模型",
			len(profile.Findings), counts[probe.OK]+counts[probe.Info], counts[probe.Warn], counts[probe.Fail], counts[probe.Skip], len(models)))
	}
	if profile.Failed > 0 {
		return app.Errorf(app.Upstream, "probe_failed", "%d of the checks failed; the sentences marked ✗ say what to do", "有 %d 项检查失败；标有 ✗ 的句子说明了处理办法", profile.Failed)
	}
	return nil
}
