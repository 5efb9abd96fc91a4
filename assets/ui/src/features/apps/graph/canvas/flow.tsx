import "@xyflow/react/dist/base.css";
import "./canvas.css";
import type { Connection, EdgeChange, FinalConnectionState, IsValidConnection, NodeChange } from "@xyflow/react";
import { MiniMap, ReactFlow, SelectionMode, useReactFlow, useStoreApi } from "@xyflow/react";
import type { MouseEvent as ReactMouseEvent } from "react";
import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/ui";
import type { Point } from "../edit";
import { isContainer, nodeOf } from "../doc";
import { refuses } from "../rules";
import { useGraph, useGraphStore } from "../store";
import { BoxCard, Entrance } from "./box";
import { Card } from "./card";
import { Line } from "./edge";
import type { AnyNode, LineEdge } from "./nodes";
import { drawnEdges, drawnNodes } from "./nodes";
import { NoteCard } from "./note";
import { tellHome } from "./tell";
import { useUi, useUiStore } from "./ui";

const nodeTypes = { card: Card, box: BoxCard, entrance: Entrance, note: NoteCard };
const edgeTypes = { line: Line };
const SNAP: [number, number] = [8, 8];
export const ZOOM = { min: 0.1, max: 2 } as const;

/** Where an event of the mouse or of a finger was. */
function screenOf(e: MouseEvent | TouchEvent): Point {
  const p = "changedTouches" in e ? e.changedTouches[0] : e;
  return { x: p?.clientX ?? 0, y: p?.clientY ?? 0 };
}

/** The graph drawn, and everything that is done to it with the mouse. */
export const FlowView = memo(function FlowView() {
  const { t } = useTranslation();
  const graph = useGraphStore();
  const ui = useUiStore();
  const rf = useReactFlow<AnyNode, LineEdge>();
  const doc = useGraph((s) => s.doc);
  const selected = useGraph((s) => s.selected);
  const chosenEdges = useGraph((s) => s.edges);
  const hand = useUi((s) => s.pointing === "hand");
  const minimap = useUi((s) => s.minimap);
  const nodes = useMemo(() => drawnNodes(doc, selected), [doc, selected]);
  const edges = useMemo(() => drawnEdges(doc, chosenEdges), [doc, chosenEdges]);

  const onNodesChange = useCallback(
    (changes: NodeChange<AnyNode>[]) => {
      const s = graph.getState();
      const to = new Map<string, Point>();
      const chosen = new Set(s.selected);
      let choice = false;
      for (const c of changes) {
        if (c.type === "position" && c.position) to.set(c.id, c.position);
        else if (c.type === "select") {
          choice = true;
          if (c.selected) chosen.add(c.id);
          else chosen.delete(c.id);
        } else if (c.type === "dimensions" && c.dimensions && c.resizing !== undefined) {
          s.resizing(c.id, c.dimensions.width, c.dimensions.height);
          if (!c.resizing) s.settle("resize");
        }
      }
      if (to.size > 0) s.live(to);
      if (choice) graph.getState().select([...chosen], [...graph.getState().edges]);
    },
    [graph],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange<LineEdge>[]) => {
      const s = graph.getState();
      const chosen = new Set(s.edges);
      for (const c of changes) {
        if (c.type !== "select") continue;
        if (c.selected) chosen.add(c.id);
        else chosen.delete(c.id);
      }
      s.select([...s.selected], [...chosen]);
    },
    [graph],
  );
  const say = useCallback((why: ReturnType<typeof refuses>) => {
    if (why) toast(t(`refused.${why}`));
  }, [t]);
  const onConnect = useCallback((c: Connection) => say(graph.getState().connect(c.source, c.sourceHandle ?? "source", c.target)), [graph, say]);
  const onReconnect = useCallback((old: LineEdge, c: Connection) => say(graph.getState().reconnect(old.id, c.source, c.sourceHandle ?? "source", c.target)), [graph, say]);
  const reconnecting = useRef(false);
  const onConnectEnd = useCallback(
    (e: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const from = state.fromHandle;
      if (state.isValid || !from || reconnecting.current) return;
      const screen = screenOf(e);
      if (state.toNode) {
        const s = graph.getState();
        const [a, handle, b] = from.type === "source" ? [from.nodeId, from.id ?? "source", state.toNode.id] : [state.toNode.id, "source", from.nodeId];
        say(s.connect(a, handle, b)); // dropped on the card itself: that is meant too
        return;
      }
      const at = rf.screenToFlowPosition(screen);
      const parent = nodeOf(graph.getState().doc, from.nodeId)?.parent ?? "";
      const goal = from.type === "source" ? { at: { x: at.x, y: at.y - 20 }, after: { node: from.nodeId, handle: from.id ?? "source" } } : { at: { x: at.x - 240, y: at.y - 20 }, before: from.nodeId };
      ui.getState().set({ palette: { goal: { ...goal, ...(parent ? { parent } : {}) }, screen } });
    },
    [graph, rf, say, ui],
  );
  // What is let go over a container falls into it. What is in one already stays: its frame grows with it.
  const dragOver = useCallback(
    (e: MouseEvent | TouchEvent | ReactMouseEvent, all: AnyNode[]) => {
      const s = graph.getState();
      const free = all.every((n) => nodeOf(s.doc, n.id)?.parent === "" && !isContainer(nodeOf(s.doc, n.id)?.type ?? ""));
      const p = free ? rf.screenToFlowPosition(screenOf("nativeEvent" in e ? e.nativeEvent : e)) : null;
      const over = p ? (s.doc.nodes.findLast((n) => isContainer(n.type) && p.x > n.x && p.x < n.x + n.width && p.y > n.y && p.y < n.y + n.height)?.id ?? null) : null;
      if (over !== ui.getState().over) ui.getState().set({ over });
    },
    [graph, rf, ui],
  );
  const dropped = useCallback(
    (_e: unknown, _n: AnyNode, all: AnyNode[]) => {
      const { over } = ui.getState();
      if (over === null) return graph.getState().settle("move");
      ui.getState().set({ over: null });
      tellHome(t, graph.getState().rehome(all.map((n) => n.id), over));
      graph.getState().settle("move"); // what may not go there stays where it was let go
    },
    [graph, ui, t],
  );
  const isValidConnection = useCallback<IsValidConnection<LineEdge>>((c) => refuses(graph.getState().doc, c.source, c.sourceHandle ?? "source", c.target) === null, [graph]);

  return (
    <ReactFlow<AnyNode, LineEdge>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      onConnect={onConnect}
      onConnectEnd={onConnectEnd}
      onReconnect={onReconnect}
      onReconnectStart={() => {
        reconnecting.current = true;
      }}
      onReconnectEnd={() => {
        reconnecting.current = false;
      }}
      isValidConnection={isValidConnection}
      onNodeDrag={(e, _n, all) => dragOver(e, all)}
      onNodeDragStop={dropped}
      onSelectionDragStop={() => graph.getState().settle("move")}
      onNodeClick={(e, n) => {
        if (e.shiftKey || e.ctrlKey || e.metaKey || n.type === "note" || n.type === "entrance") return;
        graph.getState().open(n.id);
      }}
      onPaneClick={() => {
        graph.getState().open(null);
        ui.getState().set({ menu: null, palette: null });
      }}
      onDoubleClick={(e) => {
        if (!(e.target instanceof Element) || !e.target.classList.contains("react-flow__pane")) return;
        const screen = { x: e.clientX, y: e.clientY };
        ui.getState().set({ palette: { goal: { at: rf.screenToFlowPosition(screen) }, screen } });
      }}
      onNodeContextMenu={(e, n) => {
        e.preventDefault();
        if (n.type === "entrance") return;
        const s = graph.getState();
        if (!s.selected.has(n.id)) s.select([n.id]);
        ui.getState().set({ menu: { target: { kind: "node", id: n.id }, screen: { x: e.clientX, y: e.clientY }, at: rf.screenToFlowPosition({ x: e.clientX, y: e.clientY }) } });
      }}
      onSelectionContextMenu={(e, chosen) => {
        e.preventDefault();
        const [first] = chosen;
        if (first) ui.getState().set({ menu: { target: { kind: "node", id: first.id }, screen: { x: e.clientX, y: e.clientY }, at: rf.screenToFlowPosition({ x: e.clientX, y: e.clientY }) } });
      }}
      onEdgeContextMenu={(e, edge) => {
        e.preventDefault();
        graph.getState().select([], [edge.id]);
        ui.getState().set({ menu: { target: { kind: "edge", id: edge.id }, screen: { x: e.clientX, y: e.clientY }, at: rf.screenToFlowPosition({ x: e.clientX, y: e.clientY }) } });
      }}
      onPaneContextMenu={(e) => {
        e.preventDefault();
        ui.getState().set({ menu: { target: { kind: "pane" }, screen: { x: e.clientX, y: e.clientY }, at: rf.screenToFlowPosition({ x: e.clientX, y: e.clientY }) } });
      }}
      onMoveEnd={(e, v) => {
        if (e) graph.getState().look(v);
      }}
      connectOnClick={false}
      deleteKeyCode={null}
      selectionKeyCode={null}
      multiSelectionKeyCode={["Control", "Meta", "Shift"]}
      panActivationKeyCode="Space"
      zoomActivationKeyCode={["Control", "Meta"]}
      selectionOnDrag={!hand}
      selectionMode={SelectionMode.Partial}
      panOnDrag={hand ? [0, 1] : [1]}
      panOnScroll={!hand}
      zoomOnDoubleClick={false}
      snapToGrid
      snapGrid={SNAP}
      minZoom={ZOOM.min}
      maxZoom={ZOOM.max}
      elevateNodesOnSelect={false}
      zIndexMode="manual"
      nodesFocusable={false}
      edgesFocusable={false}
      disableKeyboardA11y
      onlyRenderVisibleElements
      proOptions={noBadge}
      nodeDragThreshold={3}
      connectionRadius={28}
      reconnectRadius={12}
      attributionPosition="bottom-right"
    >
      <Ground />
      {minimap && <MiniMap position="bottom-right" pannable zoomable ariaLabel={t("canvas.minimap")} nodeBorderRadius={6} />}
    </ReactFlow>
  );
});

const FAR = 0.35; // below, nobody reads a card: only its block is drawn
const DOTS = 16; // between the dots of the ground

/** The ground with its dots. It follows the view beside React, for nothing is to be drawn again because one pans. */
function Ground() {
  const ground = useRef<HTMLDivElement>(null);
  const store = useStoreApi();
  useEffect(() => {
    let far: boolean | undefined;
    const follow = ({ transform: [x, y, zoom], domNode }: ReturnType<typeof store.getState>): void => {
      const el = ground.current;
      if (!el) return;
      const gap = DOTS * zoom * (zoom < 0.6 ? 2 : 1) * (zoom < 0.3 ? 2 : 1);
      el.style.backgroundSize = `${gap}px ${gap}px`;
      el.style.backgroundPosition = `${x % gap}px ${y % gap}px`;
      if (far === zoom < FAR) return;
      far = zoom < FAR;
      domNode?.classList.toggle("canvas-far", far);
    };
    follow(store.getState());
    let last = store.getState().transform;
    return store.subscribe((s) => {
      if (s.transform === last) return;
      last = s.transform;
      follow(s);
    });
  }, [store]);
  return <div ref={ground} aria-hidden className="canvas-ground" />;
}

const noBadge = { hideAttribution: true };
