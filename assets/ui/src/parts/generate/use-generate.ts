// What a model writes for who builds an app: one stream at a time, every finished text kept as a version.
import { useCallback, useEffect, useRef, useState } from "react";
import type { ApiError } from "@/api/client";
import { asApiError, isAbort } from "@/api/client";
import type { Generated, GenerateInput } from "@/api/make";
import { generate } from "@/api/make";

export interface Writing {
  versions: Generated[];
  /** The version that is shown; -1 while there is none. */
  at: number;
  show: (i: number) => void;
  /** What has come of the one that is being written; null while nothing is. */
  coming: string | null;
  error: ApiError | null;
  start: (b: GenerateInput) => void;
  stop: () => void;
}

export function useGenerate(): Writing {
  const [versions, setVersions] = useState<Generated[]>([]);
  const [at, show] = useState(-1);
  const [coming, setComing] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const wire = useRef<AbortController | null>(null);
  useEffect(() => () => wire.current?.abort(), []);

  const stop = useCallback(() => {
    wire.current?.abort();
    setComing(null);
  }, []);

  const start = useCallback((b: GenerateInput) => {
    wire.current?.abort();
    const ctl = new AbortController();
    wire.current = ctl;
    setError(null);
    setComing("");
    void (async () => {
      let text = "";
      let frame = 0;
      try {
        for await (const s of generate(b, ctl.signal)) {
          if (ctl.signal.aborted) return;
          if (s.kind === "delta") {
            text += s.text;
            if (frame === 0) frame = requestAnimationFrame(() => { frame = 0; setComing(text); });
            continue;
          }
          setVersions((v) => {
            show(v.length);
            return [...v, s.result];
          });
        }
      } catch (err) {
        if (!isAbort(err) && !ctl.signal.aborted) setError(asApiError(err));
      } finally {
        cancelAnimationFrame(frame);
        if (wire.current === ctl) setComing(null);
      }
    })();
  }, []);

  return { versions, at, show, coming, error, start, stop };
}
