package tokenizer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// object is a JSON object of a tokenizer.json whose fields are taken one by one, by their exact names. The first error stays;
// a field that nobody has taken is unsupported, so nothing that changes ids can be overlooked.
type object struct {
	part   string // where in the file; empty at the top
	fields map[string]json.RawMessage
	err    error
}

func parseObject(part string, data []byte) (*object, error) {
	o := &object{part: part}
	if err := json.Unmarshal(data, &o.fields); err != nil {
		return nil, &InvalidError{Part: whole(part), Reason: "not a JSON object", Err: err}
	}
	if o.fields == nil {
		return nil, &InvalidError{Part: whole(part), Reason: "null where an object should be"}
	}
	return o, nil
}

func whole(part string) string {
	if part == "" {
		return "tokenizer.json"
	}
	return part
}

// name of a field of this object, from the top of the file.
func (o *object) name(field string) string {
	if o.part == "" {
		return field
	}
	return o.part + "." + field
}

// take removes a field and reports whether it was there and not null.
func (o *object) take(field string) (json.RawMessage, bool) {
	raw, found := o.fields[field]
	delete(o.fields, field)
	return raw, found && string(raw) != "null"
}

func (o *object) require(field string, value any) {
	raw, found := o.take(field)
	if !found {
		o.fail(invalid(o.name(field), "missing"))
		return
	}
	o.decode(field, raw, value)
}

func (o *object) optional(field string, value any) {
	if raw, found := o.take(field); found {
		o.decode(field, raw, value)
	}
}

// ignore takes a field that has no influence on ids.
func (o *object) ignore(field string) { delete(o.fields, field) }

func (o *object) decode(field string, raw json.RawMessage, value any) {
	if err := json.Unmarshal(raw, value); err != nil {
		o.fail(&InvalidError{Part: o.name(field), Reason: "wrong kind of value", Err: err})
	}
}

func (o *object) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// finish returns the first error, or refuses a field that is left.
func (o *object) finish() error {
	if o.err == nil && len(o.fields) > 0 {
		o.err = &UnsupportedError{Part: o.name(slices.Min(slices.Collect(maps.Keys(o.fields))))}
	}
	return o.err
}

// elements splits a JSON array into objects, named part[0], part[1] and so on.
func elements(part string, data []byte) ([]*object, error) {
	var raws []json.RawMessage
	if err := json.Unmarshal(data, &raws); err != nil {
		return nil, &InvalidError{Part: part, Reason: "not a JSON array", Err: err}
	}
	objects := make([]*object, len(raws))
	for i, raw := range raws {
		var err error
		if objects[i], err = parseObject(fmt.Sprintf("%s[%d]", part, i), raw); err != nil {
			return nil, err
		}
	}
	return objects, nil
}
