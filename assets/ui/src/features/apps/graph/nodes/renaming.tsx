import type { ReactNode } from "react";
import { useContext, useRef } from "react";
import { GraphContext } from "../store";

/**
 * Around the field in which an output of a node is named. Once it is left with another name, whoever reads the output reads it under
 * that one. `names` are those of all outputs of the node now: what another row still is called by is not taken away.
 */
export function Renaming({ node, name, names, children }: { node: string; name: string; names: readonly string[]; children: ReactNode }) {
  const graph = useContext(GraphContext);
  const before = useRef("");
  const leave = (): void => {
    const was = before.current;
    before.current = name;
    if (was !== "" && name !== "" && was !== name && !names.includes(was)) graph?.getState().renameVariable(node, was, name);
  };
  return <div className="contents" onFocus={() => { before.current = name; }} onBlur={leave}>{children}</div>;
}
