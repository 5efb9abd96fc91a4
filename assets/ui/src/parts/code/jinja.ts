// Jinja2 for CodeMirror: text with {{ expressions }}, {% tags %} and {# comments #}.
import { StreamLanguage } from "@codemirror/language";

interface State {
  inside: "" | "expr" | "tag" | "comment";
}

const words = /^(?:and|as|autoescape|block|call|else|elif|endautoescape|endblock|endcall|endfilter|endfor|endif|endmacro|endraw|endset|endwith|extends|filter|for|from|if|ignore|import|in|include|is|loop|macro|missing|not|or|raw|recursive|set|with|without)\b/;

export const jinja = StreamLanguage.define<State>({
  name: "jinja2",
  startState: () => ({ inside: "" }),
  token(s, st) {
    if (st.inside === "comment") {
      if (s.match(/^.*?#\}/)) st.inside = "";
      else s.skipToEnd();
      return "comment";
    }
    if (st.inside === "") {
      if (s.match("{#")) {
        st.inside = "comment";
        return "comment";
      }
      if (s.match("{{")) {
        st.inside = "expr";
        return "keyword";
      }
      if (s.match("{%")) {
        st.inside = "tag";
        return "keyword";
      }
      if (!s.match(/^[^{]+/)) s.next();
      return null;
    }
    if (s.match(st.inside === "expr" ? /^-?\}\}/ : /^-?%\}/)) {
      st.inside = "";
      return "keyword";
    }
    if (s.eatSpace()) return null;
    if (s.match(/^"(?:[^"\\]|\\.)*"?/) || s.match(/^'(?:[^'\\]|\\.)*'?/)) return "string";
    if (s.match(/^\d+(?:\.\d+)?/)) return "number";
    if (s.match(/^(?:true|false|none|True|False|None)\b/)) return "atom";
    if (s.match(words)) return "keyword";
    if (s.match(/^\|\s*\w+/)) return "propertyName";
    if (s.match(/^\w+/)) return "variableName";
    s.next();
    return null;
  },
});
