package probe

import (
	"context"
	"sync"
	"time"

	"islet/app/model"
)

// cancel breaks an answer off after its first piece and looks whether the server is free again at once.
func (e *exam) cancel(ctx context.Context) verdict {
	c, ok := e.server.With(e.Key).(model.Chatter)
	if !ok {
		return noChatModel()
	}
	long := request(e.chatModel, "count to 2000", 4000)
	for _, err := range c.Chat(ctx, long) {
		if err != nil {
			return failed(Fail, err)
		}
		break
	}
	st, err := e.ask(ctx, e.server, request(e.chatModel, "Say hello in one short sentence.", 16))
	if err != nil && st.first == 0 {
		return failed(Fail, err)
	}
	if e.streamed.first > 0 && st.first > 2*time.Second && st.first > 3*e.streamed.first {
		return say(Warn, "after an answer was stopped the next one took %d ms; the server seems to finish stopped answers first", "中止回答后，下一个回答等待了 %d 毫秒；服务可能仍在生成已中止的内容", st.first.Milliseconds())
	}
	return say(OK, "an answer can be stopped, and the server is free again at once", "中止回答后服务可立即响应")
}

// concurrency asks four questions together.
func (e *exam) concurrency(ctx context.Context) verdict {
	const n = 4
	var wg sync.WaitGroup
	var mu sync.Mutex // guards worst and failure
	var worst time.Duration
	var failure error
	for range n {
		wg.Go(func() {
			st, err := e.ask(ctx, e.server, request(e.chatModel, "count to 20", 64))
			mu.Lock()
			defer mu.Unlock()
			worst = max(worst, st.took)
			if err != nil {
				failure = err
			}
		})
	}
	wg.Wait()
	if failure != nil {
		v := failed(Warn, failure)
		v.text.En = "not all of four questions asked together were answered: " + v.text.En
		v.text.Zh = "同时提出的四个问题未能全部回答：" + v.text.Zh
		return v
	}
	if one := e.streamed.took; one > 50*time.Millisecond && worst > 3*one {
		return say(Warn, "four questions together take %[1].1f times as long as one; the server answers one after the other (Ollama: OLLAMA_NUM_PARALLEL)",
			"四个并发请求的耗时是单个的 %[1].1f 倍；服务在排队处理（Ollama 可设置 OLLAMA_NUM_PARALLEL）", float64(worst)/float64(one))
	}
	return say(OK, "four questions together are answered within %d ms", "四个并发请求均在 %d 毫秒内完成", worst.Milliseconds())
}
