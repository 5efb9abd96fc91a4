import { Link, useNavigate } from "@tanstack/react-router";
import { Pencil, Plus, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members } from "@/api/console";
import { keys, touches } from "@/api/keys";
import { datasets } from "@/api/knowledge";
import { search, tags } from "@/api/search";
import type { Dataset, MetadataField, ModelRef } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { plainSearch, shownSearch } from "@/lib/search";
import { isSet, noModel } from "@/lib/settings";
import { IconPicker } from "@/parts/icon-picker";
import { ModelPicker } from "@/parts/model-picker";
import { SearchForm } from "@/parts/search/settings";
import type { Option } from "@/ui";
import { AppIcon, Badge, Button, Card, Checkbox, Confirm, Dialog, ErrorNote, Field, IconButton, Input, Section, Select, SkeletonRows, Switch, Textarea, toast } from "@/ui";
import { quietLink } from "@/ui/link";

const permissions = ["all_team_members", "only_me", "partial_members"] as const;
type Permission = (typeof permissions)[number];
const types = ["string", "number", "time"] as const;
type FieldType = (typeof types)[number];

/** Everything that can be set of a dataset. */
export function SettingsTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  return (
    <div className="max-w-3xl">
      <General key={dataset.updated_at} dataset={dataset} />
      {!dataset.external && <ModelSection dataset={dataset} />}
      {!dataset.external && <SearchSection dataset={dataset} />}
      <FieldsSection dataset={dataset} />
      <AppsSection dataset={dataset} />
      <Section title={t("dset.danger")}><Delete dataset={dataset} /></Section>
    </div>
  );
}

function General({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [v, setV] = useState({ name: dataset.name, icon: dataset.icon || "📚", icon_color: dataset.icon_color, description: dataset.description, permission: dataset.permission, members: dataset.members ?? [], api_enabled: dataset.api_enabled, built_in_fields: dataset.built_in_fields });
  const save = useCommand(() => datasets.save(dataset.id, v), touches.dataset(dataset.id), () => toast(t("dset.saved")));
  const options: Option<Permission>[] = permissions.map((p) => ({ value: p, label: t(`dset.perm.${p}`) }));
  const set = (part: Partial<typeof v>): void => setV({ ...v, ...part });
  const permission = permissions.find((p) => p === v.permission) ?? "all_team_members";
  return (
    <Section title={t("dset.general")}>
      <Card>
        <form
          className="flex flex-col gap-4"
          onSubmit={(e) => {
            e.preventDefault();
            save.mutate(undefined);
          }}
        >
          <div className="flex items-start gap-3">
            <IconPicker icon={v.icon} color={v.icon_color} onChange={(icon, icon_color) => set({ icon, icon_color })} />
            <div className="flex-1"><Field label={t("dset.name")}><Input value={v.name} onChange={(name) => set({ name })} maxLength={40} /></Field></div>
          </div>
          <Field label={t("dset.description")} optional hint={t("dset.descriptionHint")}><Textarea rows={2} value={v.description} onChange={(description) => set({ description })} maxLength={400} /></Field>
          <Field label={t("dset.permission")}><Select value={permission} onChange={(p) => set({ permission: p })} options={options} /></Field>
          {permission === "partial_members" && <Members value={v.members} onChange={(m) => set({ members: m })} />}
          <TagsField dataset={dataset} />
          <Field inline label={t("dset.api")}><Switch checked={v.api_enabled} onChange={(api_enabled) => set({ api_enabled })} /></Field>
          <Field inline label={t("dset.builtIn")} hint={t("dset.builtInText")}><Switch checked={v.built_in_fields} onChange={(built_in_fields) => set({ built_in_fields })} /></Field>
          {save.error && <ErrorNote error={save.error} />}
          <div><Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button></div>
        </form>
      </Card>
    </Section>
  );
}

function Members({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const list = useRead(keys.members, members.list);
  if (list.isPending) return <SkeletonRows count={2} height={28} />;
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">{t("dset.members")}</legend>
      {(list.data?.data ?? []).map((m) => <Checkbox key={m.id} checked={value.includes(m.id)} onChange={(on) => onChange(on ? [...value, m.id] : value.filter((x) => x !== m.id))}>{m.name}</Checkbox>)}
    </fieldset>
  );
}

function TagsField({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const all = useRead(keys.tags, tags.list);
  const [name, setName] = useState("");
  const mine = (dataset.tags ?? []).flatMap((x) => (x ? [x] : []));
  const save = useCommand((ids: string[]) => datasets.save(dataset.id, { tags: ids }), [...touches.dataset(dataset.id), ...touches.tags]);
  const add = useCommand((n: string) => tags.add(n), touches.tags, (tag) => {
    setName("");
    save.mutate([...mine.map((x) => x.id), tag.id]);
  });
  const others = (all.data?.data ?? []).filter((x) => !mine.some((m) => m.id === x.id));
  return (
    <div className="flex flex-col gap-1.5">
      <span className="text-sm font-medium">{t("dset.tags")}</span>
      <div className="flex flex-wrap items-center gap-1.5">
        {mine.map((x) => (
          <button key={x.id} type="button" aria-label={`${t("kit.remove")} ${x.name}`} onClick={() => save.mutate(mine.filter((m) => m.id !== x.id).map((m) => m.id))}><Badge tone="accent">{x.name} ×</Badge></button>
        ))}
        {others.map((x) => (
          <button key={x.id} type="button" aria-label={`${t("dset.tagAdd")} ${x.name}`} onClick={() => save.mutate([...mine.map((m) => m.id), x.id])}><Badge>+ {x.name}</Badge></button>
        ))}
        <div className="w-32">
          <Input
            label={t("dset.tagNew")}
            placeholder={t("dset.tagNew")}
            value={name}
            onChange={setName}
            maxLength={50}
            onKeyDown={(e) => {
              if (e.key !== "Enter" || e.nativeEvent.isComposing) return;
              e.preventDefault();
              if (name.trim() !== "") add.mutate(name.trim());
            }}
          />
        </div>
      </div>
      {(add.error ?? save.error) && <ErrorNote error={add.error ?? save.error} />}
    </div>
  );
}

function ModelSection({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const save = useCommand((m: ModelRef) => datasets.save(dataset.id, { embedding: m }), touches.dataset(dataset.id));
  const reembed = useCommand(() => datasets.reembed(dataset.id), touches.dataset(dataset.id), () => toast(t("dset.reembedStarted")));
  const reindex = useCommand(() => datasets.reindex(dataset.id), touches.dataset(dataset.id), () => toast(t("dset.reindexDone")));
  const now = isSet(dataset.embedding) ? dataset.embedding : null;
  return (
    <Section title={t("dset.model")} purpose={t("dset.modelText")}>
      <Card>
        <div className="flex flex-col gap-3">
          <div className="max-w-md"><ModelPicker block kind="embedding" label={t("dset.model")} none={t("dset.wordsOnly")} value={now} onChange={(m) => save.mutate(m ?? noModel)} /></div>
          <div className="flex flex-wrap gap-2">
            {now && <Button size="sm" icon={RefreshCw} busy={reembed.isPending} onClick={() => reembed.mutate(undefined)}>{t("dset.reembed")}</Button>}
            <Button size="sm" icon={RefreshCw} busy={reindex.isPending} onClick={() => reindex.mutate(undefined)}>{t("dset.reindex")}</Button>
          </div>
          {(save.error ?? reembed.error ?? reindex.error) && <ErrorNote error={save.error ?? reembed.error ?? reindex.error} />}
        </div>
      </Card>
    </Section>
  );
}

function SearchSection({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [v, setV] = useState(() => shownSearch({ ...plainSearch, ...dataset.search }));
  const save = useCommand(() => datasets.save(dataset.id, { search: v }), touches.dataset(dataset.id), () => toast(t("dset.saved")));
  return (
    <Section title={t("dset.search")} purpose={t("dset.searchText")}>
      <Card>
        <SearchForm value={v} onChange={setV} vectors={isSet(dataset.embedding)} />
        {save.error && <div className="mt-3"><ErrorNote error={save.error} /></div>}
        <div className="mt-4"><Button variant="primary" busy={save.isPending} onClick={() => save.mutate(undefined)}>{t("kit.save")}</Button></div>
      </Card>
    </Section>
  );
}

function FieldsSection({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const list = useRead(keys.search.fields(dataset.id), () => search.fields(dataset.id));
  const [adding, setAdding] = useState(false);
  const [renaming, rename] = useState<MetadataField | null>(null);
  const [removing, remove] = useState<MetadataField | null>(null);
  const drop = useCommand((id: string) => search.removeField(dataset.id, id), touches.fields(dataset.id), () => remove(null));
  const all = list.data?.fields ?? [];
  return (
    <Section title={t("dset.fields")} purpose={t("dset.fieldsText")} action={<Button size="sm" icon={Plus} onClick={() => setAdding(true)}>{t("dset.fieldAdd")}</Button>}>
      {list.isPending ? (
        <SkeletonRows count={2} />
      ) : all.length === 0 ? (
        <p className="text-sm text-faint">{t("dset.noFields")}</p>
      ) : (
        <ul className="divide-y rounded-md border">
          {all.map((f) => (
            <li key={f.id} className="flex h-11 items-center gap-3 pr-1 pl-3">
              <code className="min-w-0 flex-1 truncate font-mono text-sm">{f.name}</code>
              <Badge>{t(`dset.type.${types.find((x) => x === f.type) ?? "string"}`)}</Badge>
              <span className="text-xs text-faint">{t("dset.fieldUsed", { count: f.count, n: f.count })}</span>
              <IconButton icon={Pencil} size="sm" label={t("dset.fieldRename", { name: f.name })} onClick={() => rename(f)} />
              <IconButton icon={Trash2} size="sm" label={t("dset.fieldRemove", { name: f.name })} onClick={() => remove(f)} />
            </li>
          ))}
        </ul>
      )}
      {(adding || renaming) && <FieldDialog dataset={dataset} of={renaming} onClose={() => { setAdding(false); rename(null); }} />}
      <Confirm open={removing !== null} onClose={() => remove(null)} onConfirm={() => removing && drop.mutate(removing.id)} title={t("dset.fieldRemove", { name: removing?.name ?? "" })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("dset.fieldRemoveText")}</p>
      </Confirm>
    </Section>
  );
}

function FieldDialog({ dataset, of, onClose }: { dataset: Dataset; of: MetadataField | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(of?.name ?? "");
  const [type, setType] = useState<FieldType>("string");
  const save = useCommand(() => (of ? search.renameField(dataset.id, of.id, { name }) : search.addField(dataset.id, { name, type })), touches.fields(dataset.id), onClose);
  return (
    <Dialog
      open
      width="sm"
      onClose={onClose}
      title={of ? t("dset.fieldRename", { name: of.name }) : t("dset.fieldAdd")}
      onSubmit={() => save.mutate(undefined)}
      footer={<><Button onClick={onClose}>{t("kit.cancel")}</Button><Button type="submit" variant="primary" busy={save.isPending}>{t("kit.save")}</Button></>}
    >
      <div className="flex flex-col gap-4">
        <Field label={t("dset.fieldName")}><Input mono value={name} onChange={setName} maxLength={255} autoFocus /></Field>
        {!of && <Field label={t("dset.fieldType")}><Select value={type} onChange={setType} options={types.map((x) => ({ value: x, label: t(`dset.type.${x}`) }))} /></Field>}
        {save.error && <ErrorNote error={save.error} />}
      </div>
    </Dialog>
  );
}

function AppsSection({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const list = useRead(keys.datasets.apps(dataset.id), () => datasets.apps(dataset.id));
  const all = (list.data?.data ?? []).flatMap((a) => (a ? [a] : []));
  return (
    <Section title={t("dset.apps")}>
      {list.isPending ? (
        <SkeletonRows count={2} />
      ) : all.length === 0 ? (
        <p className="text-sm text-faint">{t("dset.noApps")}</p>
      ) : (
        <ul className="flex flex-wrap gap-2">
          {all.map((a) => (
            <li key={a.id}><Link to="/apps/$appId/edit" params={{ appId: a.id }} className={quietLink}><span className="flex items-center gap-1.5"><AppIcon icon={a.icon} color={a.icon_color} size="xs" />{a.name}</span></Link></li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Delete({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [open, setOpen] = useState(false);
  const drop = useCommand(() => datasets.remove(dataset.id), touches.datasets, () => void go({ to: "/knowledge" }));
  return (
    <>
      <Button variant="danger" icon={Trash2} onClick={() => setOpen(true)}>{t("dset.delete")}</Button>
      <Confirm open={open} onClose={() => setOpen(false)} onConfirm={() => drop.mutate(undefined)} title={t("dset.deleteTitle", { name: dataset.name })} action={t("kit.delete")} busy={drop.isPending} error={<ErrorNote error={drop.error} />}>
        <p>{t("dset.deleteText", { documents: dataset.counts?.documents ?? 0, chunks: dataset.counts?.chunks ?? 0, apps: dataset.app_count })}</p>
      </Confirm>
    </>
  );
}
