#!/usr/bin/env python3
"""Writes character_tables.go: what the Rust library `tokenizers` believes about each Unicode code point.

Three Unicode versions meet inside that library (its categories, its decompositions, its letter case), and none of them is the
one of Go's standard library. So nothing is taken from a Unicode data file: each code point is put through the library itself,
and what comes out is the table.

    python3 -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python gopkg/tokenizer/character_tables.py        # then gofmt -w gopkg/tokenizer/character_tables.go
"""
import itertools
import pathlib
import unicodedata

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

VERSION = "0.23.3"
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xD7A4)


def bert(**on):
    """A BertNormalizer with everything off but what is named."""
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**settings, **on}).normalize_str


def single_word_probe():
    """Says whether a character next to a single_word token forbids the match: the library's idea of a word character."""
    probe = Tokenizer(models.WordLevel({"[UNK]": 0, "x": 1}, unk_token="[UNK]"))
    probe.add_tokens([AddedToken("x", single_word=True, normalized=False)])
    return lambda c: 1 not in probe.encode("x" + c).ids


def strip_probe():
    """Says whether an lstrip token swallows the character: the library's idea of white space in added tokens."""
    probe = Tokenizer(models.WordLevel({"[UNK]": 0, "x": 1}, unk_token="[UNK]"))
    probe.add_tokens([AddedToken("x", lstrip=True, normalized=False)])
    return lambda c: probe.encode(c + "x").ids == [1]


def matching(pattern):
    """The characters that a class of the library's regular expressions holds."""
    rest = pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str
    return [c for c in CODE_POINTS if not rest(chr(c))]


def numerics():
    """What Digits splits off: Rust's own idea of a number, which is not the regular expressions'."""
    split = pre_tokenizers.Digits(True).pre_tokenize_str
    return [c for c in CODE_POINTS if len(split("aa" + chr(c) + "bb")) == 3]


def composed(text, nfd, pairs, classes):
    """NFC by the book, with the tables that Go gets: Unicode section 3.11, Hangul left out."""
    out, starter, last = [], None, -1
    for char in nfd(text):
        own = classes.get(ord(char), 0)
        if starter is not None and last < own and (out[starter], char) in pairs:
            out[starter] = pairs[out[starter], char]
            continue
        last = own if own else -1
        if own == 0:
            starter = len(out)
        elif starter is None:
            last = 255
        out.append(char)
    return "".join(out)


def never_composed(nfd, nfc, classes):
    """Characters that have a decomposition but which NFC does not make. With the decompositions they tell every pair that it
    composes; that nothing else composes is checked here, for each first half with each second half or two of them."""
    apart = {chr(c): nfd(chr(c)) for c in CODE_POINTS if nfd(chr(c)) != chr(c)}
    excluded = [ord(c) for c, whole in apart.items() if nfc(whole) != c]
    kept = {whole: c for c, whole in apart.items() if nfc(whole) == c and ord(c) not in HANGUL}
    pairs = {(kept.get(whole[:-1], whole[:-1]), whole[-1]): c for whole, c in kept.items()}
    assert all(len(a) == 1 for a, _ in pairs)
    firsts, seconds = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    for a, b in itertools.product(firsts, seconds):
        for text in (a + b, b + a, a + "\u0334" + b, a + "\u0315" + b, a + b + b, a + seconds[ord(a) % len(seconds)] + b):
            assert nfc(text) == composed(text, nfd, pairs, classes), ascii(text)
    assert all(nfc(chr(c)) == nfc(nfd(chr(c))) for c in CODE_POINTS)
    return excluded


def combining_classes(nfd):
    """Canonical combining classes as they show in the order that NFD gives two marks. The names of the classes come from
    Python's own table, where a class never changes once given; which characters have one at all comes from the probe."""
    def moves(first, second):
        return nfd("a" + first + second) != "a" + first + second

    low, high = chr(0x334), chr(0x345)  # class 1 and class 240, the least and the greatest
    marks = [c for c in map(chr, CODE_POINTS) if nfd(c) == c and (moves(high, c) or moves(c, low))] + [high]
    references = {unicodedata.combining(c): c for c in reversed(marks)}
    found = {}
    for char in marks:
        same = [k for k, r in references.items() if not moves(r, char) and not moves(char, r)]
        assert len(same) == 1 and same[0] > 0, (hex(ord(char)), same)
        found[ord(char)] = same[0]
    return found


def ranges(codes):
    """[(first, last), ...] of a sorted list of code points. Surrogates, which no text holds, do not end a range."""
    out = []
    for code in codes:
        if out and (code == out[-1][1] + 1 or (code == 0xE000 and out[-1][1] == 0xD7FF)):
            out[-1][1] = code
        else:
            out.append([code, code])
    return out


def quoted(text):
    return "".join(c if 0x21 <= ord(c) < 0x7F and c not in '"\\' else
                   f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text)


def range_table(name, comment, codes):
    pairs = [f"{{{a:#x}, {b:#x}}}" for a, b in ranges(codes)]
    lines = [", ".join(pairs[i:i + 14]) for i in range(0, len(pairs), 14)]
    return f"// {comment}\nvar {name} = []codeRange{{\n" + "".join(f"\t{line},\n" for line in lines) + "}\n"


def expansion_table(name, comment, expansions):
    entries = [quoted(chr(c) + text) + " " for c, text in sorted(expansions.items())]
    lines = ["".join(entries[i:i + 14]) for i in range(0, len(entries), 14)]
    return f"// {comment}\nconst {name} = \"\" +\n" + " +\n".join(f'\t"{line}"' for line in lines) + "\n"


def main():
    assert tokenizers.__version__ == VERSION, tokenizers.__version__
    clean, strip = bert(clean_text=True), bert(strip_accents=True)
    nfd, lower = normalizers.NFD().normalize_str, normalizers.Lowercase().normalize_str
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    is_word, is_stripped = single_word_probe(), strip_probe()

    removed, space, punctuation, mark, word, decomposed, lowered = [], [], [], [], [], {}, {}
    for code in CODE_POINTS:
        char = chr(code)
        if clean(char) == "":
            removed.append(code)
        pieces = len(split("a" + char + "b"))
        if pieces == 2:
            space.append(code)
        if pieces == 3:
            punctuation.append(code)
        if is_word(char):
            word.append(code)
        if nfd(char) != char and code not in HANGUL:
            decomposed[code] = nfd(char)
        if nfd(char) == char and strip(char) == "":
            mark.append(code)
        if lower(char) != char:
            lowered[code] = lower(char)
        assert is_stripped(char) == (pieces == 2), hex(code)
        assert clean(char) in ("", " ", char) and (clean(char) == " ") == (pieces == 2 and code not in removed), hex(code)
    classes = combining_classes(nfd)
    assert matching(r"\s") == space
    letters, numbers, all_marks = matching(r"\p{L}"), matching(r"\p{N}"), matching(r"\p{M}")
    excluded = never_composed(nfd, normalizers.NFC().normalize_str, classes)

    out = [f"// Code generated by character_tables.py from the Rust library tokenizers {VERSION}. DO NOT EDIT.\n\npackage tokenizer\n"]
    out.append(range_table("removedRanges", "removedRanges: what clean_text removes (control, format and private use characters, U+FFFD).", removed))
    out.append(range_table("spaceRanges", "spaceRanges: white space.", space))
    out.append(range_table("punctuationRanges", "punctuationRanges: what BertPreTokenizer makes a word of its own.", punctuation))
    out.append(range_table("markRanges", "markRanges: non-spacing marks, which strip_accents removes.", mark))
    out.append(range_table("wordRanges", "wordRanges: word characters, beside which a single_word token does not match.", word))
    out.append(range_table("letterRanges", r"letterRanges: \p{L} of a Split pattern.", letters))
    out.append(range_table("numberRanges", r"numberRanges: \p{N} of a Split pattern.", numbers))
    out.append(range_table("allMarkRanges", r"allMarkRanges: \p{M} of a Split pattern, spacing marks among them.", all_marks))
    out.append(range_table("numericRanges", "numericRanges: what Digits splits off.", numerics()))
    out.append(range_table("neverComposedRanges", "neverComposedRanges: characters with a decomposition that NFC does not undo.", excluded))
    spans = [f"{{{a:#x}, {b:#x}, {k}}}" for k in sorted(set(classes.values()))
             for a, b in ranges(sorted(c for c in classes if classes[c] == k))]
    lines = [", ".join(spans[i:i + 14]) for i in range(0, len(spans), 14)]
    out.append("// combiningRanges: canonical combining classes other than 0.\nvar combiningRanges = []combiningRange{\n"
               + "".join(f"\t{line},\n" for line in lines) + "}\n")
    out.append(expansion_table("decompositionData",
                               "decompositionData: canonical decompositions but Hangul's; a character, what it becomes, a space.", decomposed))
    out.append(expansion_table("lowercaseData", "lowercaseData: a character, its lower case, a space.", lowered))
    target = pathlib.Path(__file__).with_name("character_tables.go")
    target.write_text("\n".join(out), encoding="utf-8")
    print(f"{target.name}: {len(removed)} removed, {len(space)} space, {len(punctuation)} punctuation, {len(mark)} marks, "
          f"{len(word)} word, {len(classes)} combining, {len(decomposed)} decomposed, {len(lowered)} lowered, "
          f"{len(letters)} letters, {len(numbers)} numbers, {len(all_marks)} marks of all kinds, {len(excluded)} never composed")


main()
