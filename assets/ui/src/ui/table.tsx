import type { ReactNode } from "react";
import { cx } from "./cx";

export interface Column<Row> {
  id: string;
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  end?: boolean;
  /** Hidden where the screen is narrow; what it says must be readable elsewhere. */
  wide?: boolean;
  /** The title is for screen readers only (columns of buttons). */
  quiet?: boolean;
  fit?: boolean;
}

export function Table<Row>({ rows, columns, id, label }: {
  rows: Row[];
  columns: Column<Row>[];
  id: (row: Row) => string;
  label: string;
}) {
  return (
    <div className="overflow-x-auto rounded-lg border bg-surface" role="group" aria-label={label} tabIndex={0}>
      <table className="w-full text-left">
        <thead>
          <tr className="border-b text-xs text-faint">
            {columns.map((c) => (
              <th key={c.id} scope="col" className={cx("h-8 px-3 font-medium whitespace-nowrap", c.end && "text-right", c.wide && "max-md:hidden", c.fit && "w-px")}>
                {c.quiet ? <span className="sr-only">{c.title}</span> : c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)} className="border-b last:border-b-0 hover:bg-hover/50">
              {columns.map((c) => (
                <td key={c.id} className={cx("px-3 py-2 align-middle", c.end && "text-right tabular-nums", c.wide && "max-md:hidden", c.fit && "w-px whitespace-nowrap")}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
