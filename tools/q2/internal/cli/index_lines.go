package cli

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/q2kernel/q2/gopkg/index"
	"github.com/q2kernel/q2/gopkg/q2"
)

// itemLine is an entry as a line of NDJSON, in and out.
type itemLine struct {
	ID         *json.Number    `json:"id,omitempty"`
	Key        string          `json:"key,omitempty"`
	Symbols    *uint32         `json:"transitions,omitempty"`
	Text       *string         `json:"text,omitempty"`
	Activation []float32       `json:"activation,omitempty"`
	Code       *string         `json:"code,omitempty"`
	Payload    json.RawMessage `json:"payload,omitempty"`
	Base64     *string         `json:"payload_base64,omitempty"` // of a payload that is no JSON
}

// itemLines makes an item of each line.
type itemLines struct {
	in     *itemInput
	lines  *bufio.Scanner
	number int
	read   int64
	dim    *int
	noIDs  bool // lines may do without
	folder string
	model  *textModel
}

func newItemLines(in *itemInput, r io.Reader, f itemFlags) *itemLines {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), 2*index.MaxPayload)
	return &itemLines{in: in, lines: lines, dim: f.Dim, noIDs: f.queries, folder: f.Model}
}

func (l *itemLines) where() string   { return fmt.Sprintf("line %d", l.number) }
func (l *itemLines) consumed() int64 { return l.read }

func (l *itemLines) next() (index.Item, error) {
	for l.lines.Scan() {
		l.number++
		l.read += int64(len(l.lines.Bytes())) + 1
		if line := bytes.TrimSpace(l.lines.Bytes()); len(line) > 0 {
			item, err := l.item(line)
			return item, inPlace(l.where(), err)
		}
	}
	l.number++
	if err := l.lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("longer than %d bytes", 2*index.MaxPayload)
		}
		return index.Item{}, inPlace(l.where(), err)
	}
	return index.Item{}, io.EOF
}

func (l *itemLines) item(raw []byte) (index.Item, error) {
	var line itemLine
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&line); err != nil {
		return index.Item{}, jsonError(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return index.Item{}, errors.New("more follows the object")
	}
	id, err := l.id(line)
	if err != nil {
		return index.Item{}, err
	}
	item := index.Item{ID: id}
	if item.Payload, err = line.payload(); err == nil {
		err = l.state(&item, line)
	}
	if err == nil {
		err = line.checkKey(item, l.in.n)
	}
	return item, err
}

func (l *itemLines) id(line itemLine) (uint64, error) {
	if line.ID == nil && l.noIDs {
		return 0, nil
	}
	if line.ID == nil {
		return 0, errors.New(`there is no "id"`)
	}
	id, err := strconv.ParseUint(line.ID.String(), 10, 64)
	if err != nil {
		err = fmt.Errorf(`"id" is %s, must be a whole number from 0 to 2^64 - 1`, line.ID)
	}
	return id, err
}

// jsonError is what encoding/json says, without its own name.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON object: %w (byte %d)", err, syntax.Offset)
	case errors.As(err, &wrongType):
		return fmt.Errorf("%q is a %s, which is no %s", wrongType.Field, wrongType.Value, wrongType.Type)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("no JSON object: it is cut short")
	}
	return err
}

// payload is kept as it is written, and a text that has none is its own.
func (l itemLine) payload() ([]byte, error) {
	switch {
	case l.Base64 != nil && l.Payload != nil:
		return nil, errors.New(`it has "payload" and "payload_base64"`)
	case l.Base64 != nil:
		raw, err := base64.StdEncoding.DecodeString(*l.Base64)
		if err != nil {
			return nil, fmt.Errorf(`"payload_base64": %w`, err)
		}
		return raw, nil
	case l.Payload == nil && l.Text != nil:
		return json.Marshal(map[string]string{"text": *l.Text})
	}
	return bytes.Clone(l.Payload), nil
}

// state fills in the code or the activation.
func (l *itemLines) state(item *index.Item, line itemLine) error {
	given := 0
	for _, there := range []bool{line.Text != nil, line.Activation != nil, line.Code != nil} {
		if there {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf(`it has %d of "text", "activation" and "code", and needs one`, given)
	}
	switch {
	case line.Text != nil:
		return l.text(item, *line.Text)
	case line.Activation != nil:
		item.Activation = q2.Float32Row(line.Activation)
		return l.settle(len(line.Activation), q2.FP32)
	}
	var err error
	if item.Code, err = parseCode(*line.Code); err != nil {
		return fmt.Errorf(`"code": %w`, err)
	}
	if l.in.n == 0 && l.dim == nil {
		return errors.New("the dimensions of a code are needed: --dim")
	}
	if l.in.n == 0 {
		return l.settle(*l.dim, q2.FP32)
	}
	return nil
}

// settle learns the dimensions and the type of the first item that tells, and holds the others to it.
func (l *itemLines) settle(n int, dtype q2.Dtype) error {
	if l.in.n == 0 {
		if l.dim != nil && *l.dim != n {
			return fmt.Errorf("it has %d dimensions, and %d are expected", n, *l.dim)
		}
		l.in.n, l.in.dtype = n, dtype
	}
	if n != l.in.n {
		return fmt.Errorf("it has %d dimensions, and those before have %d", n, l.in.n)
	}
	return nil
}

func (l *itemLines) text(item *index.Item, text string) error {
	if l.model == nil {
		model, err := openTextModel(l.folder)
		if err != nil {
			return err
		}
		l.model = model
	}
	var err error
	if item.Activation, err = l.model.activation(text); err != nil {
		return err
	}
	return l.settle(item.Activation.N, item.Activation.Dtype)
}

func (l *itemLines) closeModel() error {
	if l.model == nil {
		return nil
	}
	return l.model.close()
}

// checkKey holds a line that brings the key of its code along to it.
func (l itemLine) checkKey(item index.Item, n int) error {
	if l.Key == "" || item.Code == nil || len(item.Code) != q2.PackedLen(n) {
		return nil
	}
	key, err := q2.Key(item.Code, n)
	if err == nil && key.Hex() != l.Key {
		err = fmt.Errorf(`"key" is %q, and its code's is %s`, l.Key, key)
	}
	return err
}

func parseCode(digits string) ([]byte, error) {
	code, err := hex.DecodeString(digits)
	if err != nil {
		return nil, fmt.Errorf("%q is not hex", digits)
	}
	return code, nil
}

// activation is a copy of the hidden state at a text's last token.
func (m *textModel) activation(text string) (q2.Tensor, error) {
	ids, err := m.tokenizer.Encode(m.ids[:0], text)
	if err != nil {
		return q2.Tensor{}, err
	}
	m.ids = ids
	var copied q2.Tensor
	err = m.model.Visit(ids, func(hidden q2.Tensor) error {
		size := hidden.Dtype.RowBytes(hidden.N)
		last := hidden.Data[(hidden.SeqLen-1)*size : hidden.SeqLen*size]
		copied = q2.Tensor{Data: bytes.Clone(last), Dtype: hidden.Dtype, SeqLen: 1, N: hidden.N}
		return nil
	})
	return copied, err
}
