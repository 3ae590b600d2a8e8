package chat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostileTemplates would take all time, memory or stack there is.
var hostileTemplates = map[string]string{
	"a loop in a loop in a loop": `{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}`,
	"empty loops":                `{% for a in range(99999) %}{% for b in 'xxxxxxxxxx' * 1000 %}{% endfor %}{% endfor %}`,
	"a text doubled":             `{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}`,
	"a text repeated":            `{{ ('x' * 9999999) * 9999999 }}`,
	"a list doubled":             `{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}`,
	"a list repeated":            `{{ ([1] * 9999999 * 9999999) | length }}`,
	"a text replaced":            `{% set ns = namespace(x='aa') %}{% for i in range(99) %}{% set ns.x = ns.x.replace('a', 'aa') %}{% endfor %}`,
	"a text joined":              `{{ ('x' * 9999).join('x' * 99999) }}`,
	"a macro in itself":          `{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}`,
	"two macros in each other":   `{% macro f() %}{{ g() }}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}`,
	"much text":                  `{% for i in range(99999) %}{{ 'x' * 99999 }}{% endfor %}`,
	"much captured":              `{% for i in range(99999) %}{% set x %}{{ 'x' * 999999 }}{% endset %}{% endfor %}`,
	"a list of itself twice":     `{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}`,
	"lists that are equal":       `{% set ns = namespace(x=[], y=[]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}`,
	"a deep list":                `{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x == [ns.x] }}`,
	"deep JSON":                  `{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}`,
	"a long range":               `{{ range(99999999999999) | length }}`,
	"deep brackets":              `{{ ` + strings.Repeat("(", 100000) + `1` + strings.Repeat(")", 100000) + ` }}`,
	"many signs":                 `{{ ` + strings.Repeat("-", 100000) + `1 }}`,
	"many nots":                  `{{ ` + strings.Repeat("not ", 100000) + `1 }}`,
	"a long sum":                 `{{ 1` + strings.Repeat("+1", 100000) + ` }}`,
	"a long or":                  `{{ 0` + strings.Repeat(" or 0", 100000) + ` }}`,
	"many attributes":            `{{ messages` + strings.Repeat("[0]", 100000) + ` }}`,
	"many filters":               `{{ ''` + strings.Repeat("|trim", 100000) + ` }}`,
	"many choices":               `{{ ` + strings.Repeat("1 if 1 else ", 50000) + `0 }}`,
	"deep tags":                  strings.Repeat("{% if 1 %}", 50000) + strings.Repeat("{% endif %}", 50000),
	"a long template":            strings.Repeat("x", maxSource+1),
}

func TestHostileTemplatesEndSoon(t *testing.T) {
	for name, template := range hostileTemplates {
		start := time.Now()
		_, err := renderCase(template, turns, true)
		require.ErrorIs(t, err, ErrLimit, name)
		var limit *LimitError
		require.ErrorAs(t, err, &limit, name)
		assert.Less(t, time.Since(start), 30*time.Second, name)
	}
}

// A long conversation is not hostile: ten thousand turns, ten megabytes.
func TestLongConversationsPass(t *testing.T) {
	_, cases := readCases(t)
	long := []Message{}
	for i := range 10_000 {
		long = append(long, Message{[]string{"user", "assistant"}[i%2], strings.Repeat("word ", 200)})
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if c.Name == "snippet" || c.Name == "random" || seen[c.Name] {
			continue
		}
		seen[c.Name] = true
		text, err := renderCase(c.Template, long, true)
		require.NoError(t, err, c.Name)
		require.Greater(t, len(text), 9_000_000, c.Name)
	}
	require.Len(t, seen, 12)
}

func TestMessagesMustBeUTF8(t *testing.T) {
	for _, m := range []Message{{"user", "a\xff"}, {"\xc3", "b"}} {
		_, err := renderCase("x", []Message{{"user", "fine"}, m}, false)
		require.ErrorIs(t, err, ErrInvalid)
		require.EqualError(t, err, "chat: message 1 is not UTF-8")
	}
}

func TestVariables(t *testing.T) {
	made, err := Parse(`{{ a }} {{ b }} {{ c }} {{ d }} {{ e is none }} {{ f is defined }}`, nil)
	require.NoError(t, err)
	with, err := made.With(Options{Variables: map[string]any{"a": 1, "b": true, "c": 2.0, "d": "x", "e": nil}})
	require.NoError(t, err)
	text, err := with.Render(nil, false)
	require.NoError(t, err)
	assert.Equal(t, "1 True 2.0 x True False", text)
	text, err = made.Render(nil, false)
	require.NoError(t, err)
	assert.Equal(t, "    False False", text, "the original must not change")
	_, err = made.With(Options{Variables: map[string]any{"a": []int{1}}})
	require.True(t, errors.Is(err, ErrInvalid))
	require.EqualError(t, err, `chat: variable "a" is a []int; it may be a bool, int, float64, string or nil`)
}

// What Python would render and this package does not is said by name, never guessed.
func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	for template, want := range map[string]string{
		`{{ messages }}`:        "the text of a list",
		`{{ {} }}`:              "the text of a dict",
		`{{ 2 ** 3 }}`:          `operator "**"`,
		`{{ '%s' % 1 }}`:        "formatting with %",
		`{{ 7.5 // 2 }}`:        `operator "//" on floats`,
		`{{ 'é'.upper() }}`:     "method upper of a text beyond ASCII",
		`{{ 'É' | lower }}`:     `filter "lower" of a text beyond ASCII`,
		`{{ 'a'.encode() }}`:    `attribute "encode" of a str`,
		`{{ [].append(1) }}`:    `attribute "append" of a list`,
		`{{ {}.update }}`:       `attribute "update" of a dict`,
		`{{ ''.__class__ }}`:    `attribute "__class__"`,
		`{{ ''['__class__'] }}`: `attribute "__class__"`,
		`{{ 1 | abs }}`:         `filter "abs"`,
		`{{ 1 is callable }}`:   `test "callable"`,
		`{{ dict() }}`:          `name "dict"`,
		`{{ self }}`:            `name "self"`,
		`{% for x in [1] %}{{ loop.cycle(1) }}{% endfor %}`: "loop.cycle",
		`{% for x in [1] recursive %}{% endfor %}`:          "recursive loop",
		`{% call f() %}{% endcall %}`:                       `tag "call"`,
		`{% raw %}{{ x {% endraw %}`:                        `tag "raw"`,
		`{% import 'x' as y %}`:                             `tag "import"`,
		`{{ [1] | tojson(sort_keys=true) }}`:                `filter "tojson" with argument "sort_keys"`,
		`{{ f(*x) }}`:                                       "argument *",
		`{{ 0x10 }}`:                                        `number "0x10"`,
		`{{ 99999999999999999999 }}`:                        "number 99999999999999999999",
		`{{ 9223372036854775807 + 1 }}`:                     "an int beyond 64 bits",
		`{{ '\N{DASH}' }}`:                                  `escape "\\N"`,
		`{{ strftime_now('%U') }}`:                          `strftime_now with "%U"`,
		`{{ {1: 2} }}`:                                      "a dict key that is a int",
		`{% set r = messages | map('trim') %}{{ r | join }}{{ r | join }}`: "the text of a dict",
		`{% set r = [1] | map('trim') %}{{ r | join }}{{ r | join }}`:      "a second use of what a filter gives once",
	} {
		_, err := renderCase(template, turns, true)
		require.ErrorIs(t, err, ErrUnsupported, template)
		assert.EqualError(t, err, "chat: template line 1: "+want+" is not supported", template)
	}
}
