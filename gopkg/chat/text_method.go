package chat

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type stringMethod func(r *run, text string, g *given) (value, error)

// stringMethods are those of Python's str that chat templates use.
var stringMethods map[string]stringMethod

func init() {
	stringMethods = map[string]stringMethod{
		"strip":        stripper(strings.Trim, strings.TrimFunc),
		"lstrip":       stripper(strings.TrimLeft, strings.TrimLeftFunc),
		"rstrip":       stripper(strings.TrimRight, strings.TrimRightFunc),
		"startswith":   affixTest(strings.HasPrefix),
		"endswith":     affixTest(strings.HasSuffix),
		"removeprefix": affixCut("prefix", strings.TrimPrefix),
		"removesuffix": affixCut("suffix", strings.TrimSuffix),
		"upper":        caseMethod(strings.ToUpper),
		"lower":        caseMethod(strings.ToLower),
		"capitalize":   caseMethod(capitalize),
		"title":        caseMethod(title),
		"replace":      replaceMethod,
		"split":        splitMethod,
		"rsplit":       rsplitMethod,
		"find":         findMethod,
		"count":        countMethod,
		"join":         joinMethod,
	}
}

// stripper is strip, lstrip or rstrip: of white space, or of the given characters.
func stripper(of func(text, cut string) string, space func(text string, is func(rune) bool) string) stringMethod {
	return func(r *run, text string, g *given) (value, error) {
		bound, err := g.bind(0, []string{"chars"}, nil)
		if err != nil {
			return nil, err
		}
		switch chars := bound[0].(type) {
		case nil:
			return space(text, isSpace), nil
		case string:
			return of(text, chars), r.spend(g.line, len(chars))
		}
		return nil, r.wrong(g.line, "%s with a %s", g.of, typeName(bound[0]))
	}
}

// affixTest is startswith or endswith, with one text or a tuple of them.
func affixTest(has func(text, affix string) bool) stringMethod {
	return func(r *run, text string, g *given) (value, error) {
		bound, err := g.bind(1, []string{"affix"})
		if err != nil {
			return nil, err
		}
		affixes := []value{bound[0]}
		if several, ok := bound[0].(*list); ok && several.kind == tupleList {
			affixes = several.items
		}
		for _, v := range affixes {
			affix, ok := v.(string)
			if !ok {
				return nil, r.wrong(g.line, "%s with a %s", g.of, typeName(v))
			}
			if has(text, affix) {
				return true, nil
			}
		}
		return false, r.spend(g.line, len(affixes))
	}
}

func affixCut(name string, cut func(text, affix string) string) stringMethod {
	return func(r *run, text string, g *given) (value, error) {
		texts, err := r.textArguments(g, 1, name)
		if err != nil {
			return nil, err
		}
		return cut(text, texts[0]), nil
	}
}

// textArguments are arguments that must be texts, by position.
func (r *run) textArguments(g *given, required int, parameters ...string) ([]string, error) {
	bound, err := g.bind(required, parameters, make([]value, len(parameters)-required)...)
	if err != nil {
		return nil, err
	}
	var texts []string
	for i, v := range bound {
		text, ok := v.(string)
		if !ok && !(v == nil && i >= required) {
			return nil, r.wrong(g.line, "%s with a %s", g.of, typeName(v))
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// caseMethod changes case in ASCII. Beyond it Python's own tables would be needed, which change from version to version.
func caseMethod(change func(text string) string) stringMethod {
	return func(r *run, text string, g *given) (value, error) {
		if _, err := g.bind(0, nil); err != nil {
			return nil, err
		}
		return r.changeCase(g, text, change)
	}
}

func (r *run) changeCase(g *given, text string, change func(text string) string) (value, error) {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return nil, &UnsupportedError{g.line, g.of + " of a text beyond ASCII"}
		}
	}
	return change(text), nil
}

func capitalize(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.ToLower(text[1:])
}

// title begins each run of letters with a capital.
func title(text string) string {
	out := []byte(strings.ToLower(text))
	inWord := false
	for i, c := range out {
		isLetter := c >= 'a' && c <= 'z'
		if isLetter && !inWord {
			out[i] = c - 'a' + 'A'
		}
		inWord = isLetter
	}
	return string(out)
}

func replaceMethod(r *run, text string, g *given) (value, error) {
	bound, err := g.bind(2, []string{"old", "new", "count"}, int64(-1))
	if err != nil {
		return nil, err
	}
	return r.replaced(g, text, bound[0], bound[1], bound[2])
}

func (r *run) replaced(g *given, text string, from, to, count value) (value, error) {
	old, ok1 := from.(string)
	with, ok2 := to.(string)
	times, _, whole, ok3 := number(count)
	if !ok1 || !ok2 || !ok3 || !whole {
		return nil, r.wrong(g.line, "%s with a %s, a %s and a %s", g.of, typeName(from), typeName(to), typeName(count))
	}
	n := int64(strings.Count(text, old))
	if times >= 0 {
		n = min(n, times)
	}
	r.steps += int(n / 4) // many small pieces take longer than their bytes tell
	if err := r.spend(g.line, len(text)+int(n)*max(0, len(with)-len(old))); err != nil {
		return nil, err
	}
	return strings.Replace(text, old, with, int(n)), nil
}

func splitMethod(r *run, text string, g *given) (value, error) {
	separator, limit, err := r.splitArguments(g)
	if err != nil {
		return nil, err
	}
	if err := r.spend(g.line, 16*len(text)); err != nil {
		return nil, err
	}
	if separator == nil {
		if limit >= 0 {
			return nil, &UnsupportedError{g.line, g.of + " at white space with a limit"}
		}
		return texts(strings.FieldsFunc(text, isSpace)), nil
	}
	if limit < 0 {
		return texts(strings.Split(text, *separator)), nil
	}
	return texts(strings.SplitN(text, *separator, int(limit)+1)), nil
}

func rsplitMethod(r *run, text string, g *given) (value, error) {
	separator, limit, err := r.splitArguments(g)
	if err != nil {
		return nil, err
	}
	if separator == nil {
		return nil, &UnsupportedError{g.line, g.of + " at white space"}
	}
	if err := r.spend(g.line, 16*len(text)); err != nil {
		return nil, err
	}
	var parts []string // from the last to the first
	for limit < 0 || int64(len(parts)) < limit {
		at := strings.LastIndex(text, *separator)
		if at < 0 {
			break
		}
		parts = append(parts, text[at+len(*separator):])
		text = text[:at]
	}
	all := texts(append(parts, text))
	for i, j := 0, len(all.items)-1; i < j; i, j = i+1, j-1 {
		all.items[i], all.items[j] = all.items[j], all.items[i]
	}
	return all, nil
}

// splitArguments: separator is nil for white space, limit -1 for none.
func (r *run) splitArguments(g *given) (separator *string, limit int64, err error) {
	bound, err := g.bind(0, []string{"sep", "maxsplit"}, nil, int64(-1))
	if err != nil {
		return nil, 0, err
	}
	limit, _, whole, ok := number(bound[1])
	if !ok || !whole {
		return nil, 0, r.wrong(g.line, "%s with a limit that is a %s", g.of, typeName(bound[1]))
	}
	limit = max(-1, min(limit, maxText))
	if bound[0] == nil {
		return nil, limit, nil
	}
	text, ok := bound[0].(string)
	if !ok || text == "" {
		return nil, 0, r.wrong(g.line, "%s at a %s that is no text or empty", g.of, typeName(bound[0]))
	}
	return &text, limit, nil
}

func texts(parts []string) *list {
	items := make([]value, len(parts))
	for i, part := range parts {
		items[i] = part
	}
	return &list{items: items}
}

// findMethod returns a place in characters, not bytes.
func findMethod(r *run, text string, g *given) (value, error) {
	parts, err := r.textArguments(g, 1, "sub")
	if err != nil {
		return nil, err
	}
	at := strings.Index(text, parts[0])
	if at < 0 {
		return int64(-1), nil
	}
	return int64(utf8.RuneCountInString(text[:at])), nil
}

func countMethod(r *run, text string, g *given) (value, error) {
	parts, err := r.textArguments(g, 1, "sub")
	if err != nil {
		return nil, err
	}
	return int64(strings.Count(text, parts[0])), nil
}

func joinMethod(r *run, text string, g *given) (value, error) {
	bound, err := g.bind(1, []string{"iterable"})
	if err != nil {
		return nil, err
	}
	items, err := r.each(g.line, bound[0])
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if _, ok := item.(string); !ok {
			return nil, r.wrong(g.line, "%s of a %s", g.of, typeName(item))
		}
	}
	return r.join(g, items, text)
}

// join puts texts together, each of them as str() shows it.
func (r *run) join(g *given, items []value, separator string) (value, error) {
	var out strings.Builder
	for i, item := range items {
		text, err := r.text(g.line, item)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = separator + text
		}
		if err := r.spend(g.line, len(text)); err != nil {
			return nil, err
		}
		if out.Len()+len(text) > maxText {
			return nil, &LimitError{g.line, "bytes in one text", maxText}
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// describe names a filter or test in messages.
func describe(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }
