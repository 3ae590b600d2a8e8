package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/tools/q2/internal/output"
	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

type indexSearchCommand struct {
	Dir string `arg:"" help:"The index."`

	Text    *string `xor:"source" placeholder:"TEXT" help:"Search with a text, through the model."`
	Queries string  `xor:"source" placeholder:"FILE" help:"Search with each query of a file, many in one pass: NDJSON lines with a text, activation or code; or the rows of a .npy, .parquet or .arrow file. - is NDJSON on stdin."`
	Npy     string  `xor:"source" placeholder:"FILE" help:"The same with the rows of a .npy file; - is stdin."`
	Code    string  `xor:"source" placeholder:"HEX" help:"Search with a code."`
	ID      *uint64 `xor:"source" placeholder:"ID" help:"Search with the code of an entry."`
	Window  string  `xor:"source" placeholder:"KEY" help:"Print the entries whose key is within 4^(32-j) - 1 of a key, by key."`
	Prefix  string  `xor:"source" placeholder:"KEY" help:"Print the entries that share the first j symbols with a key, by key."`
	Bucket  string  `xor:"source" placeholder:"KEY" help:"Print the entries with a key."`

	K       int      `short:"k" default:"10" placeholder:"K" help:"How many to find (10)."`
	J       int      `short:"j" default:"8" placeholder:"J" help:"Symbols, for --window and --prefix (8)."`
	Ranking string   `enum:"dot,l1,lee" default:"dot" help:"What is near: dot, l1 or lee."`
	Rescore int      `placeholder:"M" help:"Rank the best M again by the cosine of the stored vectors."`
	Keys    string   `placeholder:"FROM-TO" help:"Only entries with a key in this range, both ends included; 16 hex digits each."`
	IDs     []uint64 `name:"ids" placeholder:"ID,..." help:"Only these entries."`
	Where   []string `placeholder:"FIELD=VALUE" help:"Only entries whose payload is an object with this value; may be repeated."`

	Dtype *q2.Dtype `placeholder:"NAME" help:"The elements of the .npy file, where its type leaves it open."`
	Model string    `placeholder:"DIR" help:"The model folder for texts; by default the one that q2 setup fetched."`
	JSON  bool      `name:"json" help:"Print one JSON object an entry."`
}

func (*indexSearchCommand) Help() string {
	return `The search is exact. Nearest first; of equally near ones the lower id first. A score of dot, or a cosine after --rescore, is the larger the nearer; l1 and lee are distances. Many queries are answered in their order, an empty line between two; --json numbers them from 0. Nothing is printed where one of them is refused.

Examples:

    q2 index search recipes --text "How long must dough rise?" -k 5
    q2 index search states --npy queries.npy --ranking lee --json
    q2 index search recipes --queries questions.jsonl --json
    q2 index search recipes --id 7 --where lang=en
    q2 index search recipes --prefix 1b4e000000000000 -j 6`
}

// hitLine is what --json prints of an entry; query and score only where there are some.
type hitLine struct {
	Query *int     `json:"query,omitempty"`
	Score *float64 `json:"score,omitempty"`
	itemLine
}

func newItemLine(e index.Entry) itemLine {
	id := json.Number(strconv.FormatUint(e.ID, 10))
	code, transitions := fmt.Sprintf("%x", e.Code), e.Key.Transitions
	line := itemLine{ID: &id, Key: e.Key.Hex(), Symbols: &transitions, Code: &code}
	line.setPayload(e.Payload)
	return line
}

func (c *indexSearchCommand) Run(s *streams) error {
	if c.sources() != 1 {
		return errOneSource
	}
	ix, err := index.Open(c.Dir, index.Options{})
	if err != nil {
		return err
	}
	held := &output.Spool{}
	defer held.Close()
	if err = c.answer(s, ix, held); err == nil {
		err = held.Release(s.out)
	}
	return errors.Join(err, ix.Close())
}

func (c *indexSearchCommand) sources() (count int) {
	for _, given := range []bool{c.Text != nil, c.Queries != "", c.Npy != "", c.Code != "", c.ID != nil, c.Window != "", c.Prefix != "", c.Bucket != ""} {
		if given {
			count++
		}
	}
	return count
}

func (c *indexSearchCommand) answer(s *streams, ix *index.Index, out io.Writer) error {
	if entries, err := c.ranged(ix); entries != nil || err != nil {
		return c.printEntries(out, entries, err)
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	answers := &searchBatch{ix: ix, k: c.K, options: o, print: func(query int, hits []index.Hit) error { return c.printHits(out, query, hits) }}
	if err := c.queries(s, ix, answers); err != nil {
		return err
	}
	return answers.flush()
}

// ranged is the sequence of entries of a range of keys, nil if a search was asked for.
func (c *indexSearchCommand) ranged(ix *index.Index) (iter.Seq2[index.Entry, error], error) {
	digits := c.Window + c.Prefix + c.Bucket
	if digits == "" {
		return nil, nil
	}
	key, err := parseKey(digits)
	switch {
	case err != nil:
		return nil, err
	case c.Window != "":
		return ix.Window(key, c.J), nil
	case c.Prefix != "":
		return ix.Prefix(key, c.J), nil
	}
	return ix.Bucket(key), nil
}

func parseKey(digits string) (uint64, error) {
	key, err := strconv.ParseUint(digits, 16, 64)
	if err != nil || len(digits) != 16 {
		return 0, fmt.Errorf("key %q: 16 hex digits are expected", digits)
	}
	return key, nil
}

// queries hands on what is asked for.
func (c *indexSearchCommand) queries(s *streams, ix *index.Index, to *searchBatch) error {
	switch {
	case c.Text != nil:
		return c.textQuery(to)
	case c.Queries != "":
		return c.fileQueries(s, ix, c.Queries, "auto", to)
	case c.Npy != "":
		return c.fileQueries(s, ix, c.Npy, rows.Npy, to)
	case c.Code != "":
		code, err := parseCode(c.Code)
		if err != nil {
			return fmt.Errorf("--code: %w", err)
		}
		return to.add(index.Query{Code: code}, "")
	}
	entry, err := ix.Get(*c.ID)
	if err != nil {
		return err
	}
	return to.add(index.Query{Code: entry.Code}, "")
}

func (c *indexSearchCommand) textQuery(to *searchBatch) error {
	model, err := openTextModel(c.Model)
	if err != nil {
		return err
	}
	defer model.close()
	activation, err := model.activation(*c.Text)
	if err != nil {
		return err
	}
	return to.add(index.Query{Activation: activation}, "")
}

func (c *indexSearchCommand) fileQueries(s *streams, ix *index.Index, path, format string, to *searchBatch) error {
	n := ix.N()
	in, err := s.openItems(path, itemFlags{Format: format, Dtype: c.Dtype, Dim: dimOf(format, path, n), Model: c.Model, queries: true})
	if err != nil {
		return err
	}
	defer in.close()
	for {
		item, err := in.next()
		if errors.Is(err, io.EOF) {
			return named(in.name, to.flush())
		}
		if err == nil {
			err = to.add(index.Query{Code: item.Code, Activation: item.Activation}, in.where())
		}
		if err != nil {
			return named(in.name, inPlace(in.where(), err))
		}
	}
}

// dimOf is the dimensions that lines of codes don't tell; other files tell theirs.
func dimOf(format, path string, n int) *int {
	if format == "auto" && formatOf(path) == "ndjson" {
		return &n
	}
	return nil
}

// searchBatch gathers queries and searches for them together.
type searchBatch struct {
	ix      *index.Index
	k       int
	options index.SearchOptions
	print   func(query int, hits []index.Hit) error

	queries  []index.Query
	places   []string // where in the input each is
	answered int
}

// A pass over the codes serves so many queries; their hits are in memory together.
const batchQueries = 256

func (b *searchBatch) add(q index.Query, where string) error {
	b.queries, b.places = append(b.queries, q), append(b.places, where)
	if most := index.MaxPlaces / max(b.k, b.options.Rescore, 1); len(b.queries) < min(batchQueries, most) {
		return nil
	}
	return b.flush()
}

func (b *searchBatch) flush() error {
	hits, err := b.ix.SearchMany(context.Background(), b.queries, b.k, b.options)
	var which *index.QueryError
	if errors.As(err, &which) {
		err = which.Err
		if where := b.places[which.Query]; where != "" {
			err = inPlace(where, err)
		}
	}
	for i := 0; err == nil && i < len(hits); i++ {
		err = b.print(b.answered, hits[i])
		b.answered++
	}
	b.queries, b.places = b.queries[:0], b.places[:0]
	return err
}

func (c *indexSearchCommand) options() (o index.SearchOptions, err error) {
	o.Rescore = c.Rescore
	if o.Ranking, err = index.ParseRanking(c.Ranking); err != nil {
		return o, err
	}
	if c.IDs != nil {
		o.IDs = c.IDs
	}
	if c.Keys != "" {
		if o.Keys, err = parseKeyRange(c.Keys); err != nil {
			return o, err
		}
	}
	o.Where, err = parseWhere(c.Where)
	return o, err
}

func parseKeyRange(text string) (*index.KeyRange, error) {
	from, to, _ := strings.Cut(text, "-")
	var r index.KeyRange
	var err error
	if r.From, err = parseKey(from); err == nil {
		r.To, err = parseKey(to)
	}
	if err != nil {
		return nil, fmt.Errorf("--keys %s: %w", text, err)
	}
	return &r, nil
}

// parseWhere makes a predicate of FIELD=VALUE: the field of the payload, an object, is the string VALUE, or is written VALUE in JSON.
func parseWhere(conditions []string) (func(id uint64, payload []byte) bool, error) {
	if len(conditions) == 0 {
		return nil, nil
	}
	want := map[string]string{}
	for _, condition := range conditions {
		field, value, found := strings.Cut(condition, "=")
		if !found || field == "" {
			return nil, &rows.UsageError{What: fmt.Sprintf("--where %s: FIELD=VALUE is expected", condition)}
		}
		want[field] = value
	}
	return func(_ uint64, payload []byte) bool {
		var object map[string]json.RawMessage
		if json.Unmarshal(payload, &object) != nil {
			return false
		}
		for field, value := range want {
			if !isValue(object[field], value) {
				return false
			}
		}
		return true
	}, nil
}

func isValue(raw json.RawMessage, value string) bool {
	var text string
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &text) == nil && text == value
	}
	return raw != nil && string(raw) == value
}

func (c *indexSearchCommand) printHits(w io.Writer, query int, hits []index.Hit) error {
	if query > 0 && !c.JSON {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	for _, hit := range hits {
		if c.JSON {
			if err := printJSON(w, hitLine{&query, &hit.Score, newItemLine(hit.Entry)}); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(w, "%12.6g  %s\n", hit.Score, describeEntry(hit.Entry)); err != nil {
			return err
		}
	}
	return nil
}

func (c *indexSearchCommand) printEntries(w io.Writer, entries iter.Seq2[index.Entry, error], err error) error {
	if err != nil {
		return err
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(w, newItemLine(e))
		} else {
			_, err = fmt.Fprintln(w, describeEntry(e))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// describeEntry is an entry in a line: id, key, payload.
func describeEntry(e index.Entry) string {
	const widest = 100
	payload := []rune(printable(string(bytes.ToValidUTF8(e.Payload, []byte("\uFFFD")))))
	if len(payload) > widest {
		payload = append(payload[:widest-1], '…')
	}
	return strings.TrimRight(fmt.Sprintf("%12d  %s  %s", e.ID, e.Key, string(payload)), " ")
}
