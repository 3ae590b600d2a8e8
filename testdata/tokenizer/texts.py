"""The texts of the fixtures: written for this purpose, or made by a seeded generator. Nothing here is anybody else's."""
import random
import unicodedata

SENTENCES = """The cat sat on the mat and looked at the rain.
Quantisation keeps two bits of each coordinate; the rest is thrown away.
Don't you think it's 3.14159 — or “about three”, as she'd say?
state-of-the-art pre-trained models can't un-learn mis-spelled wurds
The naïve café owner's résumé mentioned a façade, a piñata and jalapeños.
Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, ÄÖÜ äöü ß ẞ.
Où est passé l'été ? Là-bas, près du château, où naît le garçon çà et là.
El niño comió piña; ¿verdad que sí? ¡Claro que sí!
A avó não põe maçã no pão, mas o avô põe limão.
Chi è? Perché no? Così è più facile, però è già tardi.
Příliš žluťoučký kůň úpěl ďábelské ódy.
Zażółć gęślą jaźń; Łódź leży nad Łódką.
Árvíztűrő tükörfúrógép, hosszú ő és ű.
Șapte căței și o pisică stau lângă brad. Ţară, Ș, ș, ț.
İstanbul'da ılık bir gün: ISPARTA, ığdır, İĞDIR, şiir, ÇİÇEK.
Đây là một câu tiếng Việt có dấu: người, nghĩa, được, ướt, Ệ, ằ, ễ.
Ég get etið gler án þess að meiða mig; Þór, ð, Æ æ Œ œ.
Ørsted og Ångström drakk øl på Ærø. ÅÄÖ åäö
Jüri õpib eesti keelt; žürii, šokolaad, täht.
Γειά σου Κόσμε! Ο Οδυσσέας ΟΔΥΣΣΕΥΣ, ἄνθρωπος, ᾠδή, ῥώμη, ΰ, ΐ.
Съешь ещё этих мягких французских булок, да выпей чаю. ЁЖИК Йод
Їжак і ґанок: Євген п'є чай, ЩУКА.
Ћирилица и латиница: љубав, њива, џем, ђак. Ѓ ѓ Ќ ќ
Сәлем, әлем! Қазақ тілі, ғылым, ұлт, һ.
Монгол хэл: өглөөний мэнд. ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠌᠎ᠠ
Բարև, աշխարհ։ Ինչպե՞ս ես, ԵՒ և։
გამარჯობა, მსოფლიო! ᲒᲐᲛᲐᲠᲯᲝᲑᲐ Ⴀ ⴀ
שלום עולם! בְּרֵאשִׁית, שָׁלוֹם, ״ציטוט״, מהי?
مرحبا بالعالم! كيف حالك؟ الكِتَابُ، مُحَمَّدٌ، ٱلْعَرَبِيَّة، آ أ إ ؤ ئ ـــ ٣٫١٤
سلام دنیا! من کتاب می‌خوانم؛ گچ پژ، ۱۲۳۴.
یہ اردو کا ایک جملہ ہے۔ ٹ ڈ ڑ ں ہ ے
ދިވެހި ބަސް އެއީ ރީތި ބަހެއް.
ܫܠܡܐ ܥܠܡܐ ܀ ܐܒܓ
नमस्ते दुनिया! हिन्दी में क़लम, ज़िन्दगी, फ़र्क़, श्री, क्ष, ज्ञ, ऽ। ॥ १२३
বাংলা ভাষা: কোথায় যাচ্ছ? ড় ঢ় য় ৎ ং ঃ ঁ। ১২৩
ਪੰਜਾਬੀ ਵਿੱਚ ਇੱਕ ਵਾਕ: ਸ਼ੇਰ, ਖ਼ਬਰ, ਗ਼ਜ਼ਲ, ਫ਼ਿਲਮ।
ગુજરાતી: નમસ્તે, કેમ છો? ૧૨૩
ଓଡ଼ିଆ ଭାଷା: କେମିତି ଅଛ? ଢ଼
தமிழ் மொழி: கொக்கு, பௌர்ணமி, ஸ்ரீ, யாழ்ப்பாணம்.
తెలుగు భాష: ఎలా ఉన్నారు? కైలాసం, ౧౨౩.
ಕನ್ನಡ ಭಾಷೆ: ಹೇಗಿದ್ದೀರಾ? ಕೊಕೋ, ೀ.
മലയാളം: സുഖമാണോ? കൊക്ക്, ൻ ർ ൽ ൾ ൺ, ക്‍.
සිංහල භාෂාව: ඔබට කොහොමද? ශ්‍රී, කෝ, කෞ.
ภาษาไทย: สวัสดีครับ ผมชื่อต้น น้ำเปล่า กำลังไป ๑๒๓ ฿๕๐
ພາສາລາວ: ສະບາຍດີ, ນ້ຳ, ໜັງສື, ໆ.
မြန်မာဘာသာ: မင်္ဂလာပါ၊ နေကောင်းလား။ ဦး
ភាសាខ្មែរ៖ សួស្តី, កោះ, ខ្ញុំ។ ១២៣
བོད་ཡིག་ནི་བཀྲ་ཤིས་བདེ་ལེགས། གྷ ཌྷ དྷ ཀྵ ཱི ཱུ ྲྀ༎
አማርኛ፦ ሰላም ለዓለም። እንዴት ነህ፧
안녕하세요 세계! 한국어 문장은 띄어쓰기가 있습니다. 값, 닭, 뷁, ㅋㅋㅋ, 각 각.
こんにちは世界。がぎぐげご、パピプペポ、ヴァイオリン、ﾊﾝｶｸ ｶﾞ、〜ー・「かぎ」
吾輩は猫である、名前はまだ無い。東京都2026年11月23日（月）
你好，世界！我们今天学习“量子化”——简体字、繁體字、𠮷野家、㐂、豈更車、﨑、丽。
粵語：佢哋喺邊度呀？咁樣得唔得㗎？
ꦲꦤꦕꦫꦏ ᬅᬓ᭄ᬱᬭ ᮞᮥᮔ᮪ᮓ ᨅᨔ ᨕᨘᨁᨗ
ᏣᎳᎩ ꮳꮃꭹ ᐃᓄᒃᑎᑐᑦ ᚠᚢᚦᚨᚱᚲ ᛫ ⵜⴰⵎⴰⵣⵉⵖⵜ ߒߞߏ
Yorùbá: ẹ káàárọ̀, ọ̀rọ̀, ṣé o wà? Igbo: ụ̀, ị́.
👩‍👩‍👧‍👦 family 👨🏽‍💻 codes 🏳️‍🌈 flag 🇺🇦🇯🇵 1️⃣ #️⃣ ❤️ ☺︎ 🫠🪿🫨 🧑🏿‍🚀
🙂🙃😀😃 text right behind😂and🤣between words ¯\\_(ツ)_/¯ ʕ•ᴥ•ʔ
€100 £5 ¥2000 ₹99 ₿0.5 ¢ ¤ 50% ‰ № ™ ® © ª º ² ³ ¼ ½ ¾ × ÷ ± ≤ ≥ ≠ ∞ ∑ √ ∫ ∂
∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β = ¬(¬α ∨ β), ℂ ⊃ ℚ ⊃ ℤ, Å Å Ω Ω K K, 𝐀𝑩𝕮𝟘
ﬁne ﬂow oﬃce ﬀ ﬆ Ĳ ĳ ŉ Ǆ ǅ ǆ ſ ẛ ẞ ﬓ ﷲ ﷺ ㍿ ㌀ ① ⑳ Ⅻ ⅻ ⓐ Ⓐ
ＦＵＬＬ　ｗｉｄｔｈ　ｔｅｘｔ！？　１２３（ａ）
┌─┐│x│└─┘ ░▒▓█ ▀▄ ←↑→↓ ↔ ⇒ ⇔ ✓ ✗ ★ ☆ ♠ ♥ ♦ ♣ ♪ ♫ ☀ ☁ ☂
func main() { fmt.Println("héllo, wörld", 0x1F, 1e-9, a[i]<<=2, !ok && x != nil) } // done
SELECT id, name FROM users WHERE email LIKE '%@example.org' AND age >= 21;
https://example.org/path/to/page?query=a%20b&lang=en#frag mailto:a.b+c@example.org
/usr/local/lib/libexample.so.1.2.3 C:\\Users\\name\\file.txt ~/.config $HOME ${PATH}
{"key": [1, 2.5, null, true], "nested": {"a": "b\\n"}}
<html><body class="x">&nbsp;&amp;<!-- comment --></body></html>
0 1 12 123 1234 12345 1,234,567.89 1e10 0xff 0b101 1st 2nd 3rd 10:30 2026-11-23T10:30:00Z
a b c d e f g A B C D E F G I i l L
antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis floccinaucinihilipilification
mRNA iPhone eBay McDonald O'Neill d'Artagnan rock'n'roll C++ C# F# .NET node.js
ALL CAPS SENTENCE WITH NUMBERS 42 AND PUNCTUATION!!! ??? ... --- ___ *** ### $$$ @@@
word.word,word;word:word!word?word(word)word[word]word{word}word"word'word`word~word^word|word
##ing ## # ##a ###b [unused1] [unused99] [MASKED] [ CLS ] [cls] [Sep] CLS SEP PAD [PAD [PAD]] [[PAD]
"""

EDGE_CASES = [
    "", " ", "  ", "\n", "\t", "\r\n", "\u3000", "\u00a0", "\u200b", "\u200d", "\ufeff", "\ufffd", "\x00", "\x00\x01\x02", "\x7f", "\u0085",
    ".", "...", "'", "#", "##", "a", "A", "é", "e\u0301", "\u0301", "\u0301\u0301\u0301", "中", "中中", "\ud55c", "İ", "ı", "ß", "ẞ", "Σ", "ς",
    "\ue000", "\U000f0000", "\U0010ffff", "\U0010fffd", "\ufdd0", "\uffff", "\ufffe", "\u0378", "\U000e0001", "\U000e0041\U000e007f",
    "a\tb\nc\rd\x0be\x0cf\x1cg\x1dh\x1ei\x1fj", "a\u00a0b\u1680c\u2000d\u2001e\u2002f\u2003g\u2004h\u2005i\u2006j\u2007k\u2008l\u2009m\u200an",
    "a\u2028b\u2029c\u202fd\u205fe\u3000f\u180eg\u200bh\u2060i\ufeffj\u0085k", "  leading and trailing  ", "many     spaces\n\n\nand lines\t\ttabs",
    "a\u0000b\u0007c\u001bd\u007fe\u0080f\u009fg\u00adh", "soft\u00adhyphen zero\u200bwidth non\u200cjoiner join\u200der\u2060word \u202ertl\u202c",
    "café cafe\u0301 CAFÉ CAFE\u0301 ca\u0301\u0327fe\u0327\u0301", "a\u0315\u0300\u05ae\u0300b a\u0300\u0315\u05aeb \u1e69 s\u0323\u0307 s\u0307\u0323",
    "\u0344 \u0340 \u0341 \u0343 \u0374 \u037e \u0387 \u1fef \u2000 \u2126 \u212a \u212b \u2329 \u232a", "\u302e한\u302f글 \u16f0 \U0001d165\U0001d15f\U0001d16e\U0001d1bb",
    "한글 \u1112\u1161\u11ab\u1100\u1173\u11af \uac00\uac01\ud7a3 \u1100\u1161 \u1100\u1161\u11a8", "\U00016ff0a\U00016ff1 \U00011938 \U000110ba \U0001133b",
    "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[CLS][SEP]", "[CLS] [SEP]", "x[SEP]y", " [MASK] ", "The [MASK] sat.", "[MASK][MASK] [MASK]",
    "[mask]", "[CLS", "CLS]", "[[CLS]]", "[CLS]]", "[ CLS]", "[CL\u200bS]", "[C\u0301LS]", "[CLS]\u0301", "é[SEP]é", "中[SEP]中", "[SEP]\n[SEP]",
    "a[UNK]b [UNK]", "[MASK].[MASK],", "[PAD][PAD][PAD]", "\u200b[SEP]\u200b", "\U0001f600[MASK]\U0001f600",
    "x" * 99, "x" * 100, "x" * 101, "x" * 1000, "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "\U0001f600" * 100, "\U0001f600" * 101,
    "中" * 300, "." * 300, "a." * 200, "un" * 50, "un" * 50 + "a", "\u0301" * 300, "a" + "\u0301" * 300 + "b", "\u094d" * 50 + "\u302e\u302f" * 20,
    "ing" * 33 + "a", "한" * 33, "한" * 34, "각" * 33 + "a", "각" * 34, "ß" * 100, "İ" * 100, "İ" * 101,
]

BLOCKS = [
    (0x20, 0x7e), (0xa0, 0xff), (0x100, 0x17f), (0x180, 0x24f), (0x250, 0x2af), (0x2b0, 0x36f), (0x370, 0x3ff), (0x400, 0x4ff), (0x500, 0x58f),
    (0x590, 0x5ff), (0x600, 0x6ff), (0x700, 0x7bf), (0x7c0, 0x8ff), (0x900, 0x97f), (0x980, 0x9ff), (0xa00, 0xa7f), (0xa80, 0xaff), (0xb00, 0xb7f),
    (0xb80, 0xbff), (0xc00, 0xc7f), (0xc80, 0xcff), (0xd00, 0xd7f), (0xd80, 0xdff), (0xe00, 0xe7f), (0xe80, 0xeff), (0xf00, 0xfff), (0x1000, 0x109f),
    (0x10a0, 0x10ff), (0x1100, 0x11ff), (0x1200, 0x139f), (0x13a0, 0x167f), (0x1680, 0x177f), (0x1780, 0x17ff), (0x1800, 0x18af), (0x18b0, 0x1aff),
    (0x1b00, 0x1c7f), (0x1c80, 0x1cff), (0x1d00, 0x1dff), (0x1e00, 0x1eff), (0x1f00, 0x1fff), (0x2000, 0x206f), (0x2070, 0x20ff), (0x2100, 0x218f),
    (0x2190, 0x23ff), (0x2400, 0x27bf), (0x27c0, 0x2bff), (0x2c00, 0x2dff), (0x2e00, 0x2fff), (0x3000, 0x303f), (0x3040, 0x30ff), (0x3100, 0x33ff),
    (0x3400, 0x4dff), (0x4e00, 0x9fff), (0xa000, 0xa4cf), (0xa4d0, 0xa82f), (0xa830, 0xabff), (0xac00, 0xd7ff), (0xe000, 0xf8ff), (0xf900, 0xfaff),
    (0xfb00, 0xfdff), (0xfe00, 0xfe6f), (0xfe70, 0xffff), (0x10000, 0x107ff), (0x10800, 0x10fff), (0x11000, 0x11fff), (0x12000, 0x167ff),
    (0x16800, 0x18cff), (0x1b000, 0x1bfff), (0x1d000, 0x1d3ff), (0x1d400, 0x1d7ff), (0x1d800, 0x1efff), (0x1f000, 0x1f6ff), (0x1f700, 0x1faff),
    (0x1fb00, 0x1ffff), (0x20000, 0x2a6ff), (0x2a700, 0x2ebff), (0x2ebf0, 0x2fffd), (0x2f800, 0x2fa1f), (0x30000, 0x3ffff), (0x40000, 0xdffff),
    (0xe0000, 0xe01ff), (0xf0000, 0x10ffff),
]

MARKS = [c for c in map(chr, range(0x20000)) if unicodedata.category(c) in ("Mn", "Mc")]


def from_block(rng, first, last):
    """A few words of characters of one block, now and then with other things between them."""
    def char():
        roll = rng.random()
        if roll < 0.06:
            return rng.choice(" .,-'\u200d\ufe0f\u0301")
        if roll < 0.10:
            return rng.choice("aEzQ9")
        return chr(rng.randint(first, last))
    return " ".join("".join(char() for _ in range(rng.randint(1, 7))) for _ in range(rng.randint(1, 6)))


def from_vocabulary(rng, pieces):
    """Words glued together from vocabulary pieces: many ways to cut each."""
    def part():
        piece = rng.choice(pieces)
        return piece.removeprefix("##")
    words = ["".join(part() for _ in range(rng.choice([1, 1, 2, 3, 5]))) for _ in range(rng.randint(1, 25))]
    return rng.choice([" ", " ", ", ", "-", "\n"]).join(rng.choice([str.lower, str.upper, str.title])(w) for w in words)


def with_special_tokens(rng, pieces):
    glue = ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[MASK", "]", "[", " ", "  ", "\t", "é", "中", "\u200b", "."]
    return "".join(rng.choice(glue) if rng.random() < 0.6 else rng.choice(pieces) for _ in range(rng.randint(2, 14)))


def heap_of_marks(rng):
    return "".join(rng.choice("aoक한\u1100") + "".join(rng.choice(MARKS) for _ in range(rng.randint(1, 6))) for _ in range(rng.randint(1, 5)))


def anything(rng):
    def char():
        code = rng.choice([rng.randrange(0x80), rng.randrange(0x3000), rng.randrange(0x110000)])
        return chr(code) if not 0xD800 <= code <= 0xDFFF else "?"
    return "".join(char() for _ in range(rng.randint(1, 60)))


def all_texts(vocabulary):
    rng = random.Random(20261123)
    pieces = sorted(vocabulary)
    sentences = SENTENCES.splitlines()
    texts = list(EDGE_CASES) + sentences
    texts += [unicodedata.normalize("NFD", s) for s in sentences] + [s.upper() for s in sentences]
    texts += [from_block(rng, a, b) for a, b in BLOCKS for _ in range(6)]
    texts += [from_vocabulary(rng, pieces) for _ in range(250)]
    texts += [with_special_tokens(rng, pieces) for _ in range(120)]
    texts += [heap_of_marks(rng) for _ in range(120)]
    texts += [anything(rng) for _ in range(250)]
    texts += [" ".join(rng.sample(sentences, 3)) for _ in range(40)]
    texts += ["\n".join(sentences[i:i + 20]) for i in range(0, 80, 20)]
    return list(dict.fromkeys(texts))
