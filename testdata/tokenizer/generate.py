#!/usr/bin/env python3
"""Makes the fixtures of this folder with the Rust library `tokenizers`, whose ids they record. README.md says how to run it.

    texts.jsonl       texts and their ids by all-MiniLM-L6-v2/tokenizer.json, with special tokens, without truncation or padding
    variants.jsonl    small tokenizers, one a line, with texts and ids: every setting that is supported
    codepoints.json   hashes of what becomes of each Unicode code point, by blocks of 4096
"""
import hashlib
import itertools
import json
import pathlib
import struct

import tokenizers
from tokenizers import Tokenizer, normalizers, pre_tokenizers

import texts as source

VERSION = "0.23.3"
HERE = pathlib.Path(__file__).parent
MODEL = HERE / "all-MiniLM-L6-v2" / "tokenizer.json"
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
BLOCK = 4096


def load(settings):
    tokenizer = Tokenizer.from_str(settings if isinstance(settings, str) else json.dumps(settings))
    tokenizer.no_padding()
    return tokenizer


def write_lines(name, rows):
    path = HERE / name
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="ascii")
    print(name, len(rows), path.stat().st_size)


# ---- texts.jsonl

def make_texts():
    tokenizer = load(MODEL.read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    rows = [{"text": text, "ids": tokenizer.encode(text).ids} for text in source.all_texts(tokenizer.get_vocab())]
    write_lines("texts.jsonl", rows)


# ---- variants.jsonl

def bert_normalizer(clean=True, chinese=True, strip=None, lower=True):
    return {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": strip, "lowercase": lower}


def normalizer_of(s):
    return normalizers.BertNormalizer(s["clean_text"], s["handle_chinese_chars"], s["strip_accents"], s["lowercase"])


NORMALIZERS = [bert_normalizer(*flags) for flags in itertools.product((True, False), (True, False), (None, True, False), (True, False))]

VARIANT_TEXTS = [
    "Hello, World!", "The quick Brown fox", "CAFÉ café cafe\u0301", "ÄÖÜ äöü ß ẞ", "İstanbul ıI Σίσυφος ΣΣ", "Ǆ ǅ ǆ ﬁ Ĳ", "中文 mit 空格 豈", "𠮷野家",
    "한글 각", "\u1112\u1161\u11ab", "हिन्दी क़", "ที่นี่น้ำ", "tab\there\nline\r\nend", "nul\x00bell\x07del\x7f", "zero\u200bwidth\u200djoin\ufeffbom", "\ufffd\ufffdx",
    "a\u00a0b\u3000c\u2028d\u0085e\x0bf\x0cg\x1ch", "soft\u00adhyphen", "a\u0315\u0300\u05ae b", "\u302f한\u302e\u094d", "x\u0e38\u0e48\u0e31\u0e38 \U0001d165\U0001d16e",
    "\u0344\u0374\u037e\u0387\u1fef\u2126\u212b\u2329", "\ue000pu\U000f0000a", "\u0378un\U000e0080as", "👩‍👩‍👧 🇺🇦 1️⃣", "[CLS] in [SEP] text [MASK].", "a-b_c.d,e;f", "“quoted” «text» ‚x’ …—",
    "  spaced   out  ", "", " ", "xxxxx xxxxxx", "ééééé éééééé e\u0301e\u0301e\u0301e\u0301e\u0301", "ＦＵＬＬ　ｗｉｄｔｈ", "Ⓐ Ⅻ Ꭰ ꭰ Ა", "ᾠδή ΐ ῥ",
]


def characters_after(all_texts):
    """Every character that any of the normalisers leaves of the texts, so that the small vocabulary tells all of them apart."""
    found = set()
    for settings in NORMALIZERS:
        normalizer = normalizer_of(settings)
        for text in all_texts:
            found.update(normalizer.normalize_str(text))
    return sorted(c for c in found if not c.isspace() or c == " ")


def small_vocabulary(all_texts, prefix="##"):
    tokens = SPECIALS + ["hello", "world", "the", "quick", "qu", prefix + "ick", "cafe", "Hello", "World", "tok", "word"]
    for char in characters_after(all_texts):
        tokens += [char, prefix + char]
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def numbered(vocabulary, tokens):
    """Ids as the library gives them: the vocabulary's where it has the token, else counted on from its end."""
    ids = dict(vocabulary)
    for token in tokens:
        if token["content"]:
            token["id"] = ids.setdefault(token["content"], len(ids))
    return tokens


def added(content, number=0, special=False, **flags):
    settings = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": not special, "special": special, **flags}
    return {"id": number, "content": content, **settings}


def template(*pieces, **special):
    def piece(p):
        return {"Sequence": {"id": p[1:], "type_id": 0}} if p.startswith("$") else {"SpecialToken": {"id": p, "type_id": 0}}
    return {"type": "TemplateProcessing", "single": [piece(p) for p in pieces], "pair": [piece("$A"), piece("$B")],
            "special_tokens": {k: {"id": k, "ids": v, "tokens": [str(i) for i in v]} for k, v in special.items()}}


CLS_SEP = template("[CLS]", "$A", "[SEP]", **{"[CLS]": [2], "[SEP]": [3]})


def tokenizer_json(vocabulary, **parts):
    model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}
    model.update(parts.pop("model", {}))
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [added(t, i, True) for i, t in enumerate(SPECIALS)],
             "normalizer": bert_normalizer(), "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": CLS_SEP, "decoder": None}
    return {**whole, **parts, "model": model}


def variant(name, settings, all_texts, special=True):
    tokenizer = load(settings)
    return {"name": name, "tokenizer": settings, "special": special, "texts": all_texts,
            "ids": [tokenizer.encode(t, add_special_tokens=special).ids for t in all_texts]}


def normalizer_variants():
    vocabulary = small_vocabulary(VARIANT_TEXTS)
    name = "clean={clean_text} chinese={handle_chinese_chars} strip={strip_accents} lower={lowercase}"
    return [variant(name.format(**s), tokenizer_json(vocabulary, normalizer=s), VARIANT_TEXTS) for s in NORMALIZERS]


def part_variants():
    vocabulary = small_vocabulary(VARIANT_TEXTS)
    without_type = tokenizer_json(vocabulary)
    del without_type["model"]["type"]
    without_strip = tokenizer_json(vocabulary)
    del without_strip["normalizer"]["strip_accents"]
    bert_processing = {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}
    repeated = template("[CLS]", "$A", "both", "$A", **{"[CLS]": [2], "both": [3, 4]})
    settings = {
        "model without type": without_type,
        "normalizer without strip_accents": without_strip,
        "no normalizer": tokenizer_json(vocabulary, normalizer=None),
        "no pre-tokenizer": tokenizer_json(vocabulary, pre_tokenizer=None),
        "no post-processor": tokenizer_json(vocabulary, post_processor=None),
        "no parts but the model": tokenizer_json(vocabulary, normalizer=None, pre_tokenizer=None, post_processor=None, added_tokens=[]),
        "BertProcessing": tokenizer_json(vocabulary, post_processor=bert_processing),
        "text twice": tokenizer_json(vocabulary, post_processor=repeated),
        "text only": tokenizer_json(vocabulary, post_processor=template("$A")),
        "suffix only": tokenizer_json(vocabulary, post_processor=template("$A", "[SEP]", **{"[SEP]": [3]})),
        "five characters a word": tokenizer_json(vocabulary, model={"max_input_chars_per_word": 5}),
        "no characters a word": tokenizer_json(vocabulary, model={"max_input_chars_per_word": 0}),
        "other unknown token": tokenizer_json(vocabulary, model={"unk_token": "tok", "max_input_chars_per_word": 5}),
        "empty prefix": tokenizer_json(vocabulary, model={"continuing_subword_prefix": ""}),
        "prefix of no piece": tokenizer_json(vocabulary, model={"continuing_subword_prefix": "@@@"}),
        "prefix of letters": tokenizer_json(small_vocabulary(VARIANT_TEXTS, "ix"), model={"continuing_subword_prefix": "ix"}),
    }
    rows = [variant(name, s, VARIANT_TEXTS) for name, s in settings.items()]
    return rows + [variant("without special tokens", tokenizer_json(vocabulary), VARIANT_TEXTS, special=False)]


ADDED_TEXTS = [
    "tok", "a tok b", "atokb", "atok b", "a tokb", "a  tok  b", "tok tok", "toktok", "tok  tok", " tok", "tok ", "  tok  ", "TOK Tok tok", "tök t\u200bok", "a\u3000tok\u00a0b",
    "étoké", "_tok_", "1tok2", "-tok-", "中tok中", "\u0301tok\u0301", "\u200dtok\u200c", "<x>", "a<x>b", "<X> <x>", " <x> <x> ", "<x><xy>", "<xy><x>", "<xyz>", "<x", "x>",
    "Été d'été", "ÉTÉ", "e\u0301te\u0301", "[SEP]tok[SEP]", "tok[SEP] tok", "[MASK] tok  [MASK]", "to tok to tok", "tokto", "totok", "\ttok\n", "tok\u2028tok", "a tok\u200b b",
    "new york", "New  York", "NEW YORK city", "newyork", "a\u00e9tok", "tok\U0001d7d8", "tok\u203f", "tok\u0660", "a b", "aa b", "", "中", "中文tok",
]


def added_variants():
    vocabulary = small_vocabulary(ADDED_TEXTS)
    specials = [added(t, i, True) for i, t in enumerate(SPECIALS)]
    rows = []
    for normalized, single, left, right in itertools.product((True, False), repeat=4):
        flags = dict(normalized=normalized, single_word=single, lstrip=left, rstrip=right)
        mine = numbered(vocabulary, [added(content, **flags) for content in ("tok", "<x>", "<xy>", "Été", "New York")])
        for lower in (True, False):
            name = f"added {flags} lower={lower}"
            rows.append(variant(name, tokenizer_json(vocabulary, added_tokens=specials + mine, normalizer=bert_normalizer(lower=lower)), ADDED_TEXTS))
    mixed = numbered(vocabulary, [
        added("tok", normalized=False, rstrip=True), added("  ", normalized=False), added("to", normalized=False, single_word=True),
        added("tokto", normalized=True), added("中", normalized=True), added("é", normalized=False, lstrip=True),
        added("<x>", special=True, normalized=True, lstrip=True, rstrip=True), added(""), added("tok", normalized=False, lstrip=True)])
    rows.append(variant("added, mixed", tokenizer_json(vocabulary, added_tokens=specials + mixed), ADDED_TEXTS))
    rows.append(variant("added, no normalizer", tokenizer_json(vocabulary, added_tokens=specials + mixed, normalizer=None), ADDED_TEXTS))
    rows.append(variant("added, no pre-tokenizer", tokenizer_json(vocabulary, added_tokens=specials + mixed, pre_tokenizer=None), ADDED_TEXTS))
    spaces = numbered(vocabulary, [added("x", normalized=False, rstrip=True), added(" ", normalized=False), added("   ", normalized=False)])
    spaced = ["x", "x y", "x  y", "x   y", "x    y", "x     y", " x", "   x", "y   y", "y    y", "xx", "x x", "x  x", "x   x"]
    rows.append(variant("added, white space swallowed", tokenizer_json(vocabulary, added_tokens=specials + spaces), spaced))
    return rows


def truncation_variants():
    all_texts = ["", "a", "a b", "a b c", "a b c d e f g h", "a b c [SEP] d e f", "xxxxx yyyyy", "中文中文中文", "a, b. c! d?"]
    vocabulary = small_vocabulary(all_texts)
    rows = []
    for length, direction, strategy in itertools.product((2, 3, 4, 7, 100), ("Right", "Left"), ("LongestFirst", "OnlyFirst")):
        truncation = {"max_length": length, "direction": direction, "strategy": strategy, "stride": 1 if length > 4 else 0}
        rows.append(variant(f"truncation {truncation}", tokenizer_json(vocabulary, truncation=truncation), all_texts))
    short = {"max_length": 3, "strategy": "OnlySecond", "stride": 0}
    rows.append(variant("truncation OnlySecond, short texts", tokenizer_json(vocabulary, truncation=short), all_texts[:2]))
    nothing = {"max_length": 2, "strategy": "OnlySecond", "stride": 0}
    rows.append(variant("truncation OnlySecond, no room", tokenizer_json(vocabulary, truncation=nothing), all_texts))
    small = {"max_length": 3, "strategy": "LongestFirst", "stride": 0}
    rows.append(variant("truncation without special tokens", tokenizer_json(vocabulary, truncation=small), all_texts, special=False))
    twice = template("$A", "[SEP]", "$A", **{"[SEP]": [3]})
    rows.append(variant("truncation of a text twice", tokenizer_json(vocabulary, truncation=small, post_processor=twice), all_texts))
    padding = {"strategy": {"Fixed": 128}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
    rows.append(variant("padding is not added", tokenizer_json(vocabulary, padding=padding), all_texts))
    return rows


def combining_variant():
    """The order of marks: those that stripping leaves, in pairs and in heaps with others."""
    import random
    rng = random.Random(7)
    strip = normalizers.BertNormalizer(False, False, True, False).normalize_str
    nfd = normalizers.NFD().normalize_str
    kept = [c for c in map(chr, list(range(0xD800)) + list(range(0xE000, 0x110000)))
            if nfd(c) == c and strip(c) == c and (nfd("a\u0345" + c) != "a\u0345" + c or nfd("a" + c + "\u0334") != "a" + c + "\u0334")]
    assert len(kept) > 20, len(kept)
    others = ["\u0301", "\u0e31", "\u0334", "b", "\u093e", "\u0f73", "\u0344", "\u1100", " "]
    heaps = ["a" + "".join(rng.choice(kept if rng.random() < 0.7 else others) for _ in range(rng.randint(3, 8))) for _ in range(300)]
    pairs = ["a" + x + y for x in kept for y in kept]
    all_texts = heaps + ["  ".join(pairs[i:i + 60]) for i in range(0, len(pairs), 60)]
    vocabulary = small_vocabulary(all_texts)
    return [variant("order of combining marks", tokenizer_json(vocabulary, normalizer=bert_normalizer(clean=False, strip=True, lower=False)), all_texts)]


def make_variants():
    write_lines("variants.jsonl", normalizer_variants() + part_variants() + added_variants() + truncation_variants() + combining_variant())


# ---- codepoints.json

def contexts(code):
    char = chr(code)
    return char, "a" + char + "b"


def hash_blocks(record):
    """The first 8 bytes, in hex, of the SHA-256 of the records of each block of code points, surrogates left out."""
    hashes = []
    for start in range(0, 0x110000, BLOCK):
        digest = hashlib.sha256()
        for code in range(start, start + BLOCK):
            if not 0xD800 <= code <= 0xDFFF:
                for text in contexts(code):
                    digest.update(record(text))
        hashes.append(digest.hexdigest()[:16])
    return hashes


def pieces_record(settings):
    """Normalise and split: each word, then byte 0xff; byte 0xfe after the last."""
    normalizer, split = normalizer_of(settings), pre_tokenizers.BertPreTokenizer()

    def record(text):
        words = split.pre_tokenize_str(normalizer.normalize_str(text))
        return b"".join(w.encode() + b"\xff" for w, _ in words) + b"\xfe"
    return record


def ids_record(tokenizer):
    """The ids as little-endian uint32, then four bytes 0xff."""
    def record(text):
        ids = tokenizer.encode(text).ids
        return struct.pack(f"<{len(ids)}I", *ids) + b"\xff\xff\xff\xff"
    return record


def make_codepoints():
    model = load(MODEL.read_text(encoding="utf-8"))
    model.no_truncation()
    flags = [(True, True, None, True), (True, True, None, False), (False, False, True, False), (False, False, False, True), (True, False, True, False), (False, True, False, False)]
    beside = [added("a", 5, normalized=False, single_word=True), added("b", 6, normalized=False, lstrip=True)]
    neighbours = tokenizer_json({t: i for i, t in enumerate(SPECIALS + ["a", "b", "##b"])}, added_tokens=beside, normalizer=None)
    result = {
        "block": BLOCK,
        "ids": hash_blocks(ids_record(model)),
        "neighbours": {"tokenizer": neighbours, "ids": hash_blocks(ids_record(load(neighbours)))},
        "pieces": [{"normalizer": bert_normalizer(*f), "pieces": hash_blocks(pieces_record(bert_normalizer(*f)))} for f in flags],
    }
    (HERE / "codepoints.json").write_text(json.dumps(result, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    assert tokenizers.__version__ == VERSION, f"tokenizers {VERSION} is wanted, this is {tokenizers.__version__}"
    make_texts()
    make_variants()
    make_codepoints()
