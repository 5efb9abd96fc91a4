import type { LucideIcon } from "lucide-react";
import { File, FileCode, FileSpreadsheet, FileText, Globe, Mail, Presentation, StickyNote } from "lucide-react";
import type { Document } from "@/api/types";

const kinds: [RegExp, LucideIcon][] = [
  [/\.(xlsx?|xlsm|ods|csv|tsv)$/i, FileSpreadsheet],
  [/\.(pptx?|odp)$/i, Presentation],
  [/\.(eml|msg|mbox)$/i, Mail],
  [/\.(html?|xml|json|ya?ml|mdx)$/i, FileCode],
  [/\.(pdf|docx?|odt|rtf|epub|md|markdown|txt)$/i, FileText],
];

/** What kind of document it is, for the eye; its name says the same. */
export function TypeIcon({ d }: { d: Document }) {
  const Icon = d.source === "website_crawl" ? Globe : (kinds.find(([name]) => name.test(d.name))?.[1] ?? (d.source === "text" ? StickyNote : File));
  return <Icon size={15} aria-hidden className="shrink-0 text-faint" />;
}
