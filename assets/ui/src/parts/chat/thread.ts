// The state of one conversation on the screen, pure. Messages form a tree (a regeneration is a sibling with the same parent);
// what is shown is one path through it.
import type { ApiError } from "@/api/client";
import type { Happening } from "@/api/stream";
import type { Attachment, Conversation, Message } from "@/api/types";
import type { Flow } from "@/parts/flow/flow";
import { flow, noFlow } from "@/parts/flow/flow";

/** The id of a message that the server has not confirmed yet. */
export const PENDING = "pending";

export interface Turn {
  message: Message;
  /** What the graph behind the answer did; empty of a message that was read and not followed. */
  flow: Flow;
  /** What the browser noticed: never started, or cut. What the server says is in message.error. */
  problem: ApiError | null;
}

export interface Thread {
  conversation: Conversation | null;
  turns: { readonly [id: string]: Turn };
  /** Ids in the order of creation. */
  order: readonly string[];
  /** Which child of a message (or of "", the start) is shown; the newest where nothing is chosen. */
  chosen: { readonly [parent: string]: string };
  /** The message that is being answered now. */
  live: string | null;
}

export const emptyThread: Thread = { conversation: null, turns: {}, order: [], chosen: {}, live: null };

export type Action =
  | { do: "load"; conversation: Conversation | null; messages: Message[] }
  | { do: "send"; query: string; inputs: { [k: string]: unknown }; files: Attachment[]; parent: string; at: string }
  | { do: "follow"; id: string }
  | { do: "started"; message: Message; conversation: Conversation }
  | { do: "text"; answer: string; reasoning: string }
  | { do: "happened"; event: Happening }
  | { do: "finished"; message: Message; conversation: Conversation }
  | { do: "broke"; problem: ApiError }
  | { do: "choose"; parent: string; id: string }
  | { do: "retold"; answer: string }
  | { do: "replace"; message: Message }
  | { do: "discard" };

const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, latency: 0, time_to_first_token: 0 };

export function thread(s: Thread, a: Action): Thread {
  switch (a.do) {
    case "load": {
      const turns: { [id: string]: Turn } = {};
      for (const m of a.messages) turns[m.id] = { message: m, flow: s.turns[m.id]?.flow ?? noFlow, problem: null };
      return { conversation: a.conversation, turns, order: a.messages.map((m) => m.id), chosen: s.chosen, live: null };
    }
    case "send": {
      const message: Message = {
        id: PENDING, app_id: "", conversation_id: s.conversation?.id ?? "", parent_id: a.parent, run_id: "", source: "site", end_user_id: "",
        inputs: a.inputs, query: a.query, answer: "", reasoning: "", status: "running", usage, files: a.files, created_at: a.at, updated_at: a.at,
      };
      const clean = without(s, PENDING);
      return {
        ...clean,
        turns: { ...clean.turns, [PENDING]: { message, flow: noFlow, problem: null } },
        order: [...clean.order, PENDING],
        chosen: { ...clean.chosen, [parentOf(clean, message)]: PENDING },
        live: PENDING,
      };
    }
    case "follow":
      return { ...change(s, a.id, (t) => ({ ...t, problem: null, flow: noFlow, message: { ...t.message, status: "running", answer: "", reasoning: "" } })), live: a.id };
    case "started": {
      const known = s.turns[a.message.id];
      if (known) {
        const message = { ...a.message, answer: "", reasoning: "" }; // a replay: every piece comes again
        return { ...change(s, a.message.id, (t) => ({ ...t, flow: noFlow, problem: null, message })), conversation: a.conversation, live: a.message.id };
      }
      const clean = without(s, PENDING);
      return {
        conversation: a.conversation,
        turns: { ...clean.turns, [a.message.id]: { message: a.message, flow: noFlow, problem: null } },
        order: [...clean.order, a.message.id],
        chosen: { ...clean.chosen, [parentOf(clean, a.message)]: a.message.id },
        live: a.message.id,
      };
    }
    case "text":
      return change(s, s.live, (t) => ({ ...t, message: { ...t.message, answer: t.message.answer + a.answer, reasoning: t.message.reasoning + a.reasoning } }));
    case "retold":
      return change(s, s.live, (t) => ({ ...t, message: { ...t.message, answer: a.answer } }));
    case "happened":
      return change(s, s.live, (t) => ({ ...t, flow: flow(t.flow, a.event) }));
    case "finished": {
      const next = s.turns[a.message.id] ? s : thread(s, { do: "started", message: a.message, conversation: a.conversation });
      return { ...change(next, a.message.id, (t) => ({ ...t, problem: null, message: a.message })), conversation: a.conversation, live: null };
    }
    case "broke":
      return { ...change(s, s.live, (t) => ({ ...t, problem: a.problem, message: { ...t.message, status: "failed" } })), live: null };
    case "choose":
      return { ...s, chosen: { ...s.chosen, [a.parent]: a.id } };
    case "replace":
      return change(s, a.message.id, (t) => ({ ...t, message: a.message }));
    case "discard":
      return { ...without(s, PENDING), live: s.live === PENDING ? null : s.live };
  }
}

function change(s: Thread, id: string | null, f: (t: Turn) => Turn): Thread {
  const t = id === null ? undefined : s.turns[id];
  return t && id !== null ? { ...s, turns: { ...s.turns, [id]: f(t) } } : s;
}

function without(s: Thread, id: string): Thread {
  if (!s.turns[id]) return s;
  const { [id]: _gone, ...turns } = s.turns;
  const chosen = Object.fromEntries(Object.entries(s.chosen).filter(([, v]) => v !== id));
  return { ...s, turns, chosen, order: s.order.filter((x) => x !== id) };
}

/** The parent under which a message is shown: one that is not here (any more) counts as the start. */
function parentOf(s: Thread, m: Message): string {
  return m.parent_id && s.turns[m.parent_id] ? m.parent_id : "";
}

export interface Step {
  turn: Turn;
  parent: string;
  /** All versions at this place, this one included, oldest first. */
  siblings: string[];
}

/** The path that is shown, oldest first. */
export function path(s: Thread): Step[] {
  const children = new Map<string, string[]>();
  for (const id of s.order) {
    const t = s.turns[id];
    if (!t) continue;
    const p = parentOf(s, t.message);
    children.set(p, [...(children.get(p) ?? []), id]);
  }
  const steps: Step[] = [];
  let parent = "";
  for (let i = 0; i <= s.order.length; i++) {
    const siblings = children.get(parent);
    if (!siblings) break;
    const wanted = s.chosen[parent];
    const id = wanted !== undefined && siblings.includes(wanted) ? wanted : siblings[siblings.length - 1];
    const turn = id === undefined ? undefined : s.turns[id];
    if (!turn) break;
    steps.push({ turn, parent, siblings });
    parent = turn.message.id;
  }
  return steps;
}
