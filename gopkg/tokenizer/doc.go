// Package tokenizer turns text into token ids as the Rust library tokenizers does, from the same tokenizer.json.
//
// Supported are two kinds of file:
//
//   - The BERT family: a WordPiece model, BertNormalizer, BertPreTokenizer, TemplateProcessing or BertProcessing.
//   - The byte-level families GPT-2, Llama 3, Qwen2 to Qwen3.5 and those in the same shape: a BPE model behind a ByteLevel
//     pre-tokenizer, with Split by one of these families' patterns or Digits before it, NFC, and ByteLevel and TemplateProcessing
//     behind.
//
// Both take any of the parts away, Sequences of them, added tokens with all their flags, and truncation. Equal ids are the
// promise: what a file asks for beyond that is refused when the file is read, by the name of the part, and never approximated.
// Among the refused are dropout, byte_fallback, continuing_subword_prefix and end_of_word_suffix of BPE, and split patterns that
// are not known by their text.
//
// Ids come at 5 to 8 million a second and core for English and code with the real vocabularies (GPT-2, Qwen3, Llama 3.1; one
// core of a shared AMD EPYC, where the Rust library gave 0.2 to 0.9 million without its threads), 1.5 million for words of
// thousands of letters, and 2 to 10 million for Chinese. What a vocabulary knows as a whole word is looked up, and whether its
// merges lead there is found out once: two bits a token, the only thing that a tokenizer ever learns. A file of 150 000 tokens
// takes about a second to read.
//
// What differs from the Rust library, on purpose:
//
//   - Padding is never added. A padding section in the file is read past: a text gives its own ids and nothing after them,
//     and whoever builds a batch pads it.
//   - The decoder section is read past: it concerns the way from ids to text.
//   - Text must be valid UTF-8, as it must be for the Rust library, which cannot be given anything else. Invalid bytes (a lone
//     surrogate among them) are a [UTF8Error] with their offset. To replace them instead, call strings.ToValidUTF8 first.
//   - A file that makes the Rust library panic, or warn that it numbers an added token differently than the file does, is refused.
//   - Overflowing parts of a truncated text are not returned; stride, which only concerns them, is checked and has no effect.
package tokenizer
