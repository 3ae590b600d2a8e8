package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestIndexOfTexts: texts go through the model, with their activations kept, and one of them finds itself.
func TestIndexOfTexts(t *testing.T) {
	folder := needsModel(t)
	inFolder(t)
	texts := `{"id":1,"text":"Knead the dough."}` + "\n" + `{"id":2,"text":"The engine needs oil.","payload":{"n":2}}` + "\n"
	succeeds(t, q2run(texts, "index", "build", "ix", "-", "--model", folder, "--vectors", "int8"))
	for _, args := range [][]string{nil, {"--ranking", "lee"}, {"--rescore", "2"}} {
		hits := succeeds(t, q2run("", append([]string{"index", "search", "ix", "--model", folder, "--text", "The engine needs oil."}, args...)...))
		lines := strings.Split(hits, "\n")
		require.Len(t, lines, 3)
		assert.Contains(t, lines[0], `{"n":2}`)
		assert.Contains(t, lines[1], `{"text":"Knead the dough."}`)
	}
	code := succeeds(t, q2run("", "fingerprint", "--model", folder, "--json", "Knead the dough."))
	packed := code[strings.Index(code, `"packed":"`)+10 : strings.LastIndex(code, `"`)]
	assert.Contains(t, succeeds(t, q2run("", "index", "export", "ix")), `"code":"`+packed+`"`)
}
