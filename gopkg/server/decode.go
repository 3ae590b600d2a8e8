package server

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds how deep objects and arrays of a request stand in one another. The deepest request of the service has 4 levels; the rest is a
// point's payload.
const maxDepth = 32

// decode reads a body that is one JSON value into the fields of v: UTF-8, no name twice or unknown or in another case, nothing behind it.
func decode(r *http.Request, v any) error {
	if err := checkType(r, "application/json"); err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return problemOfBody(err)
	}
	return decodeBytes(body, v)
}

func decodeBytes(body []byte, v any) error {
	if at := depthAbove(body, maxDepth); at >= 0 {
		return problem(http.StatusBadRequest, "json", "the body has objects and arrays more than %d deep at byte %d", maxDepth, at)
	}
	err := json.Unmarshal(body, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		return problemOfMember(wrong)
	}
	if wrong, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		p := problem(http.StatusBadRequest, "json", "the body is not JSON at byte %d: %v", wrong.ByteOffset, wrong.Err)
		return p.at(string(wrong.JSONPointer))
	}
	return problem(http.StatusBadRequest, "json", "the body is not JSON: it ends too early")
}

// problemOfMember says which member has the wrong kind, or is not known. The names of Go types stay inside.
func problemOfMember(wrong *json.SemanticError) *Problem {
	field := string(wrong.JSONPointer)
	if errors.Is(wrong, json.ErrUnknownName) {
		return problem(http.StatusBadRequest, "json", "%s is not a member of this request", field).at(field)
	}
	if field == "" {
		field = "the body"
	}
	value := string(wrong.JSONValue)
	if value == "" {
		value = "a JSON " + kindName(wrong.JSONKind)
	}
	p := broken(http.StatusBadRequest, "json", field, value, wanted(wrong.GoType))
	return p.at(string(wrong.JSONPointer))
}

// wanted is what JSON a member takes.
func wanted(t reflect.Type) string {
	if t == nil {
		return "what /openapi.yaml says"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number from -2^63 to 2^63-1"
	case reflect.Uint64:
		return "a whole number from 0 to 2^64-1"
	case reflect.Float32, reflect.Float64:
		return "a number within the range of a float"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "a string of base64"
		}
		return "an array"
	}
	return "an object"
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "value"
}

// depthAbove is where brackets outside strings are more than limit deep, -1 if nowhere.
func depthAbove(body []byte, limit int) int {
	depth, quoted := 0, false
	for at := 0; at < len(body); at++ {
		switch c := body[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return at
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

// checkType holds the body's type against what a route takes. A body without one is refused too: so pages of other origins can't send one
// without asking first.
func checkType(r *http.Request, want ...string) error {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	for _, w := range want {
		if err == nil && got == w {
			return nil
		}
	}
	return broken(http.StatusUnsupportedMediaType, "type", "header Content-Type", fmt.Sprintf("%q", r.Header.Get("Content-Type")), strings.Join(want, " or "))
}

// problemOfBody is what broke the reading of a body.
func problemOfBody(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(large.Limit)
	}
	if isTimeout(err) {
		return problem(http.StatusRequestTimeout, "timeout", "the body did not come in time").at("body")
	}
	return &Problem{Status: statusGone, Code: "gone", Detail: "the body ended early", cause: err}
}

func tooLarge(most int64) *Problem {
	p := problem(http.StatusRequestEntityTooLarge, "too_large", "the body is longer than %d bytes", most)
	p.Field, p.Limit = "body", fmt.Sprintf("at most %d bytes", most)
	return p
}
