// What the canvas asks of a kind of node: one NodeView per type, all of them in nodes/index.ts.
import type { LazyExoticComponent, ComponentType } from "react";
import type { App } from "@/api/types";
import type { Scope, ScopeVar } from "@/lib/scope";

/** The data object of a node as Dify's files have it. Fields that nobody here knows stay as they are. */
export type Data = { readonly [k: string]: unknown };

/** A node as it is edited. raw is its record in the file, from which whatever is not listed here is written back untouched. */
export interface FlowNode {
  id: string;
  type: string;
  title: string;
  data: Data;
  /** The container that it is in; "" at the top. */
  parent: string;
  x: number;
  y: number;
  width: number;
  height: number;
  raw: Data;
}

export interface FlowEdge {
  id: string;
  from: string;
  to: string;
  /** The way out of `from`: "source" where there is one only, else a case id, a class id, "false", "fail-branch" … */
  handle: string;
  raw: Data;
}

export type { Scope, ScopeGroup, ScopeVar, VarType } from "@/lib/scope";

/** One way out of a node, top to bottom. */
export interface Way {
  id: string;
  label: string;
  tone?: "fail" | "timeout";
}

export interface NodeProblem {
  /** The field that it is about, as the data has it; "" is the node as a whole. */
  field: string;
  text: string;
}

export interface FormProps {
  app: App;
  node: FlowNode;
  data: Data;
  scope: Scope;
  /** Merges into the data; a field that is undefined is removed. Quick repetitions are one step of undo. */
  set: (part: Data) => void;
}

/** In which part of the palette a kind of node stands. */
export type Shelf = "entry" | "model" | "knowledge" | "logic" | "transform" | "act" | "out";

/** What is known of the app where a node is added or checked. */
export interface Place {
  mode: App["mode"];
  /** The site's default chat model, as a node's data names it; null while there is none. */
  model: Data | null;
}

export interface NodeView {
  /** Null: nobody adds it by hand (entrances of containers, nodes without a counterpart here). */
  shelf: Shelf | null;
  /** In which apps it can be added. */
  modes: readonly ("workflow" | "advanced-chat")[];
  /** The data of a new one, without type and title. */
  blank: (place: Place) => Data;
  /** What it makes, for those behind it. */
  outputs: (data: Data) => ScopeVar[];
  /** Its ways out; absent: one, "source". Handling of errors adds fail-branch by itself. */
  ways?: (data: Data) => Way[];
  /** Its selectors, as [node, ...path], for the check of references and for renaming; templates are read by reference.ts. */
  reads: (data: Data) => readonly (readonly string[])[];
  /** What keeps it from running that can be seen without the server, as text keys said by the view itself. */
  check: (data: Data, place: Place) => NodeProblem[];
  /** May it fail over to a default or a branch, and may it be tried again. */
  handling: { error: boolean; retry: boolean };
  /** Whether it can be run alone. */
  single: boolean;
  /** The middle of its panel, loaded when one is first opened. */
  Form: LazyExoticComponent<ComponentType<FormProps>>;
}
