package server

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/q2kernel/q2/gopkg/chat"
	"github.com/q2kernel/q2/gopkg/q2"
)

// fingerprintsRequest has one of the three lists.
type fingerprintsRequest struct {
	Texts         []string         `json:"texts"`
	Conversations [][]chat.Message `json:"conversations"`
	TokenIDs      [][]int64        `json:"token_ids"`

	Tokens     bool `json:"tokens"`     // the tokens too
	Timing     bool `json:"timing"`     // how long model and kernel took
	Activation bool `json:"activation"` // the hidden state too, which is the only thing that carries floats, and the timing
}

type fingerprintsAnswer struct {
	N            int                 `json:"n"`
	Fingerprints []fingerprintAnswer `json:"fingerprints"`
}

type fingerprintAnswer struct {
	Packed      []byte `json:"packed"` // base64 in JSON
	Key         string `json:"key"`    // 16 hex digits
	Symbols     string `json:"symbols"`
	Transitions uint32 `json:"transitions"`
	TokenCount  int    `json:"token_count"`
	Cut         bool   `json:"cut"` // the text had more tokens than the tokenizer's limit

	Tokens     []tokenAnswer  `json:"tokens,omitempty"`
	Activation []float32      `json:"activation,omitempty"`
	Timing     *timingsAnswer `json:"timing,omitempty"`
}

type tokenAnswer struct {
	ID    int64  `json:"id"`
	Token string `json:"token"`
}

// timingsAnswer is in seconds.
type timingsAnswer struct {
	Model  float64 `json:"model"`
	Kernel float64 `json:"kernel"`
}

// item is one text of a request on its way.
type item struct {
	field string // its JSON pointer
	ids   []int64
	cut   bool
}

func (s *Server) fingerprints(w http.ResponseWriter, r *http.Request) error {
	var asked fingerprintsRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	items, err := s.items(&asked)
	if err != nil {
		return err
	}
	callOf(r.Context()).texts = asked.Texts
	if err := s.spend(r.Context(), items); err != nil {
		return err
	}
	answer := fingerprintsAnswer{N: s.engine.Runner.N(), Fingerprints: make([]fingerprintAnswer, len(items))}
	err = each(r.Context(), len(items), func(ctx context.Context, i int) (err error) {
		answer.Fingerprints[i], err = s.answerItem(ctx, items[i], &asked)
		return err
	})
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, &answer)
}

// items makes token ids of what was asked for.
func (s *Server) items(asked *fingerprintsRequest) ([]item, error) {
	given := 0
	for _, there := range []bool{asked.Texts != nil, asked.Conversations != nil, asked.TokenIDs != nil} {
		if there {
			given++
		}
	}
	if given != 1 {
		return nil, problem(http.StatusBadRequest, "invalid", "the body has %d of texts, conversations and token_ids, must have exactly one", given)
	}
	e := s.engine
	switch {
	case asked.Texts != nil:
		return makeItems(s, "texts", asked.Texts, e.tokens)
	case asked.Conversations != nil:
		return makeItems(s, "conversations", asked.Conversations, e.conversationTokens)
	}
	return makeItems(s, "token_ids", asked.TokenIDs, func(ids []int64) ([]int64, bool, error) { return ids, false, nil })
}

func makeItems[T any](s *Server, list string, inputs []T, encode func(T) ([]int64, bool, error)) ([]item, error) {
	if len(inputs) == 0 || len(inputs) > s.config.MaxTexts {
		return nil, broken(http.StatusBadRequest, "limit", "the number of "+list, len(inputs), fmt.Sprintf("1 to %d", s.config.MaxTexts)).at("/" + list)
	}
	items, tokens := make([]item, len(inputs)), 0
	for i, input := range inputs {
		it := item{field: fmt.Sprintf("/%s/%d", list, i)}
		var err error
		if it.ids, it.cut, err = encode(input); err == nil {
			err = s.engine.Runner.Check(it.ids)
		}
		if err != nil {
			return nil, problemOf(err, it.field)
		}
		if tokens += len(it.ids); tokens > s.config.MaxTokens {
			return nil, broken(http.StatusBadRequest, "limit", "the number of tokens up to "+it.field, tokens, fmt.Sprintf("at most %d", s.config.MaxTokens)).at(it.field)
		}
		items[i] = it
	}
	return items, nil
}

// spend takes the tokens off what the client may have.
func (s *Server) spend(ctx context.Context, items []item) error {
	count := 0
	for _, it := range items {
		count += len(it.ids)
	}
	if wait := s.tokens.take(callOf(ctx).client, count, time.Now()); wait > 0 {
		return problem(http.StatusTooManyRequests, "rate", "more tokens than %g a second", s.config.TokenRate).after(wait)
	}
	return nil
}

// each calls do for 0 to count-1 at the same time. The first error ends the others' contexts.
func each(ctx context.Context, count int, do func(ctx context.Context, i int) error) error {
	if count == 1 {
		return do(ctx, 0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() {
			if err := sheltered(func() error { return do(ctx, i) }); err != nil {
				cancel(err) // which keeps the first
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func (s *Server) answerItem(ctx context.Context, it item, asked *fingerprintsRequest) (a fingerprintAnswer, err error) {
	var seen sight
	if asked.Activation || asked.Timing {
		seen, err = s.engine.look(ctx, it.ids)
	} else {
		seen.Fingerprint, err = s.engine.fingerprint(ctx, it.ids)
	}
	if err != nil {
		return a, problemOf(err, it.field)
	}
	a = newFingerprintAnswer(seen.Fingerprint)
	a.TokenCount, a.Cut = len(it.ids), it.cut
	if asked.Tokens {
		a.Tokens = s.engine.spell(it.ids)
	}
	if asked.Activation || asked.Timing {
		a.Timing = &timingsAnswer{seen.model.Seconds(), seen.kernel.Seconds()}
	}
	if asked.Activation {
		a.Activation = seen.activation
	}
	return a, nil
}

func newFingerprintAnswer(f q2.Fingerprint) fingerprintAnswer {
	return fingerprintAnswer{Packed: f.Packed, Key: f.Key.Hex(), Symbols: f.Key.Symbols(), Transitions: f.Key.Transitions}
}

// spell is token ids as the vocabulary has them; one that is not in it is empty.
func (e *engine) spell(ids []int64) []tokenAnswer {
	tokens := make([]tokenAnswer, len(ids))
	for i, id := range ids {
		token, _ := e.Tokenizer.Token(id)
		tokens[i] = tokenAnswer{id, token}
	}
	return tokens
}
