package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/tokenizer"
	"github.com/q2kernel/q2/gopkg/worker"
)

// Problem is the body of every answer that is an error (RFC 9457, type about:blank). Code tells programs what Detail tells people.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"` // a JSON pointer into the body, or "query k", "header Q2-Shape"
	Value  string `json:"value,omitempty"`
	Limit  string `json:"limit,omitempty"`
	ID     string `json:"request_id,omitempty"`

	retry time.Duration
	cause error // for the log only
}

func (p *Problem) Error() string { return p.Detail }

// Unwrap gives what went wrong inside, which no client sees.
func (p *Problem) Unwrap() error { return p.cause }

// mostValue bounds how much of a wrong value an answer repeats.
const mostValue = 80

func problem(status int, code, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// broken is a field whose value broke a limit.
func broken(status int, code, field string, value any, limit string) *Problem {
	text := fmt.Sprint(value)
	if runes := []rune(text); len(runes) > mostValue {
		text = string(runes[:mostValue]) + "…"
	}
	p := problem(status, code, "%s is %s, must be %s", field, text, limit)
	p.Field, p.Value, p.Limit = field, text, limit
	return p
}

// invalid is a field that can't be used.
func invalid(field string, value any, limit string) *Problem {
	return broken(http.StatusBadRequest, "invalid", field, value, limit)
}

// tooMany is a count above its limit.
func tooMany(field string, count, most int) *Problem {
	return broken(http.StatusBadRequest, "limit", "the number of "+field, count, fmt.Sprintf("at most %d", most))
}

func (p *Problem) at(field string) *Problem {
	p.Field = field
	return p
}

func (p *Problem) after(wait time.Duration) *Problem {
	p.retry = wait
	return p
}

func busy(what string) *Problem {
	return problem(http.StatusTooManyRequests, "busy", "%s", what).after(time.Second)
}

// problemOf is what a client is told of an error. What no client can mend is an internal one, and its words stay in the log.
func problemOf(err error, field string) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	for _, known := range []func(error, string) *Problem{problemOfContext, problemOfStore, problemOfWorker, problemOfTokens, problemOfText, problemOfKernel} {
		if p := known(err, field); p != nil {
			p.cause = err
			return p
		}
	}
	p := internal()
	p.cause = err
	return p
}

func internal() *Problem {
	return problem(http.StatusInternalServerError, "internal", "an internal error; the server's log has it under this request's id")
}

// statusGone is what the log says of a client that went away. It is never sent.
const statusGone = 499

func problemOfContext(err error, _ string) *Problem {
	switch {
	case errors.Is(err, context.Canceled):
		return &Problem{Status: statusGone, Code: "gone", Detail: "the client went away"}
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusServiceUnavailable, "timeout", "there was no answer in time").after(time.Second)
	}
	return nil
}

func problemOfWorker(err error, _ string) *Problem {
	switch {
	case errors.Is(err, worker.ErrBusy):
		return busy("as many texts wait for the model as may")
	case errors.Is(err, worker.ErrClosed), errors.Is(err, onnx.ErrClosed):
		return draining()
	}
	return nil
}

func problemOfTokens(err error, field string) *Problem {
	if limit, ok := errors.AsType[*onnx.LimitError](err); ok {
		p := broken(http.StatusBadRequest, "limit", limit.What, limit.Value, limit.Limit)
		return p.at(field)
	}
	if errors.Is(err, onnx.ErrEmptyInput) {
		return invalid(field, "without tokens", "at least 1 token").at(field)
	}
	return nil
}

func problemOfText(err error, field string) *Problem {
	switch {
	case errors.Is(err, tokenizer.ErrUTF8), errors.Is(err, tokenizer.ErrSecondSequence):
		return problem(http.StatusBadRequest, "text", "%s can't be tokenized: %v", field, err).at(field)
	case errors.Is(err, chat.ErrRefused), errors.Is(err, chat.ErrUnsupported), errors.Is(err, chat.ErrInvalid), errors.Is(err, chat.ErrLimit):
		return problem(http.StatusUnprocessableEntity, "conversation", "%s can't be written by the model's chat template: %v", field, err).at(field)
	}
	return nil
}

func problemOfKernel(err error, field string) *Problem {
	if errors.Is(err, q2.ErrNotFinite) {
		return problem(http.StatusUnprocessableEntity, "not_finite", "%s has no finite norm: a NaN or an infinity among its elements, or squares that overflow", field).at(field)
	}
	if argument, ok := errors.AsType[*q2.ArgumentError](err); ok {
		return broken(http.StatusBadRequest, "invalid", argument.What, argument.Value, argument.Limit).at(field)
	}
	return nil
}

const codeDraining = "draining"

func draining() *Problem {
	return problem(http.StatusServiceUnavailable, codeDraining, "the server is stopping").after(time.Second)
}

// write sends the problem.
func (p *Problem) write(w http.ResponseWriter, id string) {
	sent := *p
	sent.ID = id
	body, err := json.Marshal(&sent, jsontext.AllowInvalidUTF8(true)) // a wrong value is repeated, whatever bytes it is of
	if err != nil {
		body = []byte(`{}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}
