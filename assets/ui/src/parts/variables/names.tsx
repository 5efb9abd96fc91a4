// How nodes and variables are called where they are shown.
import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import { Globe, KeyRound, MessagesSquare, Variable } from "lucide-react";
import { createContext, useContext } from "react";
import type { FoundVar, Scope, ScopeGroup, Selector } from "@/lib/scope";
import { findVar, spaceOf } from "@/lib/scope";
import { nodeIcon } from "@/parts/flow/kinds";

/** Titles of all nodes of the graph, upstream or not, so that a variable that cannot be read is named too. */
export const NodeNames = createContext<ReadonlyMap<string, string>>(new Map());

export function groupTitle(t: TFunction, g: Pick<ScopeGroup, "node" | "title">): string {
  const space = spaceOf(g.node);
  return space ? t(`scope.${space}`) : g.title || g.node;
}

export function groupIcon(g: Pick<ScopeGroup, "node" | "type">): LucideIcon {
  if (g.node === "sys") return Globe;
  if (g.node === "env") return KeyRound;
  if (g.node === "conversation") return MessagesSquare;
  return g.type === "" ? Variable : nodeIcon(g.type);
}

export interface Named {
  /** The node, or the space, that it is of. */
  title: string;
  /** Name and path. */
  name: string;
  found: FoundVar | undefined;
  /** Why it cannot be read here; undefined if it can. */
  broken: string | undefined;
}

/** What a person is told about a selector. */
export function nameOf(t: TFunction, scope: Scope, names: ReadonlyMap<string, string>, selector: Selector): Named {
  const [node = "", ...path] = selector;
  const found = findVar(scope, selector);
  const name = path.join(".");
  if (found) return { title: groupTitle(t, found.group), name, found, broken: undefined };
  const space = spaceOf(node);
  const group = scope.find((g) => g.node === node);
  const title = space ? t(`scope.${space}`) : (group?.title ?? names.get(node) ?? node);
  const broken = group || space ? t("scope.noVar", { name, title }) : names.has(node) ? t("scope.notUpstream", { title }) : t("scope.noNode", { node });
  return { title, name, found, broken };
}

export const useNames = (): ReadonlyMap<string, string> => useContext(NodeNames);
