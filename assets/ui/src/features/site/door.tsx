import { useQueryClient } from "@tanstack/react-query";
import { CircleOff, ExternalLink, LogIn } from "lucide-react";
import type { FormEvent, ReactNode } from "react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys, touches } from "@/api/keys";
import { door } from "@/api/site";
import type { DoorView, SignedIn } from "@/api/types";
import { useCommand, useRead } from "@/api/use";
import { MIN_PASSWORD, passwordProblem, required } from "@/lib/form";
import { framed, keepGuest } from "@/lib/visitor";
import { AppIcon, Button, Callout, EmptyState, ErrorNote, ErrorState, Field, Input, Password, SkeletonRows, Spinner } from "@/ui";
import { quietLink } from "@/ui/link";
import { useAccent, useSiteLanguage } from "./look";
import { Preferences } from "./shell";

/** What stands between a stranger and a private web app: signing in, an invitation, a link for a new password. */
export function Door({ code, join, onIn }: { code: string; join: string | undefined; onIn: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const look = useRead(keys.site.door(code), () => door.look(code), { stale: 0 });
  useSiteLanguage(look.data?.look.language);
  useAccent(look.data?.look.color);
  const name = look.data?.look.name ?? "";
  useEffect(() => {
    if (name) document.title = name;
  }, [name]);
  if (look.isPending) return <div className="flex h-full items-center justify-center"><Spinner size={22} /></div>;
  if (look.isError)
    return (
      <main className="flex h-full items-center justify-center p-6">
        {look.error.status === 404 ? <EmptyState page icon={CircleOff} title={t("site.off")}>{t("site.offText")}</EmptyState> : <ErrorState error={look.error} onRetry={() => void look.refetch()} />}
      </main>
    );
  const entered = (s: SignedIn): void => {
    if (s.token) keepGuest(code, s.token);
    onIn();
    touches.siteDoor(code).forEach((queryKey) => void client.invalidateQueries({ queryKey }));
  };
  return (
    <DoorCard view={look.data}>
      {look.data.access === "members" ? <MembersOnly /> : look.data.access === "public" ? <Passed onIn={onIn} /> : <Guests code={code} join={join} onIn={entered} />}
    </DoorCard>
  );
}

function DoorCard({ view, children }: { view: DoorView; children: ReactNode }) {
  const { t } = useTranslation();
  const { look } = view;
  return (
    <div className="flex min-h-dvh flex-col bg-bg">
      <header className="flex h-12 items-center justify-end px-3"><Preferences /></header>
      <main className="flex flex-1 items-start justify-center px-4 pt-[5vh] pb-16">
        <div className="w-full max-w-[400px] rounded-lg border bg-surface p-6 max-md:border-none max-md:bg-transparent max-md:p-2">
          <div className="mb-6 flex flex-col items-center text-center">
            <AppIcon icon={look.icon} color={look.icon_color} size="lg" />
            <h1 className="mt-3 text-xl font-semibold [overflow-wrap:anywhere]">{look.name}</h1>
          </div>
          {children}
        </div>
      </main>
      {(look.copyright || look.privacy_url) && (
        <footer className="pb-5 text-center text-xs text-faint">
          {look.copyright && `© ${look.copyright}`}{look.copyright && look.privacy_url && " · "}
          {look.privacy_url && <a className="underline underline-offset-2" href={look.privacy_url} target="_blank" rel="noopener noreferrer">{t("site.privacy")}</a>}
        </footer>
      )}
    </div>
  );
}

function MembersOnly() {
  const { t } = useTranslation();
  const here = `${location.pathname}${location.search}`;
  return (
    <div className="flex flex-col gap-4 text-center">
      <p className="text-muted">{t("door.members")}</p>
      {framed() ? (
        <a className={quietLink} href={here} target="_blank" rel="noreferrer"><ExternalLink size={15} aria-hidden />{t("door.newTab")}</a>
      ) : (
        <a className={quietLink} href={`/signin?next=${encodeURIComponent(here)}`}><LogIn size={15} aria-hidden />{t("door.studio")}</a>
      )}
    </div>
  );
}

/** The app has become public meanwhile. */
function Passed({ onIn }: { onIn: () => void }) {
  const { t } = useTranslation();
  return <Button variant="primary" size="lg" block onClick={onIn}>{t("door.enter")}</Button>;
}

type Doing = "signin" | "code" | "join";

function Guests({ code, join, onIn }: { code: string; join: string | undefined; onIn: (s: SignedIn) => void }) {
  const { t } = useTranslation();
  const [doing, setDoing] = useState<Doing>(join ? "join" : "signin");
  const [token, setToken] = useState(join ?? "");
  const other = (to: Doing, text: string): ReactNode => (
    <p className="mt-5 text-center text-sm">
      <button type="button" className="rounded-sm text-accent-text underline decoration-accent-line underline-offset-2 hover:decoration-current" onClick={() => setDoing(to)}>{text}</button>
    </p>
  );
  if (doing === "join") return <>{<Join code={code} token={token} onIn={onIn} onOther={() => setDoing("code")} />}{other("signin", t("door.haveAccount"))}</>;
  if (doing === "code")
    return (
      <>
        <EnterCode onCode={(c) => { setToken(c); setDoing("join"); }} first={token.startsWith("link-") ? "" : token} />
        {other("signin", t("door.haveAccount"))}
      </>
    );
  return <><SignIn code={code} onIn={onIn} />{other("code", t("door.haveCode"))}</>;
}

function useForm(send: () => void): { tried: boolean; onSubmit: (e: FormEvent) => void } {
  const [tried, setTried] = useState(false);
  return {
    tried,
    onSubmit: (e) => {
      e.preventDefault();
      setTried(true);
      send();
    },
  };
}

function SignIn({ code, onIn }: { code: string; onIn: (s: SignedIn) => void }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const enter = useCommand(() => door.signIn(code, { login: login.trim(), password, framed: framed() }), [], onIn);
  const wrong = { login: required(login), password: required(password) };
  const { tried, onSubmit } = useForm(() => {
    if (!wrong.login && !wrong.password) enter.mutate(undefined);
  });
  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={onSubmit} aria-label={t("door.signIn")}>
      <Field label={t("guests.login")} error={tried && wrong.login ? t(wrong.login) : undefined}><Input value={login} onChange={setLogin} autoComplete="username" autoFocus /></Field>
      <Field label={t("form.passwordLabel")} error={tried && wrong.password ? t(wrong.password) : undefined}><Password value={password} onChange={setPassword} autoComplete="current-password" /></Field>
      <ErrorNote error={enter.error} />
      <Button type="submit" variant="primary" size="lg" block busy={enter.isPending}>{t("door.signIn")}</Button>
      <p className="text-center text-xs text-faint">{t("door.forgot")}</p>
    </form>
  );
}

function EnterCode({ onCode, first }: { onCode: (c: string) => void; first: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState(first);
  const { tried, onSubmit } = useForm(() => {
    if (text.trim() !== "") onCode(text.trim());
  });
  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={onSubmit} aria-label={t("door.code")}>
      <Field label={t("door.code")} hint={t("door.codeHint")} error={tried && text.trim() === "" ? t("form.required") : undefined}>
        <Input value={text} onChange={setText} mono autoFocus placeholder="ABCD-EFGH-IJKL" />
      </Field>
      <Button type="submit" variant="primary" size="lg" block>{t("door.goOn")}</Button>
    </form>
  );
}

function Join({ code, token, onIn, onOther }: { code: string; token: string; onIn: (s: SignedIn) => void; onOther: () => void }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const open = useRead(keys.site.invitation(code, token), () => door.open(code, token), { stale: Infinity });
  const enter = useCommand(() => door.join(code, { token, login: login.trim(), name: name.trim(), password, framed: framed() }), [], onIn);
  const person = open.data?.person;
  const wrong = { login: person ? undefined : required(login), password: passwordProblem(password) };
  const { tried, onSubmit } = useForm(() => {
    if (!wrong.login && !wrong.password) enter.mutate(undefined);
  });
  if (open.isPending) return <SkeletonRows count={3} />;
  if (open.isError)
    return (
      <div className="flex flex-col gap-3">
        <ErrorState compact error={open.error} {...(open.error.code === "code_invalid" ? {} : { onRetry: () => void open.refetch() })} />
        {open.error.code === "code_invalid" && <Button block onClick={onOther}>{t("door.otherCode")}</Button>}
      </div>
    );
  return (
    <form noValidate className="flex flex-col gap-4" onSubmit={onSubmit} aria-label={t(person ? "door.newPassword" : "door.join")}>
      <Callout>{person ? t("door.newPasswordText", { name: person.name }) : t("door.joinText")}</Callout>
      {person ? (
        <Field label={t("guests.login")}><Input value={person.login} onChange={() => undefined} disabled autoComplete="username" /></Field>
      ) : (
        <>
          <Field label={t("guests.login")} hint={t("guests.loginHint")} error={tried && wrong.login ? t(wrong.login) : undefined}><Input value={login} onChange={setLogin} autoComplete="username" autoFocus maxLength={64} /></Field>
          <Field label={t("guests.name")} optional><Input value={name} onChange={setName} autoComplete="name" maxLength={64} /></Field>
        </>
      )}
      <Field label={t("form.passwordLabel")} hint={t("form.passwordHint", { count: MIN_PASSWORD })} error={tried && wrong.password ? t(wrong.password, { count: MIN_PASSWORD }) : undefined}>
        <Password value={password} onChange={setPassword} autoComplete="new-password" />
      </Field>
      <ErrorNote error={enter.error} />
      <Button type="submit" variant="primary" size="lg" block busy={enter.isPending}>{t(person ? "door.setPassword" : "door.join")}</Button>
    </form>
  );
}
