import type { ReactNode } from "react";
import { Field, Switch } from "@/ui";

/** One thing that can be switched on, with its details under it while it is. */
export function Toggle({ title, text, on, onChange, children }: { title: string; text: string; on: boolean; onChange: (v: boolean) => void; children?: ReactNode }) {
  return (
    <div className="px-4 py-3">
      <Field inline label={title} hint={text}>
        <Switch checked={on} onChange={onChange} />
      </Field>
      {on && children && <div className="mt-3 flex flex-col gap-3">{children}</div>}
    </div>
  );
}
