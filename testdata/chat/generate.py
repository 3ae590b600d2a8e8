#!/usr/bin/env python3
"""Makes cases.jsonl: what Python's Jinja, set up as the library transformers does, renders of each template. README.md says how.

Each line has a template, the numbers of the conversations in the first line, add_generation_prompt, and either the text or the
kind of failure: "syntax", "refused" (raise_exception) or "error".
"""
import datetime
import json
import pathlib
import random

import jinja2
import transformers
from transformers.utils import chat_template_utils

import snippets
import templates

HERE = pathlib.Path(__file__).parent
VERSIONS = {"transformers": "5.23.0", "jinja2": "3.1.6"}
NOW = datetime.datetime(2026, 3, 7, 15, 4, 9)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def compiled(template):
    # The function looks datetime up when a template calls strftime_now.
    chat_template_utils.datetime = FixedClock
    return chat_template_utils._compile_jinja_template(template)


def render(template, conversation, prompt):
    try:
        made = compiled(template)
    except Exception:  # Jinja finds most, and Python the rest, such as a break outside a loop
        return {"fails": "syntax"}
    messages = [{"role": role, "content": content} for role, content in conversation]
    try:
        return {"text": made.render(messages=messages, tools=None, documents=None, add_generation_prompt=prompt, **TOKENS)}
    except jinja2.exceptions.TemplateError as error:
        kind = "refused" if type(error) is jinja2.exceptions.TemplateError else "error"
        return {"fails": kind, "message": error.message} if kind == "refused" else {"fails": kind}
    except Exception:
        return {"fails": "error"}


def main():
    assert (transformers.__version__, jinja2.__version__) == tuple(VERSIONS.values()), (transformers.__version__, jinja2.__version__)
    rows = [{"conversations": [[{"role": r, "content": c} for r, c in conversation] for conversation in templates.CONVERSATIONS]}]

    def add(name, template, numbers, prompts):
        for number in numbers:
            for prompt in prompts:
                result = render(template, templates.CONVERSATIONS[number], prompt)
                if " at 0x" not in result.get("text", ""):  # an address is another one each time
                    rows.append({"name": name, "template": template, "conversation": number, "prompt": prompt, **result})

    for name, template in templates.TEMPLATES.items():
        add(name, template, range(len(templates.CONVERSATIONS)), (True, False))
    for snippet in snippets.split_snippets():
        add("snippet", snippet, (1, 2), (True,))
    for template in snippets.random_templates(random.Random(20261125), 1500):
        add("random", template, (2,), (False,))
    path = HERE / "cases.jsonl"
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="ascii")
    failed = [row.get("fails") for row in rows if row.get("name") == "random"]
    print(path.name, len(rows), path.stat().st_size, {kind: failed.count(kind) for kind in set(failed)})


main()
