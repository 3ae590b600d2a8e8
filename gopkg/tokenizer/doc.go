// Package tokenizer turns text into token ids as the Rust library tokenizers does, from the same tokenizer.json.
//
// Supported is the BERT family: a WordPiece model, BertNormalizer or none, BertPreTokenizer or none, TemplateProcessing or
// BertProcessing or none, added tokens with all their flags, truncation. Equal ids are the promise: what a file asks for beyond
// that is refused when the file is read, by the name of the part, and never approximated.
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
