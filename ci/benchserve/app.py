"""The same model behind FastAPI: a thread a request, onnxruntime, and the last token's hidden state through numpy (ci/benchworker/plain.py)."""
import base64
import os
import sys

from fastapi import FastAPI
from pydantic import BaseModel

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "benchworker"))
from plain import fingerprint, load  # noqa: E402

session, tokenizer = load(os.environ["MODEL"], 2)
app = FastAPI()


class Request(BaseModel):
    texts: list[str]


@app.get("/healthz")
def healthz():
    return {"status": "ok"}


@app.post("/v1/fingerprints")
def fingerprints(request: Request):
    answers = []
    for text in request.texts:
        (packed, key, transitions), _ = fingerprint(session, tokenizer, text)
        answers.append({"packed": base64.b64encode(packed).decode(), "key": f"{key:016x}", "transitions": transitions})
    return {"n": 384, "fingerprints": answers}
