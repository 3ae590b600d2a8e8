package chat

import (
	"fmt"
	"strconv"
	"strings"
)

// jsonWriter is Python's json.dumps with ensure_ascii=False.
type jsonWriter struct {
	run    *run
	out    strings.Builder
	line   int
	indent int // spaces a level; negative: all in one line
}

func (j *jsonWriter) write(text string) error {
	if j.out.Len()+len(text) > maxText {
		return &LimitError{j.line, "bytes in one text", maxText}
	}
	j.out.WriteString(text)
	return j.run.spend(j.line, len(text))
}

func (j *jsonWriter) value(v value, depth int) error {
	if err := j.run.step(j.line); err != nil {
		return err
	}
	if depth > maxCalls {
		return &LimitError{j.line, "levels of a value", maxCalls}
	}
	switch v := v.(type) {
	case nil:
		return j.write("null")
	case bool:
		return j.write(strconv.FormatBool(v))
	case int64:
		return j.write(strconv.FormatInt(v, 10))
	case float64:
		switch text := floatText(v); text {
		case "inf", "-inf", "nan":
			return j.write(strings.NewReplacer("inf", "Infinity", "nan", "NaN").Replace(text))
		default:
			return j.write(text)
		}
	case string:
		return j.write(jsonText(v))
	case *list:
		if v.kind <= tupleList {
			return j.several("[", "]", len(v.items), depth, func(i int) error { return j.value(v.items[i], depth+1) })
		}
	case *dict:
		return j.several("{", "}", len(v.keys), depth, func(i int) error {
			if err := j.write(jsonText(v.keys[i]) + ": "); err != nil {
				return err
			}
			return j.value(v.values[v.keys[i]], depth+1)
		})
	}
	return j.run.wrong(j.line, "%s has no JSON", typeName(v))
}

func (j *jsonWriter) several(opening, closing string, count, depth int, write func(i int) error) error {
	if count == 0 {
		return j.write(opening + closing)
	}
	separator, begin, end := ", ", "", ""
	if j.indent >= 0 {
		begin = "\n" + strings.Repeat(" ", j.indent*(depth+1))
		separator, end = ","+begin, "\n"+strings.Repeat(" ", j.indent*depth)
	}
	if err := j.write(opening + begin); err != nil {
		return err
	}
	for i := range count {
		if i > 0 {
			if err := j.write(separator); err != nil {
				return err
			}
		}
		if err := write(i); err != nil {
			return err
		}
	}
	return j.write(end + closing)
}

var jsonEscapes = map[byte]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}

func jsonText(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := range len(text) {
		c := text[i]
		switch escape := jsonEscapes[c]; {
		case escape != "":
			out.WriteString(escape)
		case c < 0x20:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}
