"""Texts for the byte-level tokenizers, beside those of texts.py: code, white space, chat markup. Written for this purpose."""
import random

import texts as source

CODE = '''func Sum(values []float64) (total float64) {
\tfor _, v := range values {
\t\tif v != v { // NaN
\t\t\tcontinue
\t\t}
\t\ttotal += v
\t}
\treturn total
}
---
def fold(words, *, limit=12_000, **rest):
    """Folds 'em all; doesn't care if they're there."""
    seen: dict[str, int] = {}
    for i, word in enumerate(words):
        if word not in seen and i < limit:
            seen[word] = i
        else:    # we've met

            raise ValueError(f"it's {word!r}; I'd say you'll see")
    return {k: v for k, v in sorted(seen.items(), key=lambda kv: -kv[1])}
---
#include <stdint.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static inline uint32_t mix(uint32_t h) {
    h ^= h >> 16; h *= 0x85ebca6bu;
    return h ^ (h >> 13);   /* don't stop */
}
---
<!DOCTYPE html>
<html lang="en">
  <head><title>It's a page</title></head>
  <body class="a b">&amp; &lt;tag&gt; <p>one<br/>two</p></body>
</html>
---
SELECT u.id, COUNT(*) AS n FROM "users" u LEFT JOIN orders o ON o.user_id = u.id
WHERE o.total >= 1000.50 AND u.name NOT LIKE 'O''Brien%' GROUP BY 1 HAVING COUNT(*) > 3;
---
{"model": "x", "messages": [{"role": "user", "content": "hi\\n\\tthere"}], "n": 1e-5, "t": true, "u": null}
---
name: build\r\non: [push]\r\njobs:\r\n  test:\r\n    runs-on: linux\r\n    steps:\r\n      - run: |\r\n          make -j8\r\n
---
| a | b  |  c |
|---|:--:|---:|
| 1 | 22 | 333 |
| 4444 | 55555 | 666666 |

* item
  * nested `code` **bold** _it_
1. first
10. tenth
---
impl<'a, T: 'static> Foo<'a, T> { fn d(&'a self) -> &'a str { 's'.into(); r#"raw"# } }
---
#!/bin/sh\nset -eu\nfor f in *.txt; do [ -e "$f" ] || continue; sed 's/\\s\\+$//' "$f" >"${f%.txt}.out" 2>&1; done
---
x=1;y=22;z=333;w=4444;v=55555;u=666666;t=7777777 3.14159265358979 1,000,000 0xDEADBEEF 1_000 ２０２６ ١٢٣٤ ½²③ Ⅷ
---
\\frac{1}{2}\\sum_{i=0}^{n-1} x_i^2 \\leq \\alpha' s's 't're \\'ve \\\\\'ll
'''.split("\n---\n")

MARKUP = [
    "<|im_start|>system\nYou are helpful.<|im_end|>\n<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\n",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhat's new?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "a<|endoftext|>b", "<|endoftext|><|endoftext|>", " <|endoftext|> ", "<|endoftext|", "<|END|>", "<|im_start|>", "<|im_end|>\n", "x <|eot_id|> y",
    "<think>\nwell\n</think>\n\nyes", "<tool_call>\n{\"name\": \"f\"}\n</tool_call>", "<tool_call", "<<think>>", "<think ><think>é</think>",
]

CONTRACTIONS = [
    "I'm you're he's we've they'll I'd don't", "I'M YOU'RE HE'S WE'VE THEY'LL I'D DON'T", "'s't're've'm'll'd", "'S'T'RE'VE'M'LL'D", "''s '' 's' 'sx 'tx", "a'sb a'reb a'leb",
    "it\u2019s don\u2019t", "'\u017f '\u017ft x'\u017fy", "'l 'r 'v 'le 'lL 'rE 'Ve", "'", "''", "' s", "'\n's", "1's 2'd 3'll", "é's 中's _'s", "'R 'rr 'lr",
]

SPACES = [
    " a", "  a", "   a", "a ", "a  ", "a   b", "\ta", "\t\ta", " \ta", "\t a", "\na", "\n a", " \na", "\n\na", "\r\na", "\r\n\r\n a", " \r\n \r\n a", "a\n", "a\n ", "a \n", "a \n b", "a\n\n\nb",
    "\n\n\n", "   \n   \n   ", " \n", "\n ", "\t\n\t", "\u00a0a", " \u00a0a", "\u00a0 a", "\u3000中", " \u3000 中", "\u2028a\u2029b", "a\u0085b", "\x1c\x1d a", "\u200b a", " 1", "  1", "   123", "\t1", "\n1",
    " .", "  .", "\t.", ".\n", ".\n\n x", " .\n\n", "!\r\n\r\n", "...\n...", " !\n !", "a.\nb", "a .\n b", "\u00a0.", ".\u00a0", "x\u00a0\n\u00a0y", "                " * 5, "\t" * 40, " " * 200 + "x",
    "\n" * 100, "a" + " " * 17 + "b" + "\n" * 3 + "c", "if x:\n        pass\n\n\n    else:\n\tpass", "\r\r\n\n\r", " \r", "\r ", "a\rb", ".\r.\n", "\x0b\x0ca", "  \x0b a",
]

NUMBERS = ["1", "12", "123", "1234", "12345", "1234567890", "1a2b3c", "a1 b22 c333", "1.5e10", "٣٣٣٣", "１２３４５", "½½½½", "1½2", "Ⅷ Ⅻ", "2026-11-23T10:30:00.123456Z", " 12 345 678", "0" * 50, "߀߁߂߃", "𝟘𝟙𝟚𝟛𝟜"]

MARKS = ["e\u0301", "\u0301", " \u0301", "a\u0301\u0302b", "नमस्ते", "क\u094dष", ".\u0301", "1\u0301", "\u0301\u0301 \u0301.", "\n\u0301a", "'\u0301", "กำลัง น้ำ", "\u0e31a \u0e31", "\u20dd1", "한\u1112\u1161\u11ab", "\u1100\u1161\u11a8\u11a8",
         "\u0344", "\u212b\u2126", "\u1e9b\u0323", "q\u0307\u0323", "a\u0315\u0300\u05ae\u0300b", "\u0958 \u0929 \u0928\u093c", "\ufb1d \ufb2a", "\U0001d15e\U0001d165", "\uf900\ufa0e\U0002f800", "\u2adc \u2add\u0338", "<\u0338 =\u0338 >\u0338",
         "\u0cc6\u0cc2\u0cd5", "\u09c7\u09be \u0b47\u0b56", "\u1b05\u1b35", "\U00011099\U000110ba", "\U000114b9\U000114ba", "\u3046\u3099 \u309d\u3099 ヴ ウ\u3099", "\uac00\u11a7 \uac00\u11a8 \uac01\u11a8 \u1100\u1175\u11c2", "ά \u03ac \u1f71 α\u0301\u0345"]

LONG = ["a" * 47, "a" * 48, "a" * 49, "ab" * 200, "the" * 100, "é" * 100, "x" * 5000, "qwertyuiop" * 60, "=" * 300, "-" * 47 + ">", "中文" * 100, "\U0001f600" * 60, "no" + "o" * 500 + "n", "ing" * 40 + "ed" * 40, "01" * 300]


def composing(rng):
    """Letters and marks that compose, in any order: what NFC has to get right."""
    bases = "aAeEiIoOuUyYwWnNcCsSzZ" + "αεηιουωΑΕΗΙΟΥΩ" + "\u1100\u1103\u1112\uac00\uac01\uae30\u3046\u304b\u0928\u0930\u0933\u09c7\u0bc6\u0cc6\u0d46\u1025"
    marks = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u0311\u0313\u0314\u031b\u0323\u0324\u0325\u0326\u0327\u0328\u032d\u0330\u0331\u0338\u0342\u0345\u0334\u0315\u05ae" \
            "\u1161\u1175\u11a8\u11c2\u11a7\u3099\u309a\u093c\u09be\u09d7\u0bbe\u0bd7\u0cc2\u0cd5\u0d3e\u102e"
    return "".join(rng.choice(bases) + "".join(rng.choice(marks) for _ in range(rng.randint(0, 5))) for _ in range(rng.randint(1, 8)))


def jumble(rng):
    """The things that split patterns look at, in any order."""
    parts = ["'s", "'LL", "'", "a", "word", "É", "中", "1", "99", " ", "  ", "\n", "\r\n", "\t", ".", "!!", "\u0301", "\u00a0", "-", "\u200d", "\U0001f600", "ß", "\u0e31", "½", "_", "<|im_end|>", "<|endoftext|>"]
    return "".join(rng.choice(parts) for _ in range(rng.randint(2, 30)))


def new_texts():
    rng = random.Random(20261124)
    texts = CODE + ["\n".join(CODE)] + MARKUP + CONTRACTIONS + SPACES + NUMBERS + MARKS + LONG
    texts += [composing(rng) for _ in range(120)] + [jumble(rng) for _ in range(200)]
    texts += [" ".join(rng.choice(CODE).split("\n")[-3:]) + rng.choice(SPACES) + rng.choice(source.SENTENCES.splitlines()) for _ in range(40)]
    return list(dict.fromkeys(texts))


def corpus():
    """What the small tokenizers are trained on."""
    sentences = source.SENTENCES.splitlines()
    return sentences + [s.lower() for s in sentences] + CODE * 2 + MARKUP + CONTRACTIONS + SPACES
