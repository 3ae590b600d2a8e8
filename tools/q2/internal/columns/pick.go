package columns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// places are the wanted columns' places in a record.
type places struct {
	rows int
	kept []int
}

// pick finds the wanted columns in a file's schema.
func pick(schema *arrow.Schema, ask Request) (places, []arrow.Field, error) {
	rows, err := pickRows(schema, ask.Column)
	if err != nil {
		return places{}, nil, err
	}
	p := places{rows: rows}
	var kept []arrow.Field
	for _, name := range ask.Keep {
		place, err := named(schema, name)
		if err != nil {
			return places{}, nil, err
		}
		if name == CodeColumn || name == KeyColumn || slices.Contains(p.kept, place) {
			return places{}, nil, fmt.Errorf("column %q can't be kept: the output has one of that name already", name)
		}
		if arrow.IsNested(schema.Field(place).Type.ID()) {
			return places{}, nil, fmt.Errorf("column %q is of type %s: only columns of single values can be kept", name, schema.Field(place).Type)
		}
		p.kept = append(p.kept, place)
		kept = append(kept, schema.Field(place))
	}
	return p, kept, nil
}

// pickRows is the place of the column that was asked for, or of the only list column.
func pickRows(schema *arrow.Schema, name string) (int, error) {
	if name != "" {
		place, err := named(schema, name)
		if err == nil && !isList(schema.Field(place).Type) {
			err = fmt.Errorf("column %q is of type %s: a list of numbers is needed", name, schema.Field(place).Type)
		}
		return place, err
	}
	var lists []int
	for i, field := range schema.Fields() {
		if isList(field.Type) {
			lists = append(lists, i)
		}
	}
	switch len(lists) {
	case 0:
		return 0, fmt.Errorf("no column holds lists of numbers: %s", describe(schema.Fields()))
	case 1:
		return lists[0], nil
	}
	fields := make([]arrow.Field, len(lists))
	for i, place := range lists {
		fields[i] = schema.Field(place)
	}
	return 0, &rows.UsageError{What: fmt.Sprintf("%d columns hold lists, --column says which: %s", len(lists), describe(fields))}
}

// named is the place of the only column of a name.
func named(schema *arrow.Schema, name string) (int, error) {
	found := schema.FieldIndices(name)
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("there is no column %q: %s", name, describe(schema.Fields()))
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("%d columns are named %q: one is needed", len(found), name)
}

func describe(fields []arrow.Field) string {
	if len(fields) == 0 {
		return "there are no columns"
	}
	texts := make([]string, len(fields))
	for i, field := range fields {
		texts[i] = fmt.Sprintf("%s (%s)", field.Name, field.Type)
	}
	return strings.Join(texts, ", ")
}
