"""Fills in what Jinja2 makes of the cases in the given files: python3 render.py *.json"""
import json
import sys

import jinja2


def outcome(case):
    try:
        return {"want": jinja2.Template(case["t"]).render(**case.get("v", {}))}
    except jinja2.TemplateSyntaxError as e:
        return {"error": f"{type(e).__name__}: {e.message}", "line": e.lineno}
    except Exception as e:
        return {"error": f"{type(e).__name__}: {e}"}


for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as f:
        cases = json.load(f)
    lines = []
    for case in cases:
        given = {k: case[k] for k in ("t", "v", "differs") if k in case}
        lines.append(json.dumps(given | outcome(case), ensure_ascii=False))
    with open(name, "w", encoding="utf-8", newline="\n") as f:
        f.write("[\n" + ",\n".join(lines) + "\n]\n")
