import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AppIcon, Input, Popover } from "@/ui";
import { cx } from "@/ui/cx";

const emojis = "🤖 💬 🧠 📚 📝 📄 📊 📈 🔍 💡 🛠️ ⚙️ 🧪 🧬 🏥 💊 ⚖️ 🏛️ 🏦 💰 🧾 📦 🚚 🏭 🔌 🔒 🛡️ 🚨 📞 🎧 📧 🗓️ 🗂️ 🌏 ✈️ 🏫 🎓 ✍️ 🈯 🌱 🐼 🐉 🦉 🐳 🏝️ ⭐ 🔥 🎯".split(" ");
export const iconColors = ["#E0F1F4", "#E3ECFB", "#ECE6FA", "#FBE6F0", "#FDE8E4", "#FCEFD2", "#E6F3DC", "#E8EAED"];

/** What a new app starts with. */
export const firstIcon = { icon: "🤖", icon_color: "#E0F1F4" };

export function IconPicker({ icon, color, onChange }: { icon: string; color: string; onChange: (icon: string, color: string) => void }) {
  const { t } = useTranslation();
  const [own, setOwn] = useState("");
  return (
    <Popover
      label={t("apps.iconPick")}
      align="start"
      trigger={
        <button type="button" aria-label={t("apps.iconPick")} className="rounded-lg border border-transparent transition-shadow hover:shadow-float">
          <AppIcon icon={icon} color={color} size="lg" />
        </button>
      }
    >
      <div className="grid grid-cols-8 gap-1">
        {emojis.map((e) => (
          <button key={e} type="button" aria-label={e} aria-pressed={e === icon} onClick={() => onChange(e, color)} className={cx("flex size-8 items-center justify-center rounded text-lg hover:bg-hover", e === icon && "bg-accent-soft")}>
            {e}
          </button>
        ))}
      </div>
      <p className="mt-3 mb-1 text-xs text-faint">{t("apps.iconColor")}</p>
      <div className="flex gap-1.5">
        {iconColors.map((c) => (
          <button key={c} type="button" aria-label={t("apps.iconColorOf", { color: c })} aria-pressed={c === color} onClick={() => onChange(icon, c)} style={{ backgroundColor: c }} className={cx("size-7 rounded-full border border-line-strong", c === color && "ring-2 ring-accent ring-offset-2 ring-offset-raised")} />
        ))}
      </div>
      <div className="mt-3">
        <Input
          value={own}
          label={t("apps.iconOwn")}
          placeholder={t("apps.iconOwn")}
          maxLength={8}
          onChange={(v) => {
            setOwn(v);
            const e = v.match(/\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})*/u)?.[0];
            if (e) onChange(e, color);
          }}
        />
      </div>
    </Popover>
  );
}
