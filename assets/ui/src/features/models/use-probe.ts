// One live probe: findings arrive one by one, and at the end what was learnt.
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, asApiError, isAbort, isRecord } from "@/api/client";
import { read } from "@/api/stream";
import type { EndpointView, Finding, ProbeDone } from "@/api/types";

export interface Probe {
  state: "idle" | "running" | "done" | "failed";
  findings: Finding[];
  done: ProbeDone | null;
  error: ApiError | null;
  start: (open: (signal: AbortSignal) => Promise<Response>) => void;
  reset: () => void;
}

export function useProbe(onDone?: (d: ProbeDone) => void): Probe {
  const [state, setState] = useState<Probe["state"]>("idle");
  const [findings, setFindings] = useState<Finding[]>([]);
  const [done, setDone] = useState<ProbeDone | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const wire = useRef<AbortController | null>(null);
  const after = useRef(onDone);
  useEffect(() => {
    after.current = onDone;
  });
  useEffect(() => () => wire.current?.abort(), []);

  const reset = useCallback(() => {
    wire.current?.abort();
    setState("idle");
    setFindings([]);
    setDone(null);
    setError(null);
  }, []);

  const start = useCallback(
    (open: (signal: AbortSignal) => Promise<Response>) => {
      reset();
      const ctl = new AbortController();
      wire.current = ctl;
      setState("running");
      const run = async (): Promise<ProbeDone> => {
        const res = await open(ctl.signal);
        if (res.body)
          for await (const e of read(res.body)) {
            if (e.event === "finding") {
              const f: Finding = JSON.parse(e.data);
              setFindings((list) => [...list.filter((x) => x.check !== f.check), f]);
            } else if (e.event === "done") {
              const d: ProbeDone = JSON.parse(e.data);
              return d;
            } else if (e.event === "saved") {
              const v: EndpointView = JSON.parse(e.data);
              return { profile: v.endpoint.profile, protocol: v.endpoint.protocol, models: v.models };
            } else if (e.event === "error") {
              const v: unknown = JSON.parse(e.data);
              const text = (k: string): string => (isRecord(v) && typeof v[k] === "string" ? v[k] : "");
              throw new ApiError(text("code"), text("message"), isRecord(v) ? Number(v["status"] ?? 0) : 0, text("request_id"));
            }
          }
        throw new ApiError("stream_cut", "", 0);
      };
      run().then(
        (d) => {
          if (ctl.signal.aborted) return;
          setDone(d);
          setState("done");
          after.current?.(d);
        },
        (err: unknown) => {
          if (isAbort(err) || ctl.signal.aborted) return;
          setError(asApiError(err));
          setState("failed");
        },
      );
    },
    [reset],
  );

  return { state, findings, done, error, start, reset };
}
