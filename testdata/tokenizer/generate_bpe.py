#!/usr/bin/env python3
"""Makes the fixtures of bpe/ with the Rust library `tokenizers`. README.md says how to run it; texts.jsonl must be there.

    bpe/NAME.json         small tokenizers, trained here, each in the shape of a family's tokenizer.json
    bpe/texts.jsonl       texts beside those of texts.jsonl
    bpe/ids.json          of each tokenizer, for each text of both files, the number of its ids and a hash of them
    bpe/variants.jsonl    tiny tokenizers with texts and ids: every setting that is supported
    bpe/codepoints.json   hashes of how each code point is split and composed, by blocks of 4096
"""
import hashlib
import itertools
import json
import pathlib
import struct

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

import bpe_texts

VERSION = "0.23.3"
HERE = pathlib.Path(__file__).parent / "bpe"
BLOCK = 4096

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level(prefix=False, regex=False, trim=True):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}


def sequence(field, *parts):
    return {"type": "Sequence", field: list(parts)}


def pre(*parts):
    return sequence("pretokenizers", *parts)


def added(content, number=0, special=True, **flags):
    return {"id": number, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special, **flags}


def template(token, number):
    piece = {"SpecialToken": {"id": token, "type_id": 0}}
    return {"type": "TemplateProcessing", "single": [piece, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [piece, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {token: {"id": token, "ids": [number], "tokens": [token]}}}


def train(shape, size):
    """A vocabulary and merges for that normaliser and pre-tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    whole = {**json.loads(tokenizer.to_str()), "normalizer": shape["normalizer"], "pre_tokenizer": shape["pre_tokenizer"]}
    tokenizer = Tokenizer.from_str(json.dumps(whole))
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tokenizer.train_from_iterator(bpe_texts.corpus(), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], model["merges"]


def finish(shape, vocab, merges, specials, model, lines):
    """The whole file; merges as lines, as files were until 2024, or as pairs."""
    new = itertools.count(len(vocab))
    tokens = [added(t, vocab[t] if t in vocab else next(new), special) for t, special in specials]
    shape["post_processor"] = shape["post_processor"](tokens)
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, **shape, "decoder": byte_level(True, True),
            "model": {"type": "BPE", **model, "vocab": vocab, "merges": [" ".join(m) for m in merges] if lines else merges}}


def gpt2():
    shape = {"normalizer": None, "pre_tokenizer": byte_level(regex=True), "post_processor": lambda t: byte_level(True, True, False)}
    vocab, merges = train(shape, 2500)
    vocab["<|endoftext|>"] = len(vocab)
    model = {"dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False}
    return finish(shape, vocab, merges, [("<|endoftext|>", True)], model, True)


def llama3():
    """Its words that no merges lead to show in the ids: ignore_merges."""
    shape = {"normalizer": None, "pre_tokenizer": pre(split(LLAMA3), byte_level()),
             "post_processor": lambda t: sequence("processors", byte_level(True, True, False), template("<|begin_of_text|>", t[0]["id"]))}
    vocab, merges = train(shape, 2500)
    spell = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str
    for word in ["Zwölf", " Boxkämpfer", "жизнь", " quantisation", "中文字", "antidisestablishmentarianism", "\n\n\n\n\n", "=" * 40, "()", ")", "x" * 60, "qwertyuiop" * 6, "é"]:
        vocab.setdefault(spell(word)[0][0], len(vocab))
    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    model = {"dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": True}
    return finish(shape, vocab, merges, [(t, True) for t in specials], model, False)


def qwen(pattern, lines):
    shape = {"normalizer": {"type": "NFC"}, "pre_tokenizer": pre(split(pattern), byte_level(trim=False)), "post_processor": lambda t: byte_level(trim=False)}
    vocab, merges = train(shape, 2500)
    specials = [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True), ("<tool_call>", False), ("</tool_call>", False), ("<think>", False), ("</think>", False)]
    model = {"dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, **({} if lines else {"ignore_merges": False})}
    return finish(shape, vocab, merges, specials, model, lines)


def digits():
    """GPT-2 with each digit apart, as small models have it."""
    shape = {"normalizer": None, "pre_tokenizer": pre({"type": "Digits", "individual_digits": True}, byte_level(regex=True)), "post_processor": lambda t: None}
    vocab, merges = train(shape, 2000)
    vocab["<|endoftext|>"] = len(vocab)
    model = {"dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False}
    return finish(shape, vocab, merges, [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True)], model, True)


SHAPES = {"gpt2": gpt2, "llama3": llama3, "qwen2": lambda: qwen(QWEN2, True), "qwen35": lambda: qwen(QWEN35, False), "digits": digits}


def hash_ids(ids):
    return f"{len(ids)}:{hashlib.sha256(struct.pack(f'<{len(ids)}I', *ids)).hexdigest()[:12]}"


def write(name, text):
    path = HERE / name
    path.write_text(text, encoding="ascii")
    print(path.name, path.stat().st_size)


def write_lines(name, rows):
    write(name, "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))


def make_tokenizers():
    shared = [json.loads(line)["text"] for line in (HERE.parent / "texts.jsonl").read_text().splitlines()]
    new = bpe_texts.new_texts()
    write_lines("texts.jsonl", [{"text": t} for t in new])
    ids = {}
    for name, make in SHAPES.items():
        whole = json.dumps(make(), separators=(",", ":"))
        write(f"{name}.json", whole + "\n")
        tokenizer = Tokenizer.from_str(whole)
        ids[name] = [hash_ids(tokenizer.encode(t).ids) for t in shared + new]
    write("ids.json", json.dumps(ids, indent=0) + "\n")


# ---- variants.jsonl

VARIANT_TEXTS = [
    "", " ", "the", " the", "the cat", "  the  cat\n", "don't DON'T", "a1 22 333 4444", "é e\u0301 E\u0301", "thethethe", "at\tthe", "中 文", "!?!", "the\n\nthe", "한\u1112\u1161\u11ab", "<x> the<x>", "the <x>  the", "THE Cat", "ééé",
    "x½y", "\u0301the", " 'the'", "the.\n\nThe", "cat" * 20, "tt" * 40, "<x><x>", "\u00a0the", "café<X>", "İstanbul", "a'\u017ft A'ST",
]


def tiny_vocabulary(without=""):
    spell = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str
    left_out = {spell(c)[0][0] for c in without}
    vocab = {c: i for i, c in enumerate(sorted(set(pre_tokenizers.ByteLevel.alphabet()) - left_out))}
    merges = []
    for pair in ["t h", "th e", "Ġ the", "c a", "ca t", "a t", "Ġ Ġ", "Ġ c", "Ġc at", "Ġ t", "Ã ©", "Ã© Ã©", "the th", "e th", "th eth", "t t", "tt tt", "Ċ Ċ", "2 2", "3 3", "33 3", "! ?", "Ì ģ", "e Ìģ", "¿ t"]:
        a, b = pair.split(" ")
        if a in vocab and b in vocab:
            vocab.setdefault(a + b, len(vocab))
            merges.append(pair)
    return vocab, merges


def tiny(vocabulary=None, model=None, **parts):
    vocab, merges = vocabulary or tiny_vocabulary()
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": byte_level(regex=True), "post_processor": None, "decoder": None}
    return {**whole, **parts, "model": {"type": "BPE", "vocab": vocab, "merges": merges, **(model or {})}}


def variant(name, settings, texts=None, special=True):
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    texts = texts or VARIANT_TEXTS
    return {"name": name, "tokenizer": settings, "special": special, "texts": texts, "ids": [tokenizer.encode(t, add_special_tokens=special).ids for t in texts]}


def splitting_variants():
    for prefix, regex in itertools.product((False, True), repeat=2):
        yield variant(f"ByteLevel prefix={prefix} regex={regex}", tiny(pre_tokenizer=byte_level(prefix, regex)))
        for name, pattern in {"gpt2": GPT2, "llama3": LLAMA3, "qwen2": QWEN2, "qwen35": QWEN35}.items():
            yield variant(f"{name} then ByteLevel prefix={prefix} regex={regex}", tiny(pre_tokenizer=pre(split(pattern), byte_level(prefix, regex))))
    for individual, prefix in itertools.product((False, True), repeat=2):
        numbers = {"type": "Digits", "individual_digits": individual}
        yield variant(f"Digits individual={individual} prefix={prefix}", tiny(pre_tokenizer=pre(numbers, byte_level(prefix, True))))
    yield variant("Removed, inverted", tiny(pre_tokenizer=pre(split(LLAMA3, "Removed", True), byte_level())))
    yield variant("Isolated, inverted", tiny(pre_tokenizer=pre(split(QWEN2, "Isolated", True), byte_level())))
    yield variant("Sequence of one", tiny(pre_tokenizer=pre(byte_level(regex=True))))
    yield variant("Sequences in a Sequence", tiny(pre_tokenizer=pre(pre(), pre({"type": "Digits", "individual_digits": False}), pre(split(GPT2), byte_level()))))
    yield variant("BertPreTokenizer then ByteLevel", tiny(pre_tokenizer=pre({"type": "BertPreTokenizer"}, byte_level(True))))
    without_regex_field = byte_level(True)
    del without_regex_field["use_regex"]
    yield variant("ByteLevel without use_regex", tiny(pre_tokenizer=without_regex_field))


def model_variants():
    vocab, merges = tiny_vocabulary()
    pairs = [m.split(" ") for m in merges]
    without_type = tiny()
    del without_type["model"]["type"]
    yield variant("model without type", without_type)
    yield variant("merges as pairs", tiny((vocab, pairs)))
    yield variant("merges with a version line", tiny((vocab, ["#version: 0.2"] + merges)))
    yield variant("no merges", tiny((vocab, [])))
    yield variant("merges backwards", tiny((vocab, merges[::-1])))
    yield variant("a merge twice", tiny((vocab, merges + merges[:3])))
    yield variant("switched off by name", tiny(model={"dropout": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "byte_fallback": False, "fuse_unk": False, "unk_token": None, "ignore_merges": False}))
    yield variant("dropout of nothing", tiny(model={"dropout": 0.0}))
    words = {**vocab, "Ġcats": len(vocab), "don't": len(vocab) + 1, "ThE": len(vocab) + 2, "cat" * 20: len(vocab) + 3, "é": len(vocab) + 4}
    for ignore in (False, True):
        yield variant(f"words without merges, ignore_merges={ignore}", tiny((words, merges), {"ignore_merges": ignore}), VARIANT_TEXTS + [" cats", "cats", "don't", "ThE", " ThE"])
    for fuse, unknown in itertools.product((False, True), (None, "tt", "<unk>")):
        few, few_merges = tiny_vocabulary("é!cT")
        few["<unk>"] = len(few)
        few["<unk>t"] = len(few)
        few["tt<unk>"] = len(few)
        few_merges = few_merges + ["<unk> t", "tt <unk>"]
        yield variant(f"bytes unknown, unk_token={unknown} fuse={fuse}", tiny((few, few_merges), {"unk_token": unknown, "fuse_unk": fuse}), VARIANT_TEXTS + ["!!", "t!!t", "tt!tt", "ccc", "!c!t"])
    yield variant("unknown token that nothing needs", tiny(model={"unk_token": "<unk>"}))


def part_variants():
    nfc, bert = {"type": "NFC"}, {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    keep = {**bert, "strip_accents": False}
    for name, parts in {"none": [], "NFC": [nfc], "Bert and NFC": [bert, nfc], "NFC and Bert": [nfc, keep], "nested": [sequence("normalizers", nfc), sequence("normalizers"), keep, nfc]}.items():
        yield variant(f"normalizers: {name}", tiny(normalizer=sequence("normalizers", *parts)))
    vocab, merges = tiny_vocabulary()
    vocab["<s>"] = len(vocab)
    start = [added("<s>", vocab["<s>"])]
    for name, post in {"ByteLevel": byte_level(True, True), "template": template("<s>", vocab["<s>"]), "both": sequence("processors", byte_level(), template("<s>", vocab["<s>"])),
                       "both, turned round": sequence("processors", template("<s>", vocab["<s>"]), byte_level()), "nothing": sequence("processors"),
                       "nested": sequence("processors", sequence("processors", byte_level(), template("<s>", vocab["<s>"])))}.items():
        for special in (True, False):
            yield variant(f"processors: {name} special={special}", tiny((vocab, merges), added_tokens=start, post_processor=post), special=special)
    short = {"max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    for direction in ("Right", "Left"):
        yield variant(f"truncation {direction}", tiny((vocab, merges), added_tokens=start, post_processor=template("<s>", vocab["<s>"]), truncation={**short, "direction": direction}))
    for flags in ({"normalized": True}, {"lstrip": True}, {"rstrip": True}, {"single_word": True}):
        for prefix in (False, True):
            base, base_merges = tiny_vocabulary()
            mine = [added("<x>", len(base), False, **flags), added("e\u0301", len(base) + 1, False, **flags), added("the", base["the"], False, **flags)]
            yield variant(f"added {flags} prefix={prefix}", tiny((base, base_merges), added_tokens=mine, normalizer=nfc, pre_tokenizer=byte_level(prefix, True)))


# ---- codepoints.json

def hash_blocks(record):
    blocks = []
    for first in range(0, 0x110000, BLOCK):
        data = bytearray()
        for code in range(first, first + BLOCK):
            if not 0xD800 <= code <= 0xDFFF:
                data += record(chr(code))
        blocks.append(hashlib.sha256(data).hexdigest()[:16])
    return blocks


def split_context(c):
    """The character alone and beside all that the patterns look at. The Go test has the same line."""
    return f"{c} {c}a{c}{c}b'{c}e'r{c}'l{c}1{c}22{c}.{c}\n{c}\r\n {c}  {c}\t{c}'s{c}\u0301{c}"


def compose_context(c):
    return f"{c}|a{c}|e\u0301{c}|\u1100{c}|\uac00{c}|{c}\u0301|{c}\u0334\u0301|a\u0323{c}\u0301|{c}\u1161\u11a8|{c}{c}|\u05ae{c}\u0300"


def make_codepoints():
    def pieces(settings):
        # ByteLevel is left off here, so that pieces are text.
        part = Tokenizer.from_str(json.dumps(tiny(pre_tokenizer=settings))).pre_tokenizer.pre_tokenize_str
        return lambda c: b"".join(p.encode() + b"\xff" for p, _ in part(split_context(c))) + b"\xfe"

    splits = {name: split(p) for name, p in {"gpt2": GPT2, "llama3": LLAMA3, "qwen2": QWEN2, "qwen35": QWEN35}.items()}
    splits["digits"] = {"type": "Digits", "individual_digits": True}
    splits["numbers"] = {"type": "Digits", "individual_digits": False}
    nfc = normalizers.NFC().normalize_str
    result = {
        "block": BLOCK,
        "splits": [{"pre_tokenizer": s, "pieces": hash_blocks(pieces(pre(s)))} for s in splits.values()],
        "nfc": hash_blocks(lambda c: nfc(compose_context(c)).encode() + b"\xff"),
    }
    write("codepoints.json", json.dumps(result, indent=0) + "\n")


if __name__ == "__main__":
    assert tokenizers.__version__ == VERSION, f"tokenizers {VERSION} is wanted, this is {tokenizers.__version__}"
    make_tokenizers()
    write_lines("variants.jsonl", itertools.chain(splitting_variants(), model_variants(), part_variants()))
    make_codepoints()
