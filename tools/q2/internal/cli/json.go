package cli

import (
	"encoding/json"
	"io"
)

// printJSON prints one object on one line. Texts stay readable: nothing here ends up in HTML.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
